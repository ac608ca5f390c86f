"""Circuit discovery against a plain implementation: CPU time, memory, agreement, arithmetic floor."""

from __future__ import annotations

import argparse
import gc

import torch

from benchmarks.circuit_discovery_floor import floor_of
from benchmarks.circuit_discovery_growth import growth_table
from benchmarks.circuit_discovery_plain import plain_edges, plain_nodes
from benchmarks.circuit_discovery_rules import rules_table
from benchmarks.circuit_discovery_setup import (
    FEATURES,
    Meter,
    metered,
    planted_dictionaries,
    products_per_second,
    pythia_70m,
    random_pairs,
    size_of,
)
from explorer_engine.attribution.averages import EffectSums
from explorer_engine.attribution.edges import edge_sums
from explorer_engine.attribution.nodes import NodeEffects, node_effects
from explorer_engine.sites import Site

N_NODES = 80


def main() -> None:
    """Run everything, or with --quick only the comparison without the plain implementation."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--pairs", type=int, default=4)
    parser.add_argument("--tokens", type=int, default=8)
    parser.add_argument(
        "--only", choices=["compare", "ours", "growth", "rules"], help="one part instead of all"
    )
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    if args.only in (None, "compare", "ours"):
        compare(args.pairs, args.tokens, plain=args.only != "ours")
    if args.only in (None, "growth"):
        growth_table()
    if args.only in (None, "rules"):
        rules_table()


def compare(n_pairs: int, length: int, plain: bool) -> None:
    """Nodes and edges, ours and plain, in this process; ours first, so that its peak memory is its own."""
    model, examples = pythia_70m(), random_pairs(n_pairs, length)
    dictionaries = planted_dictionaries(model, examples)
    gc.collect()
    loaded = size_of(model, dictionaries)
    print(f"random Pythia-70M, {len(dictionaries)} ReLU dictionaries of {FEATURES}")
    print(f"{n_pairs} pairs × {length} tokens, {torch.get_num_threads()} thread(s), float32")
    node_effects(model, dictionaries, examples[:1], steps=1)  # first calls of any library are slow
    with metered() as nodes_meter:
        effects = node_effects(model, dictionaries, examples)
    sums = EffectSums("none")
    sums.add(effects)
    average = sums.average()
    threshold = average.threshold_for(N_NODES)
    nodes = average.nodes(threshold)
    active = sum(int((e.features.clean > 0).sum()) for e in effects.sites.values())
    encoded = sum(int(e.site_gradient.any(-1).sum()) for e in effects.sites.values())
    print(f"{active / encoded:.0f} features active a token", end="; ")
    print(f"node threshold {threshold:.3g}: {sum(map(len, nodes.values()))} nodes\n")
    with metered() as edges_meter:
        edges = edge_sums(model, dictionaries, effects, nodes)
    _against_floor(model, dictionaries, examples, nodes, nodes_meter, edges_meter)
    peak = max(nodes_meter.peak, edges_meter.peak)
    print(f"peak memory {peak / 2**30:.2f} GiB = {peak / loaded:.2f} × {loaded / 2**30:.2f} GiB loaded\n")
    if not plain:
        return
    with metered() as plain_nodes_meter:
        plain_effects = plain_nodes(model, dictionaries, examples)
    with metered() as plain_edges_meter:
        plain_weights, calls = plain_edges(model, dictionaries, examples, plain_effects, nodes, False)
    with metered() as together_meter:
        plain_edges(model, dictionaries, examples, plain_effects, nodes, True)
    _agreement(effects, plain_effects, edges, plain_weights)
    both = Meter(nodes_meter.cpu + edges_meter.cpu), Meter(plain_nodes_meter.cpu + plain_edges_meter.cpu)
    print("\nCPU seconds       plain    ours   ratio   to reach")
    for name, theirs, ours, target in (
        ("node effects", plain_nodes_meter, nodes_meter, 8),
        ("edge effects", plain_edges_meter, edges_meter, 50),
        ("both", both[1], both[0], 12),
    ):
        print(f"{name:<14} {theirs.cpu:8.2f} {ours.cpu:7.2f} {theirs.cpu / ours.cpu:6.1f}×  {target:5d}×")
    fair, ratio = plain_nodes_meter.cpu + together_meter.cpu, together_meter.cpu / edges_meter.cpu
    print(f"plain edges: {calls} derivatives, one for each downstream node of each example;")
    print(
        f"with all examples in one: {together_meter.cpu:.2f} s, {ratio:.1f}×; both {fair / both[0].cpu:.1f}×"
    )
    peak_plain = max(plain_nodes_meter.peak, plain_edges_meter.peak)
    print(f"peak memory    {peak_plain / 2**30:7.2f}  {peak / 2**30:6.2f} GiB\n")


def _against_floor(model, dictionaries, examples, nodes, nodes_meter: Meter, edges_meter: Meter) -> None:
    rate = products_per_second()
    print(
        f"floor: products that must happen, at {rate / 1e9:.1f} G multiply–adds a second (one large product)"
    )
    print("                  G products   floor s   ours CPU s   ours / floor")
    floor = floor_of(model, dictionaries, examples, nodes)
    for name, products, meter in (
        ("node effects", floor.nodes, nodes_meter),
        ("edge effects", floor.edges, edges_meter),
    ):
        seconds = products / rate
        print(
            f"{name:<16} {products / 1e9:11.1f} {seconds:9.2f} {meter.cpu:12.2f} {meter.cpu / seconds:14.1f}"
        )


def _agreement(
    effects: NodeEffects,
    plain: dict[Site, tuple],
    edges: dict,
    plain_weights: dict[tuple[Site, Site], torch.Tensor],
) -> None:
    worst = scale = 0.0
    for site, (_, delta, gradient) in plain.items():
        theirs = gradient[0] * delta[0]
        worst = max(worst, float((effects.dense(site) - theirs).abs().max()))
        worst = max(worst, float((effects.error(site) - (gradient[1] * delta[1]).sum(-1)).abs().max()))
        scale = max(scale, float(theirs.abs().max()))
    print(f"node effects agree: largest difference {worst:.1e}, largest effect {scale:.2f}")
    assert worst < 1e-4 * max(1.0, scale)
    assert edges.keys() == plain_weights.keys()
    worst = max(float((edges[pair] - weights).abs().max()) for pair, weights in plain_weights.items())
    scale = max(float(weights.abs().max()) for weights in plain_weights.values())
    n = sum(weights.numel() for weights in plain_weights.values())
    print(f"{n} edge weights agree: largest difference {worst:.1e}, largest weight {scale:.2f}")
    assert worst < 1e-4 * max(1.0, scale)


if __name__ == "__main__":
    main()

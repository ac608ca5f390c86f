"""How the time of circuit discovery grows with examples, tokens, kept nodes and dictionary width."""

from __future__ import annotations

from benchmarks.circuit_discovery_setup import metered, planted_dictionaries, pythia_70m, random_pairs
from explorer_engine.attribution.averages import EffectSums
from explorer_engine.attribution.edges import edge_sums
from explorer_engine.attribution.nodes import node_effects

BASE = {"examples": 4, "tokens": 8, "nodes": 80, "features": 32_768}
VARIED = {
    "examples": (2, 4, 8, 16),
    "tokens": (8, 16, 32),
    "nodes": (40, 80, 160, 320),
    "features": (4_096, 8_192, 16_384, 32_768),
}


def growth_table() -> None:
    """Vary one size at a time from 4 pairs × 8 tokens, 80 nodes, 32,768 features; print CPU seconds."""
    model = pythia_70m()
    print("growth, CPU seconds    nodes   edges")
    for name, values in VARIED.items():
        for value in values:
            size = BASE | {name: value}
            examples = random_pairs(size["examples"], size["tokens"])
            dictionaries = planted_dictionaries(model, examples, size["features"])
            with metered() as nodes_meter:
                effects = node_effects(model, dictionaries, examples)
            sums = EffectSums("none")
            sums.add(effects)
            kept = sums.average().nodes(sums.average().threshold_for(size["nodes"]))
            with metered() as edges_meter:
                edge_sums(model, dictionaries, effects, kept)
            print(f"{name:>10} {value:>6} {nodes_meter.cpu:11.2f} {edges_meter.cpu:7.2f}", flush=True)
            del effects, dictionaries
    print(
        "what bounds them: node effects are layers × steps × tokens (linear in examples and tokens) plus\n"
        "one encoding of every token (linear in width); edge effects are one local product for each kept\n"
        "attention or MLP node and token (linear in nodes, examples, tokens), whatever the width.\n"
    )

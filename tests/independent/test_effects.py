"""Stored effects of nodes and edges come out of the method written down plainly (the paper, §2, §3.1)."""

from __future__ import annotations

import json
from functools import cache

import pytest
import torch

from tests.independent import world
from tests.independent.plain.effects import (
    Metric,
    SiteEffects,
    edges_into,
    logit_difference,
    minus_log_p,
    site_effects,
)
from tests.independent.plain.model import by_length

CONTEXT = 64
"""Tokens before the answer in a behaviour's contexts (the recipe, where the store does not say)."""
CLOSE = 1e-5
"""Largest difference, in shares of the circuit's strongest effect: float32, summed in another order."""
OFFSETS = {None: 0.0, "left": 0.0, "midpoint": 0.5}
"""Rule → where in its step of the way each point lies."""
OF_CONTRAST = world.rows("SELECT * FROM circuit WHERE kind = 'contrast' ORDER BY id")[0]
OF_BEHAVIOUR = world.rows("SELECT * FROM circuit WHERE kind = 'behaviour' ORDER BY behaviour")[0]


def sampled() -> list[str]:
    """The embedding, a site half way, and the last layer with what it reads: enough, as all run one code."""
    every = list(world.dictionaries())
    return [every[0], every[len(every) // 3], *every[-4:]]


@cache
def contrast_effects(site: str) -> SiteEffects:
    """Of the first `n_examples` pairs: those that the circuit was found on."""
    pairs = contrast_pairs()
    metric = logit_difference(pairs["answer"], pairs["patch_answer"])
    return _effects(OF_CONTRAST, site, pairs["clean"], pairs["patch"], metric)


def contrast_pairs() -> dict[str, torch.Tensor]:
    name = OF_CONTRAST["id"].removeprefix("agreement-")
    return {key: t[: OF_CONTRAST["n_examples"]] for key, t in world.pairs(name).items()}


def _effects(
    circuit: world.Row, site: str, clean: torch.Tensor, patch: torch.Tensor | None, metric: Metric
) -> SiteEffects:
    """By as many points, and where, as the store says of the circuit; it may say them for each site."""
    steps = json.loads(circuit["provenance"]).get("points", {}).get(site, circuit["steps"])
    dictionary, offset = world.dictionaries()[site], OFFSETS[circuit["rule"]]
    return site_effects(world.model(), dictionary, site, clean, patch, metric, steps, offset)


def stored(table: str, circuit: str) -> list[world.Row]:
    return world.rows(f"SELECT * FROM {table} WHERE circuit = ?", circuit)


def same(stored: dict, found: dict, threshold: float, scale: float) -> None:
    """The same keys pass |value| > threshold (within rounding of it either way), with the same values."""
    slack = CLOSE * scale
    missing = {key for key in stored if abs(found[key]) <= threshold - slack}
    added = {key for key, value in found.items() if abs(value) > threshold + slack} - stored.keys()
    assert (missing, added) == (set(), set())
    wrong = {key: (value, found[key]) for key, value in stored.items() if abs(value - found[key]) > slack}
    assert wrong == {}


def test_the_circuits_are_of_the_variant_that_is_written_down_here():
    """Effects are computed the way the store says; a NULL rule is the published left sum."""
    assert (OF_CONTRAST["metric"], OF_CONTRAST["baseline"], OF_CONTRAST["aggregation"]) == (
        "logit-diff",
        "patch",
        "none",
    )
    assert (OF_BEHAVIOUR["metric"], OF_BEHAVIOUR["baseline"], OF_BEHAVIOUR["aggregation"]) == (
        "log-prob",
        "zero",
        "sum",
    )
    for circuit in (OF_CONTRAST, OF_BEHAVIOUR):
        assert circuit["method"] == "ig"
        assert circuit["rule"] in OFFSETS
    of_contrast = {n["site"] for n in stored("circuit_node", OF_CONTRAST["id"])}
    assert len(of_contrast & set(sampled())) >= 3, "too few of the sampled sites have nodes to compare"


@pytest.mark.parametrize("site", sampled())
def test_nodes_of_a_contrastive_circuit(site):
    """N points on the way from clean to patch prompt; m = logit(patch answer) − logit(clean answer).

    Positions apart, mean over the examples (App. A.2, templatic data).
    """
    circuit, effects = OF_CONTRAST["id"], contrast_effects(site)
    nodes = [n for n in stored("circuit_node", circuit) if n["site"] != "y"]
    found = table_of(effects.feature.mean(0), effects.error.mean(0))
    at_site = {(n["feature"], n["position"]): n["effect"] for n in nodes if n["site"] == site}
    same(at_site, found, OF_CONTRAST["node_threshold"], max(abs(n["effect"]) for n in nodes))


def table_of(features: torch.Tensor, error: torch.Tensor) -> dict[tuple[int | None, int], float]:
    """(feature or None = error, position) → value, of [S,F] and [S]."""
    out = {(None, s): value for s, value in enumerate(error.tolist())}
    out |= {(j, s): value for s, row in enumerate(features.tolist()) for j, value in enumerate(row)}
    return out


def strongest_sites(circuit: str, n: int) -> list[str]:
    """The n sites of a circuit that hold its strongest nodes."""
    found = world.rows(
        "SELECT site FROM circuit_node WHERE circuit = ? AND site <> 'y'"
        " GROUP BY site ORDER BY max(abs(effect)) DESC LIMIT ?",
        circuit,
        n,
    )
    return [row["site"] for row in found]


@pytest.mark.parametrize("site", strongest_sites(OF_BEHAVIOUR["id"], 3))
def test_nodes_of_a_behaviour_circuit(site):
    """Every node to 0, m = −log p(answer), summed over positions, mean over the examples (§5; App. A.2)."""
    circuit = OF_BEHAVIOUR["id"]
    length = world.recorded("behaviours", "context", CONTEXT)
    (prompts, answers), _ = world.parted_contexts(OF_BEHAVIOUR, length)
    feature, error = 0.0, 0.0
    for chosen, tokens in by_length(prompts):
        effects = _effects(OF_BEHAVIOUR, site, tokens, None, minus_log_p(answers[chosen]))
        feature += effects.feature.sum((0, 1)) / len(prompts)
        error += effects.error.sum() / len(prompts)
    nodes = [n for n in stored("circuit_node", circuit) if n["site"] != "y"]
    found = {None: float(error), **dict(enumerate(feature.tolist()))}
    at_site = {n["feature"]: n["effect"] for n in nodes if n["site"] == site}
    same(at_site, found, OF_BEHAVIOUR["node_threshold"], max(abs(n["effect"]) for n in nodes))


def test_edges_of_a_contrastive_circuit():
    """Weight of u → w = ∇_w m · ∂w/∂u along the direct path · Δu, mean over the examples (App. A.1, eq. 5).

    Into the strongest feature and the strongest error of each site of the last layer, from every node of the
    circuit at the sites that it reads. Every edge over the edge threshold between two nodes is stored.
    """
    circuit, clean = OF_CONTRAST["id"], contrast_pairs()["clean"]
    before, *layer = sampled()[-4:]
    attn, mlp, resid = layer
    effects = {site: contrast_effects(site) for site in [before, *layer]}
    nodes = {n["id"]: n for n in stored("circuit_node", circuit) if n["site"] in effects}
    weights = {(e["source"], e["target"]): e["weight"] for e in stored("circuit_edge", circuit)}
    compared = {}
    for upstream, downstream in ((before, attn), (before, mlp), (before, resid), (attn, resid), (mlp, resid)):
        for target in strongest(nodes, downstream):
            w = nodes[target]
            found = edges_into(
                world.model(), world.dictionaries(), effects, clean,
                upstream, downstream, w["feature"], w["position"],
            )  # fmt: skip
            table = table_of(*found)
            sources = {id: n for id, n in nodes.items() if n["site"] == upstream}
            compared |= {(id, target): table[n["feature"], n["position"]] for id, n in sources.items()}
    ours = {edge: weight for edge, weight in weights.items() if edge in compared}
    assert len(ours) > 20
    same(ours, compared, OF_CONTRAST["edge_threshold"], max(map(abs, weights.values())))


def strongest(nodes: dict[str, world.Row], site: str) -> list[str]:
    """Ids of a site's strongest feature and of its strongest error, where there is one."""
    out = []
    for is_error in (False, True):
        own = [id for id, n in nodes.items() if n["site"] == site and (n["feature"] is None) == is_error]
        out += sorted(own, key=lambda id: -abs(nodes[id]["effect"]))[:1]
    return out

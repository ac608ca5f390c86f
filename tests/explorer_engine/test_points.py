"""Points of integrated gradients: as few at each site as keep effects within an error, in float64."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest
import torch
from torch import Tensor

from explorer_engine.attribution.metrics import pick_metric
from explorer_engine.attribution.nodes import NodeEffects, node_effects
from explorer_engine.attribution.points import GRID, fewest_points
from explorer_engine.circuits.discovery import discover
from explorer_engine.circuits.effects import average_effects
from explorer_engine.circuits.options import CircuitOptions
from explorer_engine.data import Examples
from explorer_engine.dictionaries import load_dictionaries
from explorer_engine.formats.pairs import read_pairs
from explorer_engine.models import load_model
from explorer_engine.sites import Site
from tests.explorer_engine.tiny import random_dictionary, tiny_examples, tiny_model

MODEL = tiny_model("gpt_neox")
DICTIONARIES = {
    site: random_dictionary("relu", MODEL.width(site), 12 + 3 * i, seed=i)
    for i, site in enumerate(MODEL.sites)
}
EXAMPLES = tiny_examples((6, 6, 4, 6, 5, 6, 6, 6))
FEW, MOST = slice(3), 24
DEMO = Path(__file__).parents[2] / "assets" / "demo"


@cache
def integral(baseline: str) -> NodeEffects:
    """Of all examples: the mean over 1000 points, the same everywhere."""
    return node_effects(
        MODEL, DICTIONARIES, EXAMPLES, steps=1000, rule="midpoint", baseline=baseline, metric="logit"
    )


def nodes(effects: NodeEffects, site: Site, rows: slice = slice(None)) -> Tensor:
    """Features' and errors' effects of some examples at a site."""
    return torch.cat([effects.dense(site)[rows].flatten(), effects.error(site)[rows].flatten()])


def missed(effects: NodeEffects, baseline: str, rows: slice = slice(None)) -> float:
    """Σ|effect − integral| / Σ|integral| of the examples `rows`, of which `effects` are."""
    whole = integral(baseline)
    off = sum(float((nodes(effects, s) - nodes(whole, s, rows)).abs().sum()) for s in DICTIONARIES)
    return off / sum(float(nodes(whole, s, rows).abs().sum()) for s in DICTIONARIES)


def chosen(examples: Examples, rule: str, error: float, most: int = MOST, baseline: str = "patch"):
    metric = pick_metric("logit", examples)
    return fewest_points(MODEL, DICTIONARIES, examples, metric, baseline, rule, error, most)  # type: ignore[arg-type]


def effects_with(examples: Examples, rule: str, points: dict[Site, int], baseline: str) -> NodeEffects:
    return node_effects(
        MODEL,
        DICTIONARIES,
        examples,
        steps=points,
        rule=rule,
        baseline=baseline,
        metric="logit",  # type: ignore[arg-type]
    )


@pytest.mark.parametrize("baseline", ["patch", "zero"])
@pytest.mark.parametrize("rule", ["midpoint", "gauss", "left"])
def test_the_error_told_is_that_of_the_effects_and_within_what_was_asked(rule: str, baseline: str) -> None:
    some = EXAMPLES[FEW]
    grid = missed(effects_with(some, "midpoint", dict.fromkeys(DICTIONARIES, GRID), baseline), baseline, FEW)
    for error in (0.2, 0.05):
        points, told = chosen(some, rule, error, 48, baseline)
        assert told <= error
        actual = missed(effects_with(some, rule, points, baseline), baseline, FEW)
        # the stream turns sharply on its way to the decoder bias, between two points of the grid
        near = 0.5 if baseline == "zero" else 0.1
        assert actual == pytest.approx(told, rel=near, abs=0.004 + grid)


@pytest.mark.parametrize("baseline", ["patch", "zero"])
def test_what_two_pairs_need_keeps_all_of_them_near_the_error_in_a_trained_model(baseline: str) -> None:
    model = load_model(DEMO / "model", device="cpu", dtype="float64")
    dictionaries = load_dictionaries(
        DEMO / "dictionaries", model.sites, device="cpu", dtype="float64", model=model
    )
    pairs = read_pairs(DEMO / "pairs" / "across-pp.jsonl", model.tokenizer)[0][:8]

    def averages(**how: object) -> Tensor:
        options = CircuitOptions(rule="midpoint", baseline=baseline, **how)  # type: ignore[arg-type]
        found = average_effects(model, dictionaries, pairs, options)
        return torch.cat([table.flatten() for table in found.tables.values()])

    whole = averages(steps=64)
    off = (averages(steps=MOST, quadrature_error=0.05) - whole).abs().sum() / whole.abs().sum()
    assert off < 1.5 * 0.05


def test_sites_get_points_by_their_need_and_fewer_in_all_than_the_same_for_every_site() -> None:
    points, told = chosen(EXAMPLES, "midpoint", 0.03)
    same = next(
        n for n in range(1, 200)
        if missed(effects_with(EXAMPLES, "midpoint", dict.fromkeys(points, n), "patch"), "patch") <= told
    )  # fmt: skip
    assert min(points.values()) < same and sum(points.values()) < same * len(points)


def test_a_smaller_error_takes_more_points_and_what_cannot_be_reached_is_told() -> None:
    sums = [sum(chosen(EXAMPLES, "gauss", error)[0].values()) for error in (0.3, 0.1, 0.03, 0.01)]
    assert sums == sorted(sums) and sums[0] < sums[-1]
    points, told = chosen(EXAMPLES, "left", 0.001, most=2)
    assert set(points.values()) <= {1, 2} and told > 0.001


def test_a_circuit_says_its_points_and_how_far_off_they_leave_effects() -> None:
    options = CircuitOptions(rule="midpoint", steps=MOST, quadrature_error=0.1, metric="logit")
    found = discover(MODEL, DICTIONARIES, EXAMPLES, options)
    points, told = chosen(EXAMPLES[torch.tensor([0, 4])], "midpoint", 0.1)
    circuit = found.circuit
    assert found.steps == points
    assert circuit.provenance["points"] == {str(site): n for site, n in points.items()}
    assert circuit.provenance["quadrature_error"] == told <= 0.1
    assert circuit.method == {"name": "ig", "rule": "midpoint", "steps": max(points.values())}
    fixed = discover(MODEL, DICTIONARIES, EXAMPLES, CircuitOptions(metric="logit")).circuit
    assert "points" not in fixed.provenance and fixed.method["steps"] == 10

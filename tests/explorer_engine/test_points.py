"""Points of integrated gradients: as few at each site as keep effects within an error, in float64."""

from __future__ import annotations

from functools import cache

import pytest
import torch
from torch import Tensor

from explorer_engine.attribution.metrics import pick_metric
from explorer_engine.attribution.nodes import NodeEffects, node_effects
from explorer_engine.attribution.points import fewest_points
from explorer_engine.circuits.discovery import discover
from explorer_engine.circuits.options import CircuitOptions
from explorer_engine.data import Examples
from explorer_engine.sites import Site
from tests.explorer_engine.tiny import mixed_dictionaries, tiny_examples, tiny_model

MODEL = tiny_model("gpt_neox")
DICTIONARIES = mixed_dictionaries(MODEL)
EXAMPLES = tiny_examples((6, 6, 4, 6, 5, 6, 6, 6))
MOST = 24


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
    some = EXAMPLES[:3]
    for error in (0.2, 0.05):
        points, told = chosen(some, rule, error, 48, baseline)
        assert told <= error
        actual = missed(effects_with(some, rule, points, baseline), baseline, slice(3))
        assert actual == pytest.approx(told, rel=0.15, abs=0.004), "the grid has 32 intervals"


@pytest.mark.parametrize("baseline", ["patch", "zero"])
def test_what_two_examples_need_keeps_all_of_them_near_the_error(baseline: str) -> None:
    points, _ = chosen(EXAMPLES[torch.tensor([0, 4])], "midpoint", 0.05, MOST, baseline)
    assert missed(effects_with(EXAMPLES, "midpoint", points, baseline), baseline) < 2 * 0.05


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

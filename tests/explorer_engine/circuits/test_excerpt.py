"""What of a circuit is on screen: thresholds, summed positions, readings off a sweep."""

from __future__ import annotations

import random

import pytest

from explorer_engine.circuits.excerpt import default_threshold, excerpt, reading, steps, summed
from explorer_engine.sites import Site
from explorer_engine.store.values import (
    CircuitEdge,
    CircuitGraph,
    CircuitNode,
    CircuitSummary,
    FaithfulnessPoint,
)


def node(name: str, effect: float) -> CircuitNode:
    """`resid_0/3@2`, `resid_0/error`, `y`."""
    if name == "y":
        return CircuitNode("y", None, None, None, effect, ())
    ref, _, position = name.partition("@")
    site, _, feature = ref.partition("/")
    index = None if feature == "error" else int(feature)
    return CircuitNode(name, Site.parse(site), index, int(position) if position else None, effect, (" a",))


def graph(nodes: dict[str, float], edges: list[tuple[str, str, float]]) -> CircuitGraph:
    summary = CircuitSummary(
        id="c", title="t", kind="agreement", behaviour=None, task=None, metric="m", sign="s", method="ig",
        steps=10, baseline="patch", aggregation="none", node_selection="averaged", node_threshold=0.01,
        edge_threshold=0.001, n_examples=3, n_nodes=len(nodes) - 1, n_errors=0, n_edges=len(edges),
        max_effect=1.0, tokens=None, example=None,
    )  # fmt: skip
    return CircuitGraph(
        summary, tuple(node(k, v) for k, v in nodes.items()), tuple(CircuitEdge(*edge) for edge in edges)
    )


RESOLVED = graph(
    {"resid_0/1@0": 0.5, "resid_0/1@2": -0.2, "resid_0/error@2": 0.1, "resid_1/7@2": 0.9, "y": 0.0},
    [
        ("resid_0/1@0", "resid_1/7@2", 0.4),
        ("resid_0/1@2", "resid_1/7@2", -0.1),
        ("resid_0/error@2", "resid_1/7@2", 0.05),
        ("resid_1/7@2", "y", 0.9),
    ],
)


def test_summed_adds_effects_over_positions_and_weights_over_both_ends():
    whole = summed(RESOLVED)
    effects = {n.id: n.effect for n in whole.nodes}
    assert effects == pytest.approx({"resid_0/1": 0.3, "resid_0/error": 0.1, "resid_1/7": 0.9, "y": 0.0})
    weights = {(e.source, e.target): e.weight for e in whole.edges}
    assert weights == pytest.approx(
        {("resid_0/1", "resid_1/7"): 0.3, ("resid_0/error", "resid_1/7"): 0.05, ("resid_1/7", "y"): 0.9}
    )
    assert [n.position for n in whole.nodes] == [None] * 4
    assert summed(whole) is whole


def test_summed_keeps_the_totals():
    whole = summed(RESOLVED)
    assert sum(n.effect for n in whole.nodes) == pytest.approx(sum(n.effect for n in RESOLVED.nodes))
    assert sum(e.weight for e in whole.edges) == pytest.approx(sum(e.weight for e in RESOLVED.edges))


def test_an_edge_stays_only_with_both_its_ends_and_the_output_always_stays():
    part = excerpt(RESOLVED, node=0.15, edge=0.0)
    assert {n.id for n in part.nodes} == {"resid_0/1@0", "resid_0/1@2", "resid_1/7@2", "y"}
    assert all({e.source, e.target} <= {n.id for n in part.nodes} for e in part.edges)
    assert len(part.edges) == 3
    assert {n.id for n in excerpt(RESOLVED, node=99.0, edge=0.0).nodes} == {"y"}


def test_errors_can_be_left_out():
    assert any(n.is_error for n in excerpt(RESOLVED, 0.0, 0.0).nodes)
    part = excerpt(RESOLVED, 0.0, 0.0, errors=False)
    assert not any(n.is_error for n in part.nodes)
    assert all("error" not in e.source for e in part.edges)


@pytest.mark.parametrize("seed", range(5))
def test_steps_go_from_everything_to_the_strongest_and_the_default_keeps_a_readable_number(seed):
    draw = random.Random(seed)
    sizes = [draw.choice((-1, 1)) * 10 ** draw.uniform(-4, 1.5) for _ in range(300)]
    options = steps(sizes)
    assert list(options) == sorted(set(options))
    assert sum(abs(s) >= options[0] for s in sizes) == len(sizes)
    assert sum(abs(s) >= options[-1] for s in sizes) >= 1
    chosen = default_threshold(sizes, options, 60)
    assert sum(abs(s) >= chosen for s in sizes) <= 60
    lower = options[: options.index(chosen)]
    assert not lower or sum(abs(s) >= lower[-1] for s in sizes) > 60


def test_steps_of_next_to_nothing_are_still_a_slider():
    assert len(steps([])) == 2
    assert len(steps([0.5])) == 2
    assert len(steps([0.5, 0.5, 0.5])) >= 2


def point(threshold: float, n: int, faithfulness: float, completeness: float) -> FaithfulnessPoint:
    return FaithfulnessPoint(
        "features", threshold, n, 0, 1.0, 0.0, faithfulness, 0.0, faithfulness, completeness
    )


def test_a_reading_is_exact_at_measured_thresholds_and_between_its_neighbours_elsewhere():
    sweep = [point(0.4, 10, 0.2, 0.6), point(0.1, 40, 0.8, 0.1), point(0.025, 160, 1.0, 0.0)]
    exact = reading(sweep, 0.1)
    assert exact == reading(list(reversed(sweep)), 0.1)
    assert exact is not None and exact.measured and (exact.faithfulness, exact.n_nodes) == (0.8, 40)
    half = reading(sweep, 0.2)  # half-way between 0.4 and 0.1 on the log axis
    assert half is not None and not half.measured
    assert (half.faithfulness, half.completeness, half.n_nodes) == pytest.approx((0.5, 0.35, 25))
    assert reading(sweep, 0.41) is None and reading(sweep, 0.024) is None and reading([], 0.1) is None

"""What of a circuit is on screen: thresholds, summed positions."""

from __future__ import annotations

import random

import pytest

from explorer_engine.circuits.circuit import Circuit, Edge, Node
from explorer_engine.circuits.excerpt import default_threshold, excerpt, steps, summed
from explorer_engine.sites import FeatureRef
from tests.explorer_engine.circuits.small import circuit


def found(nodes: dict[str, float], edges: list[tuple[str, str, float]]) -> Circuit:
    """Nodes by id (`resid_0/3@2`, `resid_0/error`) with their effects."""
    made = []
    for name, effect in nodes.items():
        ref, _, position = name.partition("@")
        feature = FeatureRef.parse(ref)
        made.append(Node(feature.site, feature.index, int(position) if position else None, effect))
    return circuit(made, (Edge(*edge) for edge in edges))


RESOLVED = found(
    {"resid_0/1@0": 0.5, "resid_0/1@2": -0.2, "resid_0/error@2": 0.1, "resid_1/7@2": 0.9},
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
    assert effects == pytest.approx({"resid_0/1": 0.3, "resid_0/error": 0.1, "resid_1/7": 0.9})
    weights = {(e.source, e.target): e.weight for e in whole.edges}
    assert weights == pytest.approx(
        {("resid_0/1", "resid_1/7"): 0.3, ("resid_0/error", "resid_1/7"): 0.05, ("resid_1/7", "y"): 0.9}
    )
    assert [n.position for n in whole.nodes] == [None] * 3
    assert summed(whole) is whole


def test_summed_keeps_the_totals():
    whole = summed(RESOLVED)
    assert sum(n.effect for n in whole.nodes) == pytest.approx(sum(n.effect for n in RESOLVED.nodes))
    assert sum(e.weight for e in whole.edges) == pytest.approx(sum(e.weight for e in RESOLVED.edges))


def test_an_edge_stays_only_with_both_its_ends_or_into_the_output():
    part = excerpt(RESOLVED, node=0.15, edge=0.0)
    assert {n.id for n in part.nodes} == {"resid_0/1@0", "resid_0/1@2", "resid_1/7@2"}
    assert all({e.source, e.target} <= {n.id for n in part.nodes} | {"y"} for e in part.edges)
    assert len(part.edges) == 3
    assert excerpt(RESOLVED, node=99.0, edge=0.0).nodes == ()


def test_what_equals_a_threshold_does_not_pass_it():
    part = excerpt(RESOLVED, node=0.1, edge=0.4)
    assert {n.id for n in part.nodes} == {n.id for n in RESOLVED.nodes if abs(n.effect) > 0.1}
    assert [e.weight for e in part.edges] == [0.9]
    assert (part.node_threshold, part.edge_threshold) == (0.1, 0.4)
    assert excerpt(RESOLVED, 0.0, 0.0).node_threshold == RESOLVED.node_threshold  # what it was found with


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
    assert sum(abs(s) > options[0] for s in sizes) == len(sizes)
    assert sum(abs(s) > options[-1] for s in sizes) >= 1
    chosen = default_threshold(sizes, options, 60)
    assert sum(abs(s) > chosen for s in sizes) <= 60
    lower = options[: options.index(chosen)]
    assert not lower or sum(abs(s) > lower[-1] for s in sizes) > 60


def test_steps_of_next_to_nothing_are_still_a_slider():
    assert len(steps([])) == 2
    assert steps([0.5]) == steps([0.5, 0.5, -0.5]) == (0.3, 0.45)
    assert steps([0.3]) == (0.14, 0.2)

"""The figure in a behaviour's title: of its own circuit, on which sweep, and whether it misses its target."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.behaviours import parts
from explorer_engine.circuits.curve import TARGET, Faithfulness, Sweep
from explorer_engine.drawing import behaviour_parts
from explorer_engine.store.artefacts import ArtefactStore
from tests.explorer_engine.store.small_world import build, small_world

SWEEP = Sweep("held-out contexts")


@pytest.fixture(scope="module")
def small(tmp_path_factory) -> ArtefactStore:
    return ArtefactStore(build(small_world(), tmp_path_factory.mktemp("small")))


@pytest.mark.parametrize(("target", "said"), [(0.8, "misses its target of 0.8"), (0.6, None), (None, None)])
def test_a_circuit_that_misses_its_target_is_said_to(small, target, said):
    graph, row = small.circuits.graph("behaviour-0"), small.behaviours.get(0)
    made = {} if target is None else {TARGET: target}
    graph = replace(graph, circuit=replace(graph.circuit, provenance=made))
    html = parts.title(row, behaviour_parts.circuit_figures(graph, (SWEEP, Faithfulness(0.7, 0.1, 3, True))))
    assert "faithfulness <b>0.700</b>" in html and "all ablated, on held-out contexts" in html
    assert ("misses" in html) == (said is not None) and (said is None or said in html)


def test_without_a_measured_circuit_there_is_no_figure(small):
    row = small.behaviours.get(1)
    assert "faithfulness" not in parts.title(row, behaviour_parts.circuit_figures(None, None))

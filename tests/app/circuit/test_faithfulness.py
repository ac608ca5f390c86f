"""The switch beside the faithfulness curve: what is ablated, what it is tested on, and their address."""

from __future__ import annotations

import pytest

from app.circuit.screen import screen
from app.circuit.view import CircuitView
from tests.markup import parse, select
from tests.worlds import build_world

ALL, EMBEDDING, NO_ERRORS = "all ablated", "embedding left whole", "without error nodes"


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    return build_world(tmp_path_factory.mktemp("world") / "world")


@pytest.fixture
def opened(small, open_page, monkeypatch):
    """`opened(ablated=…)`: the circuit of pairs, which carries several sweeps."""
    monkeypatch.setenv("CIRCUIT_EXPLORER_WORLDS", str(small))

    def run(circuit: str = "pairs-0", **parameters):
        at = open_page("circuit", circuit=circuit, **parameters)
        assert not at.exception
        return at

    return run


def box(at, key: str):
    return at.selectbox(key=f"circuit_{key}")


def hint(html: str) -> str:
    (status,) = select(html, data_act="overview")
    return status.attributes["title"]


def test_everything_ablated_and_other_pairs_are_shown_first(opened, markup):
    at = opened()
    assert (box(at, "ablated").value, box(at, "tested").value) == (ALL, "other pairs")
    assert box(at, "ablated").options == [ALL, EMBEDDING, NO_ERRORS]
    assert box(at, "tested").options == ["other pairs", "shifted pairs"]
    assert f"{ALL}, tested on other pairs" in hint(markup(at))
    assert "of these nodes alone" in parse(markup(at)).text


def test_the_switch_writes_the_address(opened, markup):
    at = opened()
    box(at, "ablated").set_value(EMBEDDING).run()
    assert at.query_params["ablated"] in (EMBEDDING, [EMBEDDING])
    assert f"{EMBEDDING}, tested on other pairs" in hint(markup(at))
    assert "of these nodes and embedding alone" in parse(markup(at)).text


def test_an_address_shows_its_sweep_and_one_that_the_circuit_lacks_the_nearest(opened, markup):
    assert f"{NO_ERRORS}, tested on other pairs" in hint(markup(opened(ablated=NO_ERRORS)))
    at = opened(ablated=NO_ERRORS, tested="shifted pairs")
    assert f"{ALL}, tested on shifted pairs" in hint(markup(at))
    assert box(at, "ablated").disabled
    at = opened("behaviour-0", ablated=NO_ERRORS)
    assert f"{EMBEDDING}, tested on same contexts" in hint(markup(at))


def test_the_circle_stands_at_as_many_nodes_as_are_drawn(opened):
    values = {ALL: (2, 0.5), EMBEDDING: (1, 0.75), NO_ERRORS: (2, 0.25)}
    opened()
    for ablated, expected in values.items():
        found = screen(CircuitView("pairs-0", ablated=ablated)).faithfulness
        assert (found.n_nodes, found.faithfulness) == expected

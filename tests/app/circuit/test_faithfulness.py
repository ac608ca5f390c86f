"""The switch beside the faithfulness curve: what is ablated, what it is tested on, and their address."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from app.circuit import faithfulness
from app.circuit.screen import screen
from app.circuit.view import CircuitView
from tests.markup import Element, parse, select
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


def box(html: str, act: str) -> Element:
    (found,) = select(html, data_act=act)
    return found


def chosen(html: str, act: str) -> str:
    (option,) = (option for option in box(html, act).children if "selected" in option.attributes)
    return option.text


def hint(html: str) -> str:
    (status,) = select(html, data_act="overview")
    return status.attributes["title"]


def test_everything_ablated_and_other_pairs_are_shown_first(opened, markup):
    at = opened()
    shown = markup(at)
    assert (chosen(shown, "ablated"), chosen(shown, "tested")) == (ALL, "other pairs")
    assert [o.text for o in box(shown, "ablated").children] == [ALL, EMBEDDING, NO_ERRORS]
    assert [o.text for o in box(shown, "tested").children] == ["other pairs", "shifted pairs"]
    assert f"{ALL}, tested on other pairs" in hint(markup(at))
    assert "of these nodes alone" in parse(markup(at)).text


def test_what_is_chosen_is_the_address(monkeypatch):
    written = []
    monkeypatch.setattr(faithfulness.address, "update", lambda kind, **changes: written.append(changes))
    for act in (None, {"act": "node", "value": "y"}, {"act": "tested", "value": ["x"]}):
        monkeypatch.setattr(faithfulness, "state", SimpleNamespace(faith=SimpleNamespace(act=act)))
        faithfulness.chosen()
    assert written == [], "a browser can send anything"
    act = {"act": "ablated", "value": EMBEDDING}
    monkeypatch.setattr(faithfulness, "state", SimpleNamespace(faith=SimpleNamespace(act=act)))
    faithfulness.chosen()
    assert written == [{"ablated": EMBEDDING}]


def test_an_address_shows_its_sweep_and_one_that_the_circuit_lacks_the_nearest(opened, markup):
    assert f"{NO_ERRORS}, tested on other pairs" in hint(markup(opened(ablated=NO_ERRORS)))
    at = opened(ablated=NO_ERRORS, tested="shifted pairs")
    assert f"{ALL}, tested on shifted pairs" in hint(markup(at))
    assert "disabled" in box(markup(at), "ablated").attributes
    assert "of these nodes and embedding alone" in parse(markup(opened(ablated=EMBEDDING))).text
    at = opened("behaviour-0", ablated=NO_ERRORS)
    assert f"{EMBEDDING}, tested on same contexts" in hint(markup(at))


def test_the_circle_stands_at_as_many_nodes_as_are_drawn(opened):
    values = {ALL: (2, 0.5), EMBEDDING: (1, 0.75), NO_ERRORS: (2, 0.25)}
    opened()
    for ablated, expected in values.items():
        found = screen(CircuitView("pairs-0", ablated=ablated)).faithfulness
        assert (found.n_nodes, found.faithfulness) == expected

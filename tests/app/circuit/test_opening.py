"""A circuit's file in the app: dropped, listed, read beside the world's own, kept, removed."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from app import settings, world
from app.circuit.screen import MOST_DRAWN
from explorer_engine.circuits.circuit import Edge, Node
from explorer_engine.circuits.fingerprint import Fingerprint
from explorer_engine.formats.circuit_files import FORMS
from explorer_engine.sites import Site
from explorer_engine.world.world import open_world
from tests.app.circuit.test_page import asked, drawing
from tests.explorer_engine.circuits.small import circuit
from tests.explorer_engine.formats.graphs import neuronpedia_graph
from tests.markup import select
from tests.worlds import build_world

HOSTILE = '<img src=x onerror=alert(1)>"\u202e'
NODES = (Node(Site("embed", -1), 1, None, 0.25, HOSTILE), Node(Site("resid", 0), 3, None, -0.5))
EDGES = (Edge("embed/1", "resid_0/3", 0.2), Edge("resid_0/3", "y", -0.5))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return build_world(tmp_path_factory.mktemp("opening") / "world")


@pytest.fixture(autouse=True)
def only_world(folder, monkeypatch):
    monkeypatch.setenv("CIRCUIT_EXPLORER_WORLDS", str(folder))


@pytest.fixture
def small(folder):
    """A circuit's file as text: of this world, or with another fingerprint."""
    own = open_world(folder).fingerprint

    def small(fingerprint: Fingerprint | None = own) -> str:
        data = {"title": f"Mine {HOSTILE}"}
        return FORMS["json"].text(circuit(NODES, EDGES, fingerprint=fingerprint, data=data), "")

    return small


def drop(open_page, text: str, name: str = "mine.json"):
    """The page with the list open, after a file was dropped there."""
    at = open_page("circuit", circuit="pairs-0")
    at.session_state["choose"] = True
    at.run()
    at.file_uploader[0].upload(name, text.encode()).run()
    assert not at.exception
    return at


def test_a_dropped_file_is_shown_at_an_address_of_its_own(open_page, markup, small):
    at = drop(open_page, small())
    id = asked(at, "circuit")
    assert id.startswith("file-") and [node["id"] for node in drawing(at)["nodes"]] == [
        "resid_0/3",
        "embed/1",
        "y",
    ]
    assert not select(markup(at), role="note")
    other = open_page("circuit", circuit=id, node="resid_0/3")
    assert not other.exception and select(markup(other), contains="max activation")
    assert select(markup(other), contains="feature page") and "faithfulness not measured" in markup(other)


def test_of_nodes_that_are_all_alike_the_most_that_can_be_drawn_are(open_page, markup):
    alike = [Node(Site("resid", 0), feature, None, 1.0) for feature in range(MOST_DRAWN + 200)]
    at = drop(open_page, FORMS["json"].text(circuit(alike), ""))
    assert len(drawing(at)["nodes"]) == MOST_DRAWN + 1
    assert "<b>1,000</b> of 1,200 nodes" in markup(at)


def test_labels_of_the_file_stand_behind_those_of_people(open_page, markup, small):
    id = asked(drop(open_page, small()), "circuit")
    at = open_page("circuit", circuit=id, node="embed/1")
    assert select(markup(at), contains="label of the file") and not select(markup(at), src="x")
    label = next(node["label"] for node in drawing(at)["nodes"] if node["id"] == "embed/1")
    assert label.startswith("<img") and "\u202e" not in label
    world.judgements().label("Ada", "embed/1", "said here")
    at = open_page("circuit", circuit=id, node="embed/1")
    assert select(markup(at), contains="said here") and not select(markup(at), contains="label of the file")


@pytest.mark.parametrize("of", ["another model", "other dictionaries", "does not say which dictionaries"])
def test_a_stranger_says_so_and_has_no_cards(open_page, markup, small, folder, of):
    own = open_world(folder).fingerprint
    changed = {"another model": {"model": "0" * 64}, "other dictionaries": {"dictionaries": "0" * 64}}
    world.judgements().label("Ada", "resid_0/3", "said of this world's feature")
    id = asked(drop(open_page, small(replace(own, **changed[of]) if of in changed else None)), "circuit")
    at = open_page("circuit", circuit=id, node="resid_0/3")
    html = markup(at)
    assert not at.exception and len(drawing(at)["nodes"]) == 3
    assert [note for note in select(html, role="note") if of in note.text]
    for wrong in ("max activation", "feature page", "said of this world's feature", "Contexts"):
        assert not select(html, contains=wrong)
    assert not any(button.label == "Spurious" for button in at.button)


def test_a_graph_of_another_program_is_drawn(open_page, markup):
    at = drop(open_page, json.dumps(neuronpedia_graph()), "dallas.json")
    assert [row["name"] for row in drawing(at)["rows"]] == [
        "~token", "~transcoder_0", "~transcoder_3", "~logit_5", "y",
    ]  # fmt: skip
    assert select(markup(at), role="note")[0].text.startswith("The graph of another program (gemma-2-2b)")
    at = open_page("circuit", circuit=asked(at, "circuit"), node="~transcoder_3/7@1")
    assert not at.exception and select(markup(at), text="<b>capitals</b>")


def test_what_cannot_be_read_is_said_where_it_was_dropped(open_page, markup):
    at = drop(open_page, "{", "<b>.json")
    assert asked(at, "circuit") == "pairs-0"
    assert select(markup(at), role="alert")[0].text.startswith("<b>.json: not JSON")
    assert not list(settings.judgements_path("x").parent.glob("circuits-*"))


def test_a_circuit_that_was_removed_is_not_shown_from_memory(open_page, markup, small):
    at = drop(open_page, small())
    (copy,) = settings.judgements_path("x").parent.glob("circuits-*/*.jsonl")
    copy.unlink()
    at.run()
    assert not at.exception and select(markup(at), contains="is not open here")


def test_files_of_the_command_line_are_what_opens_first(open_page, markup, small, tmp_path, monkeypatch):
    (tmp_path / "mine.json").write_text(small())
    (tmp_path / "broken.json").write_text("{")
    arguments = ["--circuit", str(tmp_path / "mine.json"), f"--circuit={tmp_path / 'broken.json'}"]
    monkeypatch.setattr("sys.argv", ["streamlit", *arguments])
    at = open_page("circuit")
    assert not at.exception and asked(at, "circuit").startswith("file-")
    assert [note for note in select(markup(at), role="note") if "broken.json" in note.text]

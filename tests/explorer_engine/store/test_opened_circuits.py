"""Circuits brought in: kept whole, found again by their content, bounded, and never a path."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest

from explorer_engine.circuits.circuit import Edge, Node
from explorer_engine.errors import InputError
from explorer_engine.formats.circuit_json import circuit_to_json, write_circuit
from explorer_engine.sites import Site
from explorer_engine.store import opened_circuits
from explorer_engine.store.opened_circuits import OpenedCircuits
from tests.explorer_engine.circuits.small import circuit

NODES = (Node(Site("embed", -1), 1, None, 0.25, "a <b> name"), Node(Site("resid", 0), 3, None, -0.5))
SMALL = circuit(NODES, [Edge("embed/1", "resid_0/3", 0.2), Edge("resid_0/3", "y", -0.5)])


@pytest.fixture
def opened(tmp_path):
    return OpenedCircuits(tmp_path / "circuits-f08d2367")


@pytest.fixture
def file(tmp_path):
    write_circuit(SMALL, tmp_path / "small.json")
    return tmp_path / "small.json"


def test_a_copy_is_the_circuit_under_an_id_that_stays(opened, file):
    assert opened.listed() == ()
    id = opened.add(file)
    assert re.fullmatch(r"file-[0-9a-f]{12}", id) and opened.add(file) == id
    again = OpenedCircuits(opened.folder)
    title, kept = again.read(id)
    assert title == "small" and kept == replace(SMALL.strongest_first(), data={"title": "small"})
    assert [(line.id, line.title, line.n_nodes) for line in again.listed()] == [(id, "small", 2)]
    assert again.add_content("small.json", file.read_bytes()) == id
    assert again.listed("SMALL") and again.listed(id[5:9]) and not again.listed("other")
    again.remove(id)
    assert again.listed() == () and not opened.has(id)


def test_a_long_title_and_a_name_that_is_no_text_are_kept(opened, file):
    long = replace(SMALL, data={"title": "\N{GRINNING FACE}" * 300})
    write_circuit(long, file)
    assert opened.read(opened.add(file))[0] == "\N{GRINNING FACE}" * 200
    write_circuit(SMALL, file)
    assert opened.read(opened.add(file, "half \udcff of it.json"))[0] == "half ? of it"
    assert len(opened.listed()) == 2


def test_what_is_sent_is_told_by_the_name_it_had(opened):
    with pytest.raises(InputError, match=r"^<b>\.json: not JSON"):
        opened.add_content("<b>.json", b"{")
    with pytest.raises(InputError) as told:
        opened.add_content(
            "two\nlines.json", b'{"format": "circuit-explorer/circuit", "version": "%s"}' % (b"9" * 999)
        )
    assert "two lines.json: circuit version" in str(told.value) and len(str(told.value)) < 200
    assert not opened.folder.exists()


@pytest.mark.parametrize(
    "id", ["../small", "file-", "file-0123456789ag", "file-0123456789ab/../x", "/etc/passwd"]
)
def test_only_ids_reach_the_disk(opened, file, id):
    opened.add(file)
    (opened.folder.parent / "small.jsonl").write_text("{}\n{}\n")
    for use in (opened.read, opened.remove, opened.check):
        with pytest.raises(InputError, match="not open here"):
            use(id)
    assert not opened.has(id)


def test_files_nodes_edges_and_bytes_are_bounded(opened, file, tmp_path, monkeypatch):
    for name, most, said in (
        ("MOST_BYTES", 400, "MB"),
        ("MOST_NODES", 1, "2 nodes and 2 edges"),
        ("MOST_EDGES", 1, "2 nodes and 2 edges"),
        ("MOST_FILES", 0, "remove one first"),
    ):
        with monkeypatch.context() as bounded, pytest.raises(InputError, match=said) as told:
            bounded.setattr(opened_circuits, name, most)
            opened.add(file)
        assert str(file) in str(told.value)
    assert opened.listed() == ()


def test_a_damaged_copy_is_listed_so_that_it_can_be_removed(opened, file):
    id = opened.add(file)
    copy = opened.check(id)
    for content in ("", "{", "[]\n[]\n", '{"title": "x", "n_nodes": 1}\n{}\n'):
        copy.write_text(content)
        assert [line.id for line in opened.listed()] == [id]
        with pytest.raises(InputError, match=re.escape(str(copy))):
            opened.read(id)
    opened.remove(id)
    assert opened.listed() == ()


def test_a_place_that_cannot_be_written_is_told(file, tmp_path):
    (tmp_path / "taken").write_text("")
    with pytest.raises(InputError, match="cannot be kept"):
        OpenedCircuits(tmp_path / "taken" / "circuits").add(file)


def test_the_title_is_the_circuits_own_where_it_has_one(opened, tmp_path):
    values = {**circuit_to_json(SMALL), "data": {"title": "t" * 1000}}
    (tmp_path / "long.json").write_text(json.dumps(values))
    opened.add(tmp_path / "long.json")
    assert [line.title for line in opened.listed()] == ["t" * 200]

"""`precompute import`: a circuit's file into the place where the app looks, or what is wrong with it."""

from __future__ import annotations

import json

import pytest

from explorer_engine.circuits.circuit import Node
from explorer_engine.formats.circuit_json import write_circuit
from explorer_engine.sites import Site
from explorer_engine.store.opened_circuits import OpenedCircuits
from explorer_engine.world.world import open_world
from precompute.cli import main
from tests.explorer_engine.circuits.small import circuit
from tests.explorer_engine.formats.graphs import neuronpedia_graph
from tests.worlds import build_world


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    return open_world(build_world(tmp_path_factory.mktemp("import") / "world"))


@pytest.fixture
def call(world, tmp_path, capsys):
    """Calls the command; its status and what it said."""

    def call(*files):
        given = ["--world", str(world.path), "--judgements", str(tmp_path / "said")]
        status = main(["import", *map(str, files), *given])
        said = capsys.readouterr()
        return status, said.err if status else said.out

    return call


def test_what_is_imported_is_where_the_app_looks(world, tmp_path, call):
    write_circuit(
        circuit([Node(Site("resid", 0), 3, None, 0.5)], fingerprint=world.fingerprint), tmp_path / "c.json"
    )
    (tmp_path / "dallas.json").write_text(json.dumps(neuronpedia_graph()))
    status, said = call(tmp_path / "c.json", tmp_path / "dallas.json")
    assert status == 0 and "another program" in said
    opened = OpenedCircuits.beside(tmp_path / "said" / f"judgements-{world.key}.duckdb", [world.key])
    ids = {line.title: line.id for line in opened.listed()}
    assert ids.keys() == {"c", "dallas"} and all(f"/circuit?circuit={id}" in said for id in ids.values())
    assert sorted(path.name for path in (tmp_path / "said").iterdir()) == [f"circuits-{world.key}"]


@pytest.mark.parametrize("content", [None, "{", '{"format": "circuit-explorer/circuit", "version": 3}'])
def test_what_cannot_be_read_is_told_in_one_line(tmp_path, call, content):
    if content is not None:
        (tmp_path / "c.json").write_text(content)
    status, said = call(tmp_path / "c.json")
    assert status == 2 and str(tmp_path / "c.json") in said and said.count("\n") == 1
    assert not (tmp_path / "said").exists()

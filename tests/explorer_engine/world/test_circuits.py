"""A circuit of a file in a world: its features are the world's where the hashes say so, and only then."""

from __future__ import annotations

from dataclasses import replace

import pytest

from explorer_engine.circuits.circuit import Node
from explorer_engine.circuits.fingerprint import Fingerprint
from explorer_engine.errors import InputError
from explorer_engine.formats.circuit_json import write_circuit
from explorer_engine.sites import FeatureRef, ForeignSite, Site
from explorer_engine.store.opened_circuits import OpenedCircuits
from explorer_engine.world.circuits import WorldCircuits
from explorer_engine.world.manifest import fingerprint_of
from explorer_engine.world.world import open_world
from tests.explorer_engine.circuits.small import circuit
from tests.worlds import build_world

HERE = FeatureRef.parse("resid_0/3")
NODES = (Node(Site("resid", 0), 3, None, 0.5), Node(Site("resid", 0), "error", None, 0.1))
BEYOND = (*NODES, Node(Site("resid", 0), 99, None, 0.2), Node(Site("mlp", 7), 1, None, 0.2))


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    return open_world(build_world(tmp_path_factory.mktemp("circuits") / "world"))


@pytest.fixture
def read(world, tmp_path):
    """What the world makes of a circuit's file."""
    circuits = WorldCircuits(world.store, OpenedCircuits(tmp_path / "opened"), world.fingerprint)

    def read(nodes, fingerprint):
        write_circuit(circuit(nodes, fingerprint=fingerprint), tmp_path / "c.json")
        id = circuits.opened.add(tmp_path / "c.json")
        assert circuits.other(id) is None and circuits.faithfulness(id) == {}
        return circuits.graph(id)

    return read


def test_folders_have_the_fingerprint_of_the_world_that_is_made_of_them(world, read):
    assert fingerprint_of(world.model, world.dictionaries) == world.fingerprint
    graph = read(NODES, fingerprint_of(world.model, world.dictionaries))
    assert graph.note is None and graph.known == {HERE}
    assert graph.tokens_of(NODES[0]) and [graph.knows(node) for node in NODES] == [True, False]
    assert graph.summary.kind == "file" and (graph.summary.n_nodes, graph.summary.n_errors) == (2, 1)


def test_a_model_of_the_hub_is_told_by_its_dictionaries_alone(world, read):
    found = fingerprint_of(None, world.dictionaries)
    assert found.model is None and read(NODES, found).known == {HERE}


def test_a_circuit_of_the_store_says_what_it_is_of(world, tmp_path):
    circuits = WorldCircuits(world.store, OpenedCircuits(tmp_path), world.fingerprint)
    graph = circuits.graph("pairs-0")
    assert graph.circuit.fingerprint == world.fingerprint
    assert replace(graph.circuit, fingerprint=None) == world.store.circuits.graph("pairs-0").circuit
    assert circuits.faithfulness("pairs-0") == world.store.circuits.faithfulness("pairs-0")
    for unknown in ("no such", "file-0123456789ab"):
        with pytest.raises(InputError):
            circuits.graph(unknown)


@pytest.mark.parametrize(
    ("nodes", "changes", "said"),
    [
        (NODES, {"model": "0" * 64}, "another model"),
        (NODES, {"dictionaries": "0" * 64}, "other dictionaries"),
        (NODES, {"dictionaries": None}, "does not say which dictionaries"),
        (NODES, None, "does not say which dictionaries"),
        ((Node(ForeignSite("transcoder", 0), 3, None, 0.5),), None, "another program"),
    ],
)
def test_features_of_others_are_never_taken_for_this_worlds(world, read, nodes, changes, said):
    graph = read(nodes, None if changes is None else replace(world.fingerprint, **changes))
    assert said in (graph.note or "") and graph.known == frozenset()
    assert not graph.top_tokens and not any(graph.knows(node) for node in nodes)


def test_features_that_the_world_has_not_are_named(world, read):
    graph = read(BEYOND, world.fingerprint)
    assert graph.known == {HERE} and "2 of its features" in (graph.note or "")
    assert "resid_0/99" in (graph.note or "") and "mlp_7/1" in (graph.note or "")
    assert Fingerprint(None, None) != world.fingerprint

"""Comparison: nodes and edges of either, differences, overlap against plain sets and sums."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from pathlib import Path

import pytest

from explorer_engine.circuits.circuit import Circuit, Edge, Node
from explorer_engine.circuits.comparison import compare, direction, feature_effects, overlap, strange
from explorer_engine.circuits.fingerprint import Fingerprint
from explorer_engine.sites import Site
from explorer_engine.store.artefacts import ArtefactStore
from tests.explorer_engine.circuits.small import circuit

DEMO = Path(__file__).parents[3] / "assets/demo/world.duckdb"
ATTN, RESID = Site("attn", 0), Site("resid", 0)
HERE = circuit(
    (Node(ATTN, 5, None, -0.9), Node(RESID, 7, None, 0.5), Node(RESID, "error", None, 0.6)),
    (Edge("attn_0/5", "resid_0/7", -0.2), Edge("resid_0/7", "y", 0.5)),
)
THERE = circuit(
    (Node(ATTN, 5, None, -0.4), Node(RESID, 8, None, 0.6)),
    (Edge("resid_0/8", "y", 0.3), Edge("attn_0/5", "resid_0/8", 0.1)),
)


def test_nodes_of_either_with_their_effects_and_the_difference():
    found = {node.id: node for node in compare(HERE, THERE).nodes}
    assert {id: node.side for id, node in found.items()} == {
        "attn_0/5": "both",
        "resid_0/7": "here",
        "resid_0/8": "there",
        "resid_0/error": "here",
    }
    assert found["attn_0/5"].difference == pytest.approx(0.5)
    assert found["resid_0/7"].difference == pytest.approx(-0.5)
    assert found["resid_0/8"].difference == pytest.approx(0.6)
    assert found["attn_0/5"].here_share == pytest.approx(0.9 / 2.0)
    assert found["attn_0/5"].there_share == pytest.approx(0.4)
    assert found["attn_0/5"].share_difference == pytest.approx(-0.4 + 0.45)


def test_edges_of_either():
    sides = {(edge.source, edge.target): edge.side for edge in compare(HERE, THERE).edges}
    assert sides[("resid_0/7", "y")] == "here" and sides[("resid_0/8", "y")] == "there"
    assert {edge.side for edge in compare(HERE, HERE).edges} == {"both"}


def test_overlap_by_hand_errors_left_out():
    found = compare(HERE, THERE).overlap
    assert (found.common, found.here, found.there, found.either) == (1, 2, 2, 3)
    assert found.features == pytest.approx(1 / 3) and found.shared == pytest.approx(1 / 2)
    assert found.weighted == pytest.approx(min(0.9 / 1.4, 0.4 / 1.0))
    same = compare(HERE, HERE).overlap
    assert same.features == same.shared == 1 and same.weighted == pytest.approx(1)
    nothing = compare(circuit(()), circuit(())).overlap
    assert nothing.features == nothing.shared == 1 and nothing.weighted == 0


def test_opposite_directions_carry_no_weight_and_a_sign_in_words_turns_effects():
    turned = replace(HERE, provenance={"sign": "negative: it stands on it"})
    assert direction(turned.sign) == -1 and direction(HERE.sign) == 1
    assert feature_effects(turned) == {"attn_0/5": 0.9, "resid_0/7": -0.5}
    assert compare(HERE, turned).overlap.weighted == 0
    assert compare(HERE, turned).overlap.features == 1


def test_the_strongest_of_each_and_what_one_of_them_has():
    part = compare(HERE, THERE).strongest(1, 10)
    assert {node.id for node in part.nodes} == {"attn_0/5", "resid_0/8"}
    assert {(e.source, e.target) for e in part.edges} == {("resid_0/8", "y"), ("attn_0/5", "resid_0/8")}
    assert not any(node.is_error for node in compare(HERE, THERE).strongest(9, 9, errors=False).nodes)
    own = compare(HERE, THERE).only("here")
    assert {node.id for node in own.nodes} == {"attn_0/5", "resid_0/7", "resid_0/error"}
    assert {edge.side for edge in own.edges} == {"here"}


def test_what_is_not_matched_has_nothing_in_common():
    found = compare(HERE, THERE, matched=False)
    assert {node.side for node in found.nodes} == {"here", "there"} and len(found.nodes) == 5
    assert (found.overlap.common, found.overlap.here, found.overlap.there) == (0, 2, 2)
    assert len(found.only("there").nodes) == 2 and len(found.only("there").edges) == 2


def test_circuits_of_other_dictionaries_are_strange():
    def of(dictionaries: str | None) -> Circuit:
        return replace(HERE, fingerprint=Fingerprint("m", dictionaries))

    assert strange(of("d"), of("d")) is None
    assert "different dictionaries" in (strange(of("d"), of("e")) or "")
    assert "does not say" in (strange(of("d"), of(None)) or "") and strange(HERE, of("d")) is not None


def test_overlaps_of_the_shipped_circuits_are_those_of_plain_sets_and_sums():
    store = ArtefactStore(DEMO)
    ids = ("agreement-simple", "agreement-across-rc", "agreement-across-pp", "classifier-professor-nurse")
    ask = "SELECT site, feature, effect FROM circuit_node WHERE circuit = ?"
    rows = {id: store.reader.rows(ask, [id]) for id in ids}
    for a, b in combinations(ids, 2):
        sums: list[dict[tuple[str, int], float]] = []
        for id in (a, b):
            own: dict[tuple[str, int], float] = {}
            for site, feature, effect in rows[id]:
                if feature is not None:
                    sign = -1 if id.startswith("classifier") else 1
                    own[site, feature] = own.get((site, feature), 0) + sign * effect
            sums.append(own)
        one, two = sums
        p, q = (sum(abs(v) for v in own.values()) for own in sums)
        weighted = sum(
            min(abs(one[f]) / p, abs(two[f]) / q) for f in set(one) & set(two) if one[f] * two[f] > 0
        )
        graphs = [store.circuits.graph(id, named=False).circuit for id in (a, b)]
        found = overlap(*map(feature_effects, graphs))
        assert found.features == pytest.approx(len(set(one) & set(two)) / len(set(one) | set(two)))
        assert found.shared == pytest.approx(len(set(one) & set(two)) / max(len(one), len(two)))
        assert found.weighted == pytest.approx(weighted)

"""Groups of circuits, features of many, circuits and behaviours alike: against plain sets."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import pytest

from explorer_engine.circuits.comparison import feature_effects
from explorer_engine.store.artefacts import ArtefactStore

DEMO = Path(__file__).parents[4] / "assets/demo/world.duckdb"


@pytest.fixture(scope="module")
def demo() -> ArtefactStore:
    return ArtefactStore(DEMO)


def test_groups_hold_every_circuit_once_summed_ones_with_their_other(demo):
    groups = demo.comparisons.groups()
    ids = [row.id for group in groups for row in demo.comparisons.circuits(group, 0, 1000).rows]
    listed = demo.circuits.page(limit=1000).rows
    assert sorted(ids) == sorted(row.id for row in listed if row.summed_of is None)
    assert groups[0].kind == "contrast" and sum(group.n for group in groups) == len(ids)
    assert {g.clustering for g in groups} - {None} == {c.id for c in demo.behaviours.clusterings()}
    one = demo.comparisons.circuits(groups[0], 1, 1)
    assert one.total == groups[0].n and len(one.rows) == 1


def test_feature_effects_are_those_of_the_circuits(demo):
    for group in demo.comparisons.groups():
        rows = demo.comparisons.circuits(group, 0, 3).rows
        for id, effects in demo.comparisons.feature_effects(rows).items():
            assert effects == pytest.approx(feature_effects(demo.circuits.graph(id).circuit))


def test_circuits_alike_are_ranked_by_the_share_of_features_in_common(demo):
    for id in ("agreement-across-rc", "behaviour-3"):
        kind = demo.circuits.summary(id).kind
        own = demo.circuits.graph(id).circuit.features
        others = {
            row.id: demo.circuits.graph(row.id).circuit.features
            for row in demo.circuits.page(kind=kind, limit=1000).rows
            if row.summed_of is None and row.id != id
        }
        shares = {other: len(own & found) / len(own | found) for other, found in others.items()}
        alike = demo.comparisons.alike(id, 3)
        assert [a.features for a in alike] == pytest.approx(sorted(shares.values(), reverse=True)[:3])
        assert all(a.common == len(own & others[a.id]) for a in alike)
    assert demo.comparisons.alike("none of them", 3) == ()


def test_behaviours_are_matched_by_their_contexts(demo):
    contexts: dict[int, set[tuple[int, int]]] = defaultdict(set)
    for behaviour, document, position in demo.reader.rows(
        "SELECT behaviour, document, position FROM behaviour_context"
    ):
        contexts[behaviour].add((document, position))
    found = demo.comparisons.matched(5)
    assert len(found) == 5 and len({m.here for m in found}) == len({m.there for m in found}) == 5
    for match in found:
        here, there = contexts[match.here], contexts[match.there]
        assert match.common == len(here & there)
        assert match.share == pytest.approx(len(here & there) / len(here | there))
        rows = [demo.behaviours.get(b) for b in (match.here, match.there)]
        assert rows[0].clustering != rows[1].clustering
        assert [row.circuit for row in rows] == [match.here_circuit, match.there_circuit]
    assert [m.share for m in found] == sorted((m.share for m in found), reverse=True)

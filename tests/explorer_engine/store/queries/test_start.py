"""What the Start page asks is what was written: the small world's figures and what it lacks."""

from __future__ import annotations

from datetime import datetime

import pytest

from explorer_engine.store.artefacts import ArtefactStore
from tests.explorer_engine.store.small_world import SITES


def test_world_counts_what_the_store_holds(store: ArtefactStore) -> None:
    world = store.start.world()
    assert (world.title, world.n_documents, world.n_dictionaries, world.n_features) == ("Small", 4, 3, 12)
    assert (world.n_behaviours, world.n_circuits) == (2, 2)


def test_dictionaries_come_in_order_of_depth_and_keep_gaps(store: ArtefactStore) -> None:
    found = store.start.dictionaries()
    assert [str(d.site) for d in found] == SITES
    assert found[0].l0 == 2.5 and found[0].alive is None


def test_quality_figures_know_whether_they_pass(store: ArtefactStore) -> None:
    assert [(q.figure, q.verdict) for q in store.start.quality()] == [
        ("L0, mean", "passed"),
        ("agreement", "missed"),
    ]


def test_provenance_says_when_in_utc_and_how(store: ArtefactStore) -> None:
    model, circuits = store.start.provenance()
    assert model.made_at == datetime(2026, 1, 2, 0) and model.parameters == {"seed": 0}
    assert store.start.provenance("circuits") == (circuits,)


def test_missing_names_the_command_that_the_world_records(store: ArtefactStore) -> None:
    missing = {m.what: m for m in store.start.missing()}
    assert missing["Behaviour circuits"].detail == "1 of 2 behaviours have none"
    assert missing["Position-resolved circuits"].command == "make circuits"
    assert missing["Behaviour circuits"].command is None, "nothing is recorded of the artefact behaviours"
    assert "Feature dashboards" not in missing


def test_density_counts_what_is_active_nearly_everywhere_and_what_it_carries(store: ArtefactStore) -> None:
    densities = {("embed", j): 0.01 * j for j in range(4)}
    densities |= {
        (site, j): 0.01 * depth * j for depth, site in ((2, SITES[1]), (3, SITES[2])) for j in range(4)
    }
    effects = [
        (densities[row["site"], row["feature"]], abs(row["effect"]))
        for row in store.reader.records("SELECT * FROM circuit_node WHERE feature IS NOT NULL")
    ]
    found = store.start.density(0.025)
    assert (found.n_features, found.n_dense) == (12, sum(d > 0.025 for d in densities.values()))
    dense = sum(effect for density, effect in effects if density > 0.025)
    assert 0 < dense < sum(effect for _, effect in effects)
    assert found.share == pytest.approx(dense / sum(effect for _, effect in effects))

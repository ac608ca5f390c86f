"""The stage clusters one sample of predictions in every way that is asked for, and says what it used."""

from __future__ import annotations

from pathlib import Path

import pytest

from explorer_engine.behaviours.options import BehaviourOptions, ClusteringOptions
from explorer_engine.errors import InputError
from explorer_engine.store import shards
from precompute.engine.stage import Stage
from precompute.source import Source
from precompute.stages import behaviours

CLUSTERINGS = (
    ClusteringOptions("effects", "last-5"),
    ClusteringOptions("activations", "last-1"),
    ClusteringOptions("dense-effects", "sum", "neighbours"),
    ClusteringOptions("dense-activations", "last-1", "k-means"),
    ClusteringOptions("gradients"),
)
METHODS = ["spectral", "spectral", "neighbours", "k-means", "k-means"]
OPTIONS = BehaviourOptions(
    max_loss=1.5, samples=40, clusterings=CLUSTERINGS, clusters=0, candidates=(2, 4, 8, 30), projection=50,
    context=16,
)  # fmt: skip


def staged(built, options: BehaviourOptions) -> Stage:
    work = built.work
    source = Source(
        work / "language-model" / "model", work / "dictionaries" / "dictionaries", work / "corpus" / "shards"
    )
    return behaviours.stage(options, source)


@pytest.fixture(scope="module")
def made(built, tmp_path_factory) -> tuple[Stage, Path]:
    """The stage, and its folder after the waves that come before circuits."""
    stage, folder = staged(built, OPTIONS), tmp_path_factory.mktemp("behaviours")
    for wave in stage.units()[:2]:
        for unit in wave:
            stage.run(unit, folder)
    return stage, folder


def test_each_clustering_says_what_it_used(made):
    found = {row["id"]: row for row in shards.read(made[1] / "shards", "clustering")}
    assert [found[own.id]["method"] for own in CLUSTERINGS] == METHODS
    for row in found.values():
        tried = dict(row["tried"])
        assert list(tried) == [2, 4, 8], "30 clusters of more than one context take 60"
        assert tried[row["n_clusters"]] == max(tried.values())
        assert row["n_samples"] == 40


def test_all_cluster_the_same_sample_under_ids_of_their_own(made):
    rows = shards.read(made[1] / "shards", "behaviour_context")
    samples: dict[int, set[tuple[int, int]]] = {}
    for row in rows:
        samples.setdefault(row["behaviour"] // 100, set()).add((row["document"], row["position"]))
    first, *others = (samples[number] for number in range(len(CLUSTERINGS)))
    assert len(rows) == 40 * len(CLUSTERINGS) and len(first) == 40
    assert all(other == first for other in others)


def test_there_is_a_unit_for_every_cluster_that_may_be_and_nothing_is_made_of_none(made):
    stage, folder = made
    circuits = stage.units()[2]
    assert len(circuits) == 30 * len(CLUSTERINGS)
    before = sorted(folder.rglob("*"))
    stage.run("gradients-sum_circuit-29", folder)
    assert sorted(folder.rglob("*")) == before


def test_too_few_predictions_are_told(built, tmp_path):
    options = BehaviourOptions(max_loss=1e-6, clusters=0, candidates=(7, 9))
    with pytest.raises(InputError, match="the clusters take 14: raise max_loss"):
        staged(built, options).run("predictions", tmp_path)

"""A study goes through shards, publish and query, and comes back as the values it was made of."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from explorer_engine.circuits.circuit import Circuit, Edge, Node
from explorer_engine.circuits.rows import CircuitEntry
from explorer_engine.shift import (
    Accuracies,
    ClassifierFeature,
    ClassifierTask,
    GroupMean,
    Probe,
    Share,
    ShiftRun,
    Study,
    StudyOptions,
    TaskTexts,
    TextSet,
)
from explorer_engine.shift.rows import to_rows
from explorer_engine.sites import FeatureRef, Site
from explorer_engine.store.artefacts import ArtefactStore
from tests.explorer_engine.store.small_world import build, small_world

TASK = ClassifierTask(
    "comments",
    Site("resid", 0),
    ("civil", "toxic"),
    ("dialect A", "dialect B"),
    title="Civil or toxic?",
    skip_first=True,
)


def known(value: float) -> Share:
    return Share(value, value, value)


def text_set(first: int) -> TextSet:
    return TextSet.of([[0, 1, first + i] for i in range(4)], [0, 0, 1, 1], [0, 1, 0, 1])


def accuracies(label: float) -> Accuracies:
    groups = (known(0.9), known(0.2), known(0.4), known(0.8))
    return Accuracies(
        label=Share(label, label - 0.1, label + 0.1),
        attribute=Share(0.75, 0.7, 0.85),
        worst=Share(0.2, 0.1, 0.3),
        groups=groups,
    )


@pytest.fixture
def study() -> Study:
    means = tuple(GroupMean(a, b, 0.5 * a + b, 0.125, 0.25) for a in (0, 1) for b in (0, 1))
    features = (
        ClassifierFeature(FeatureRef(Site("embed", -1), 1), 0.75, True, 2.5, means, mean=0.5, readers=0.25),
        ClassifierFeature(FeatureRef(Site("resid", 0), 3), -0.25, False, -1.0, means),
    )
    runs = (
        ShiftRun("original", accuracies(0.6), 0),
        ShiftRun("shift", accuracies(0.8), 1, note="one"),
        ShiftRun("oracle", accuracies(0.9), 0, "balanced labels"),
    )
    texts = TaskTexts(ambiguous=text_set(2), balanced=text_set(1), test=text_set(0))
    probe = Probe(torch.linspace(-1, 1, 8), 0.5)
    return Study(
        TASK,
        texts,
        (probe, Probe(probe.weight / 2, -0.25)),
        features,
        0.25,
        runs,
        StudyOptions(features=2, seed=5),
    )


def published(study: Study, circuit: CircuitEntry, folder: Path) -> ArtefactStore:
    """The small world with this study in the place of its own classifier."""
    rows = small_world()
    for table, own in to_rows(study, circuit).items():
        others = [] if table.startswith(("classifier", "shift")) else rows[table]
        kept = [row for row in others if "classifier-job" not in (row.get("id"), row.get("circuit"))]
        rows[table] = [*kept, *own]
    return ArtefactStore(build(rows, folder))


@pytest.fixture
def circuit() -> CircuitEntry:
    nodes = (
        Node(Site("embed", -1), 1, None, -0.75),
        Node(Site("resid", 0), 3, None, 0.25),
    )
    edges = (Edge("embed/1", "resid_0/3", 0.125), Edge("resid_0/3", "y", 0.25))
    found = Circuit(
        nodes, edges, model="m", dictionaries="d", metric="probe-logit", method={"name": "attribution"},
        aggregation="sum", node_selection="averaged", baseline="zero", n_examples=4, node_threshold=0.25,
        edge_threshold=0.002, provenance={"sign": "negative: it stands on it"},
    )  # fmt: skip
    return CircuitEntry("classifier-comments", "What it stands on", "classifier", found, task=TASK.name)


def test_a_study_comes_back_from_the_store(study: Study, circuit: CircuitEntry, tmp_path: Path) -> None:
    store = published(study, circuit, tmp_path).classifiers
    (found,) = store.all()
    assert (found.task.name, found.task.site, found.task.groups) == (TASK.name, TASK.site, TASK.groups)
    assert (found.task.title, found.task.skip_first) == (TASK.title, True)
    assert found.probe_weight == tuple(study.probes[0].weight.tolist()) and found.probe_bias == 0.5
    assert found.other_probes == ((*(study.probes[0].weight / 2).tolist(), -0.25),)
    assert found.n_texts == {"ambiguous": 4, "balanced": 4, "test": 4}
    assert (found.parameters["features"], found.parameters["seed"]) == (2, 5)
    assert store.runs(TASK.name) == study.runs
    features = store.features(TASK.name)
    assert tuple(replace(f, tokens=()) for f in features) == study.features
    for split in ("ambiguous", "balanced", "test"):
        texts: Any = getattr(study.texts, split)
        stored = store.texts(TASK.name, split)
        assert [t.tokens for t in stored] == list(texts.tokens)
        assert [(t.label, t.attribute) for t in stored] == list(
            zip(texts.label.tolist(), texts.attribute.tolist(), strict=True)
        )


def test_the_circuit_of_a_study_is_stored_under_its_name(
    study: Study, circuit: CircuitEntry, tmp_path: Path
) -> None:
    store = published(study, circuit, tmp_path)
    (found,) = store.classifiers.all()
    summary = store.circuits.summary(found.circuit)
    assert (summary.kind, summary.task, summary.n_nodes) == ("classifier", TASK.name, 2)
    assert summary.title == "What it stands on"


def test_a_study_that_nobody_judged_is_stored_without_verdicts(
    study: Study, circuit: CircuitEntry, tmp_path: Path
) -> None:
    unjudged = tuple(replace(f, spurious=None) for f in study.features)
    store = published(replace(study, features=unjudged, runs=study.runs[:1]), circuit, tmp_path).classifiers
    assert [f.spurious for f in store.features(TASK.name)] == [None, None]
    assert [run.name for run in store.runs(TASK.name)] == ["original"]

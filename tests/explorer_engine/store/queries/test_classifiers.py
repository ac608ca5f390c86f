"""Classifiers are told as they were written: tasks, texts, features and runs of the small world."""

from __future__ import annotations

from pathlib import Path

import pytest

from explorer_engine.errors import InputError
from explorer_engine.sites import Site
from explorer_engine.store.artefacts import ArtefactStore
from tests.explorer_engine.store.small_world import build, small_world


def test_classifier_task_texts_features_and_runs(store: ArtefactStore) -> None:
    (found,) = store.classifiers.all()
    task = found.task
    assert (task.name, task.site, task.classes) == ("job", Site("resid", 0), ("doctor", "nurse"))
    assert task.groups == ("male doctor", "female doctor", "male nurse", "female nurse")
    assert found.n_texts == {"test": 4} and found.probe_weight == (0.5,) * 8
    texts = store.classifiers.texts("job", "test")
    assert [(t.id, t.tokens, t.label, t.attribute) for t in texts[:2]] == [
        (0, (0, 1, 2), 0, 0),
        (1, (0, 1, 3), 1, 0),
    ]
    assert store.classifiers.words("job", "test", (1,)) == {1: ("<s>", " the", " helps")}
    first, second = store.classifiers.features("job")
    assert (str(first.ref), first.spurious, first.alone) == ("embed/1", True, 2.0)
    assert [group.mean for group in first.groups] == [0.0, 1.0, 0.5, 1.5]
    assert (second.spurious, second.alone, second.groups) == (None, None, ())
    assert [run.name for run in store.classifiers.runs("job")] == ["original", "oracle"]
    assert [share.value for share in store.classifiers.runs("job")[0].accuracies.groups] == [
        0.9,
        0.2,
        0.3,
        0.9,
    ]


def test_a_classifier_told_on_two_splits_is_still_one(tmp_path: Path) -> None:
    rows = small_world()
    original = next(row for row in rows["shift_run"] if row["name"] == "original")
    rows["shift_run"].append({**original, "split": "development", "rank": 2})
    classifiers = ArtefactStore(build(rows, tmp_path)).classifiers
    assert [found.task.name for found in classifiers.all()] == ["job"]
    assert [(run.name, run.split) for run in classifiers.runs("job")] == [
        ("original", "test"),
        ("oracle", "test"),
        ("original", "development"),
    ]


def test_an_unknown_task_is_named(store: ArtefactStore) -> None:
    with pytest.raises(InputError, match="task 'nope'"):
        store.classifiers.get("nope")

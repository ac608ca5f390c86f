"""The table over probe strengths: every strength has lines, the first one's are the session's own."""

from __future__ import annotations

import pytest

from benchmarks.probe_strength import STRENGTHS, strength_table
from explorer_engine.shift import ShiftSession, TaskTexts
from tests.explorer_engine.shift.conftest import (
    ATTRIBUTE_WORDS,
    EMBED,
    ClassifierTask,
    FeatureRef,
    Site,
    small_dictionaries,
    small_model,
    texts,
)

PLANTED = [FeatureRef(EMBED, token) for words in ATTRIBUTE_WORDS for token in words]


@pytest.fixture(scope="module")
def session():
    model = small_model()
    task = ClassifierTask("small", Site("resid", 1), ("professor", "nurse"), ("male", "female"))
    sets = TaskTexts(*(texts(n, seed, balanced=seed > 1) for seed, n in enumerate((400, 80, 160), 1)))
    opened = ShiftSession(model, small_dictionaries(model), task, sets, n_probes=10, workers=1)
    yield opened
    opened.close()


def test_every_strength_has_the_same_lines_and_the_first_is_the_sessions_own(session):
    strengths = {name: STRENGTHS[name] for name in (next(iter(STRENGTHS)), "logistic regression, C = 1")}
    lines = strength_table(session, {"shift": PLANTED}, "mean", strengths)
    done = ["original", "shift", "shift+retrain"]
    assert [(line.strength, line.done) for line in lines] == [(s, d) for s in strengths for d in done]
    for line in lines[:3]:
        ablated = () if line.done == "original" else PLANTED
        own = session.evaluate(ablated, line.done.endswith("retrain"), ablation="mean", split="test")
        assert line.accuracies == own.accuracies
    assert len({line.accuracies for line in lines if line.done == "original"}) > 1

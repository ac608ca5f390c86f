"""What things are called follows what people say, at once, and is read from the store once a statement."""

from __future__ import annotations

import streamlit as st

from app import names, world
from explorer_engine.store.judgements import JudgementStore


def test_ones_own_label_stands_over_the_newest_and_statements_show_at_once(monkeypatch):
    store = world.judgements()
    monkeypatch.setattr(st, "session_state", {"annotator": "Ada"})
    store.label("Ada", "resid_1/3", "mine")
    store.label("Bo", "resid_1/3", "theirs")
    assert names.feature_labels() == {"resid_1/3": "mine"}
    store.undo("Ada")
    assert names.feature_labels() == {"resid_1/3": "theirs"}
    store.label("Ada", names.behaviour_target(7), "lists")
    assert names.behaviour_labels() == {7: "lists"}


def test_labels_are_read_once_a_statement(monkeypatch):
    reads, labels = [], JudgementStore.labels
    monkeypatch.setattr(JudgementStore, "labels", lambda self, *who: reads.append(who) or labels(self, *who))
    for _ in range(3):
        names.labels()
    assert len(reads) == 1
    world.judgements().label("Ada", "resid_1/3", "new")
    assert names.feature_labels() == {"resid_1/3": "new"} and len(reads) == 2

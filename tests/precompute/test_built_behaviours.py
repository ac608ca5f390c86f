"""Behaviours of the tiny world: predictions that the model makes, scored by their own contexts."""

from __future__ import annotations

from dataclasses import asdict
from math import exp, log

import numpy as np
import pytest

from explorer_engine.behaviours.score import scores
from explorer_engine.data import pad_left
from tests.precompute.tiny_world import VOCABULARY, near, rows


def test_contexts_of_behaviours_are_predictions_of_the_model(built, model, documents):
    found = rows(built.store, "SELECT * FROM behaviour_context")
    tokens, mask = pad_left([documents[row["document"]][: row["position"]] for row in found])
    p = model.logits(tokens, mask)[:, -1].softmax(-1)
    for row, here in zip(found, p, strict=True):
        assert documents[row["document"]][row["position"]] == row["answer"] == int(here.argmax())
        assert row["p"] == near(float(here[row["answer"]]))
        assert row["p"] >= exp(-1.5)


def test_clusterings_are_scored_by_their_contexts(built):
    for clustering in rows(built.store, "SELECT * FROM clustering"):
        found = rows(
            built.store,
            """SELECT c.* FROM behaviour_context c JOIN behaviour b ON b.id = c.behaviour
               WHERE b.clustering = ?""",
            clustering["id"],
        )
        assert clustering["n_samples"] == len(found)
        clusters, answers = (np.array([row[name] for row in found]) for name in ("behaviour", "answer"))
        truth = [row["truth"] for row in found]
        for ending, of in (("", clusters), ("_token_identity", answers)):
            own = asdict(scores(of, truth))
            assert {name: clustering[f"{name}{ending}"] for name in own} == near(own)
        assert 0 < clustering["nmi_tokens"] <= 1


def test_behaviours_are_the_sums_of_their_contexts(built):
    for row in rows(
        built.store,
        """SELECT b.*, count(*) AS n, avg(-ln(c.p)) AS mean, min(c.rank) AS first, max(c.rank) AS last
           FROM behaviour b JOIN behaviour_context c ON c.behaviour = b.id GROUP BY ALL""",
    ):
        assert (row["n_contexts"], row["first"], row["last"]) == (row["n"], 0, row["n"] - 1)
        assert row["mean_loss"] == near(row["mean"])
        assert row["label"] and row["label_source"].startswith("planted truth: share ")
        nodes = rows(
            built.store, "SELECT * FROM circuit_node WHERE circuit = ? AND site <> 'y'", row["circuit"]
        )
        assert row["n_nodes"] == len(nodes)
        assert row["n_errors"] == sum(node["feature"] is None for node in nodes)
        own = [abs(node["effect"]) for node in nodes if node["feature"] is not None]
        assert row["max_effect"] == near(max(own))
        assert row["relative_max_node"] == near(max(own) / (sum(own) / len(own)))


def test_loss_curves_begin_at_chance_and_end_at_the_models_loss(built):
    curves: dict[int | None, dict[int, float]] = {}
    for row in rows(built.store, "SELECT * FROM training_loss"):
        curves.setdefault(row["behaviour"], {})[row["step"]] = row["loss"]
    for behaviour, curve in curves.items():
        assert sorted(curve) == [0, 1, 2, 4, 8, 16, 32, 64, 128, 200]
        assert curve[0] == pytest.approx(log(VOCABULARY), abs=0.5)
        if behaviour is not None:
            (row,) = rows(built.store, "SELECT mean_loss FROM behaviour WHERE id = ?", behaviour)
            assert curve[200] == near(row["mean_loss"], rel=1e-2)

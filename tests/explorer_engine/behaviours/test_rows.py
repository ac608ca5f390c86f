"""Behaviours go through shards, publish and query, and come back as the values they were made of."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from explorer_engine.behaviours.rows import (
    behaviour_from_row,
    clustering_from_row,
    contexts_from_rows,
    neighbours_from_rows,
    similarity_from_row,
    to_rows,
)
from explorer_engine.behaviours.values import (
    Agreement,
    Behaviour,
    BehaviourNeighbour,
    CircuitFigures,
    Clustering,
    ContextPointer,
    Scores,
    Similarity,
)
from explorer_engine.store.artefacts import ArtefactStore
from explorer_engine.store.queries.behaviours import BehaviourQuery
from tests.explorer_engine.store.small_world import DOCUMENTS, TOKENS, build, small_world

AGREEMENT = Agreement(Scores(0.9, 0.8, 0.85), Scores(0.7, 0.6, 0.65), Scores(0.5, 0.4, None))
CLUSTERINGS = (
    Clustering("effects", "SAE effects", "effects", 2, 4, AGREEMENT),
    Clustering("activations", "SAE activations", "acts", 2, 4, None, "spectral", ((1, 1), (2, 2))),
)
FIGURES = CircuitFigures(3, 1, 0.8, 1.6, None, 1 / 3)
BEHAVIOURS = (
    Behaviour(0, "effects", 3, 1 / 7, "Pronouns", "planted truth: share 1.00", "behaviour-0", FIGURES),
    Behaviour(1, "effects", 1, 0.05),
)
CONTEXTS = tuple(
    ContextPointer(b, rank, d, at, DOCUMENTS[d][at], p, truth)
    for b, rank, d, at, p, truth in [
        (0, 0, 0, 4, 0.99, "pronoun"),
        (0, 1, 2, 1, 1 / 3, "pronoun"),
        (0, 2, 1, 4, 0.3, None),
        (1, 0, 0, 5, 0.95, None),
    ]
)
SIMILARITY = Similarity(0, ((1.0, 0.25, 0.5), (0.25, 1.0, 0.125), (0.5, 0.125, 1.0)))
NEIGHBOURS = (BehaviourNeighbour(0, 0, 1, 1 / 3), BehaviourNeighbour(1, 0, 0, 1 / 3))
VALUES = (*CLUSTERINGS, *BEHAVIOURS, *CONTEXTS, SIMILARITY, *NEIGHBOURS)


def whole(rows: list[dict]) -> list[dict]:
    """Rows with a NULL in each column that one of them has and another has not."""
    columns = dict.fromkeys(name for row in rows for name in row)
    return [{name: row.get(name) for name in columns} for row in rows]


def test_rows_come_back_as_the_same_values() -> None:
    tables = {table: whole(rows) for table, rows in to_rows(VALUES).items()}
    assert tuple(map(clustering_from_row, tables["clustering"])) == CLUSTERINGS
    assert tuple(map(behaviour_from_row, tables["behaviour"])) == BEHAVIOURS
    assert contexts_from_rows(tables["behaviour_context"]) == CONTEXTS
    assert tuple(map(similarity_from_row, tables["behaviour_similarity"])) == (SIMILARITY,)
    assert neighbours_from_rows(tables["behaviour_neighbour"]) == NEIGHBOURS


def test_only_tables_that_there_are_values_of_are_written() -> None:
    assert list(to_rows(BEHAVIOURS)) == ["behaviour"] and to_rows(()) == {}


@pytest.fixture
def store(tmp_path: Path) -> ArtefactStore:
    return ArtefactStore(build({**small_world(), **to_rows(VALUES)}, tmp_path))


def test_a_store_answers_with_the_behaviours_that_were_written(store: ArtefactStore) -> None:
    found = store.behaviours
    assert found.clusterings() == CLUSTERINGS
    assert [Behaviour(**{k: vars(row)[k] for k in vars(BEHAVIOURS[0])}) for row in
            found.page(BehaviourQuery(order="id")).rows] == list(BEHAVIOURS)  # fmt: skip
    assert found.similarity(0) == SIMILARITY and found.similarity(1) is None
    assert [(n.id, n.label, n.similarity) for n in found.neighbours(0)] == [(1, None, 1 / 3)]
    assert [(n.id, n.label, n.similarity) for n in found.neighbours(1)] == [(0, "Pronouns", 1 / 3)]


def test_a_store_tells_the_contexts_that_were_written_as_text(store: ArtefactStore) -> None:
    for behaviour in BEHAVIOURS:
        own = [c for c in CONTEXTS if c.behaviour == behaviour.id]
        shown = store.behaviours.contexts(behaviour.id).rows
        assert [(c.rank, c.document, c.position, c.answer, c.p, c.truth) for c in shown] == [
            (c.rank + 1, c.document, c.position, TOKENS[c.answer], c.p, c.truth) for c in own
        ]
        for c in shown:
            assert [*c.before, c.answer, *c.after] == [TOKENS[t] for t in DOCUMENTS[c.document]]


def test_values_and_rows_cost_no_heavy_imports() -> None:
    code = (
        "import sys, explorer_engine.behaviours.rows, explorer_engine.dashboards.rows;"
        "sys.exit(bool({'torch', 'numpy', 'sklearn', 'scipy'} & sys.modules.keys()))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0

"""Behaviours as rows of the artefact store, and back: clusterings, clusters, contexts, likeness."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, fields
from typing import Any, TypeVar

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

__all__ = [
    "behaviour_from_row",
    "clustering_from_row",
    "contexts_from_rows",
    "neighbours_from_rows",
    "similarity_from_row",
    "to_rows",
]

Row = Mapping[str, Any]
T = TypeVar("T")
_SCORES = tuple(field.name for field in fields(Scores))
_SCORED = {"clusters": "", "tokens": "_tokens", "token_identity": "_token_identity"}
"""What is scored → how the columns of its scores end."""
Value = Clustering | Behaviour | ContextPointer | Similarity | BehaviourNeighbour


def to_rows(values: Iterable[Value]) -> dict[str, list[dict[str, Any]]]:
    """Rows by table, in the order of the values: only of the tables that there are values of.

    `clustering`, `behaviour`, `behaviour_context`, `behaviour_similarity`, `behaviour_neighbour`.
    """
    tables: dict[str, list[dict[str, Any]]] = {}
    for value in values:
        table, row = _row(value)
        tables.setdefault(table, []).append(row)
    return tables


def clustering_from_row(row: Row) -> Clustering:
    """A clustering of its row."""
    own = _scores(row, "clusters")
    found = own and Agreement(own, _scores(row, "tokens"), _scores(row, "token_identity"))
    tried = tuple((number, shared) for number, shared in row["tried"] or ())
    return _made(Clustering, {**row, "agreement": found, "tried": tried})


def behaviour_from_row(row: Row) -> Behaviour:
    """A behaviour of its row; further columns are left alone."""
    figures = None if row["n_nodes"] is None else _made(CircuitFigures, row)
    return _made(Behaviour, {**row, "figures": figures})


def contexts_from_rows(rows: Iterable[Row]) -> tuple[ContextPointer, ...]:
    """The contexts of rows of `behaviour_context`, in their order."""
    return tuple(_made(ContextPointer, row) for row in rows)


def similarity_from_row(row: Row) -> Similarity:
    """The matrix of a row of `behaviour_similarity`."""
    n, flat = row["n"], row["matrix"]
    return Similarity(row["behaviour"], tuple(tuple(flat[i * n : (i + 1) * n]) for i in range(n)))


def neighbours_from_rows(rows: Iterable[Row]) -> tuple[BehaviourNeighbour, ...]:
    """The neighbours of rows of `behaviour_neighbour`, in their order."""
    return tuple(_made(BehaviourNeighbour, row) for row in rows)


def _row(value: Value) -> tuple[str, dict[str, Any]]:
    """A value's table and its row there."""
    match value:
        case Clustering():
            return "clustering", _clustering_row(value)
        case Behaviour():
            return "behaviour", _behaviour_row(value)
        case ContextPointer():
            return "behaviour_context", asdict(value)
        case Similarity():
            flat = [cell for line in value.matrix for cell in line]
            return "behaviour_similarity", {"behaviour": value.behaviour, "n": value.n, "matrix": flat}
        case BehaviourNeighbour():
            return "behaviour_neighbour", asdict(value)


def _behaviour_row(value: Behaviour) -> dict[str, Any]:
    row = asdict(value)
    return row | (row.pop("figures") or {})


def _clustering_row(value: Clustering) -> dict[str, Any]:
    row = asdict(value)
    row["tried"] = value.tried or None
    scored = row.pop("agreement") or {}
    for part, ending in _SCORED.items():
        row |= {f"{score}{ending}": found for score, found in (scored.get(part) or {}).items()}
    return row


def _scores(row: Row, part: str) -> Scores | None:
    """The scores of one clustering; None where they are not known."""
    nmi, purity, ari = (row[f"{score}{_SCORED[part]}"] for score in _SCORES)
    return None if nmi is None else Scores(nmi, purity, ari)


def _made(kind: type[T], row: Row) -> T:
    """A value whose fields are the columns of their names."""
    return kind(**{field.name: row[field.name] for field in fields(kind)})  # type: ignore[arg-type]

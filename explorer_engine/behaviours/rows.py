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
    agreement = None if row["nmi"] is None else _made(Agreement, row)
    return _made(Clustering, {**row, "agreement": agreement})


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
            return "clustering", _flat(value, "agreement")
        case Behaviour():
            return "behaviour", _flat(value, "figures")
        case ContextPointer():
            return "behaviour_context", asdict(value)
        case Similarity():
            flat = [cell for line in value.matrix for cell in line]
            return "behaviour_similarity", {"behaviour": value.behaviour, "n": value.n, "matrix": flat}
        case BehaviourNeighbour():
            return "behaviour_neighbour", asdict(value)


def _flat(value: Clustering | Behaviour, part: str) -> dict[str, Any]:
    """The fields of a value with those of one of its parts among them, where it has that part."""
    row = asdict(value)
    return row | (row.pop(part) or {})


def _made(kind: type[T], row: Row) -> T:
    """A value whose fields are the columns of their names."""
    return kind(**{field.name: row[field.name] for field in fields(kind)})  # type: ignore[arg-type]

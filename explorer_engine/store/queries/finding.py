"""What finding by words reads of a store: its columns for an index, and what it looks up word by word."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer_engine.behaviours.values import AUTOMATIC
from explorer_engine.store.connection import StoreReader
from explorer_engine.store.queries.behaviour_list import BEHAVIOUR_ORDERS

__all__ = ["BehaviourColumns", "CircuitColumns", "ContextColumns", "FindingQueries", "TokenRows"]

Column = NDArray[Any]
_LISTS = ("top_tokens", "promoted")


@dataclass(frozen=True)
class BehaviourColumns:
    """Behaviours by id, a column each."""

    id: Column
    label: tuple[str | None, ...]
    automatic: Column
    """Whether the label was made from contexts alone."""
    circuit: tuple[str | None, ...]
    answers: tuple[tuple[int, ...], ...]
    """Token ids of the commonest."""
    shares: tuple[tuple[float, ...], ...]
    figures: dict[str, Column]
    """By the name of an order; NaN where a behaviour has none."""


@dataclass(frozen=True)
class ContextColumns:
    """Contexts in any order, and the documents that they are of."""

    documents: tuple[list[int], ...]
    document: Column
    """Row of `documents`."""
    position: Column
    behaviour: Column
    rank: Column


@dataclass(frozen=True)
class TokenRows:
    """Tokens of features in any order."""

    number: Column
    token: Column
    place: Column
    """Where in its feature's list each stands, from 0."""


@dataclass(frozen=True)
class CircuitColumns:
    """Circuits in the order of their list, a column each."""

    id: tuple[str, ...]
    title: tuple[str, ...]
    task: tuple[str | None, ...]
    behaviour: tuple[int | None, ...]


class FindingQueries:
    """Queries of the Find page."""

    def __init__(self, reader: StoreReader) -> None:
        self._reader = reader

    @property
    def tokens(self) -> tuple[str, ...]:
        """Texts of all tokens by id."""
        return self._reader.tokens

    def behaviours(self) -> BehaviourColumns:
        """All of them."""
        orders = {name: order.column for name, order in BEHAVIOUR_ORDERS.items()}
        columns = ", ".join(f'{column}::DOUBLE AS "figure {name}"' for name, column in orders.items())
        found = self._reader.arrays(
            f"""SELECT id, {columns}, coalesce(starts_with(label_source, '{AUTOMATIC}'), false) AS automatic
                FROM behaviour_row ORDER BY id"""
        )
        rows = self._reader.rows(
            "SELECT label, circuit, answers, answer_shares FROM behaviour_row ORDER BY id"
        )
        return BehaviourColumns(
            id=_filled(found["id"]),
            label=tuple(row[0] for row in rows),
            automatic=_filled(found["automatic"]),
            circuit=tuple(row[1] for row in rows),
            answers=tuple(tuple(row[2] or ()) for row in rows),
            shares=tuple(tuple(row[3] or ()) for row in rows),
            figures={name: _filled(found[f"figure {name}"], np.nan) for name in orders},
        )

    def contexts(self) -> ContextColumns:
        """All contexts of behaviours, and their documents."""
        documents = self._reader.rows(
            """SELECT id, tokens FROM document
               WHERE id IN (SELECT document FROM behaviour_context) ORDER BY id"""
        )
        found = self._reader.arrays("SELECT behaviour, rank, document, position FROM behaviour_context")
        ids = np.array([id for id, _ in documents], np.int64)
        document, position = _filled(found["document"]), _filled(found["position"]).astype(np.int64)
        row = np.searchsorted(ids, document)
        lengths = np.array([len(tokens) for _, tokens in documents] + [0], np.int64)
        known = (row < len(ids)) & (position < lengths[row])
        return ContextColumns(
            documents=tuple(tokens for _, tokens in documents),
            document=row[known],
            position=position[known],
            behaviour=_filled(found["behaviour"])[known],
            rank=_filled(found["rank"])[known].astype(np.int64),
        )

    def feature_tokens(self, column: str) -> TokenRows:
        """All features' `top_tokens` or `promoted` tokens."""
        assert column in _LISTS
        found = self._reader.arrays(
            f"""SELECT r.number, unnest(f.{column}) AS token, generate_subscripts(f.{column}, 1) AS place
                FROM feature f JOIN feature_row r ON r.site = f.site AND r.feature = f.feature"""
        )
        return TokenRows(_filled(found["number"]), _filled(found["token"]), _filled(found["place"]) - 1)

    def tokens_of(self, numbers: Sequence[int], column: str) -> dict[int, tuple[str, ...]]:
        """`top_tokens` or `promoted` tokens of some features as text, by number."""
        assert column in _LISTS
        refs = ", ".join("('{}', {})".format(*self._reader.feature(number)) for number in numbers)
        rows = self._reader.rows(
            f"SELECT site, feature, {column} FROM feature WHERE (site, feature) IN ({refs or 'NULL'})"
        )
        return {self._reader.number(site, feature): self._reader.text(ids) for site, feature, ids in rows}

    def feature_circuits(self) -> Column:
        """Of every feature by number, in how many circuits it is."""
        found = self._reader.arrays("SELECT number, n_circuits FROM feature_row")
        number = _filled(found["number"])
        counts = np.zeros(int(number.max()) + 1 if len(number) else 0, np.int64)
        counts[number] = _filled(found["n_circuits"])
        return counts

    def circuits(self) -> CircuitColumns:
        """All of the store."""
        rows = self._reader.rows(
            """SELECT id, title, task, behaviour FROM circuit_row
               ORDER BY kind <> 'contrast', kind, behaviour, coalesce(summed_of, id), id"""
        )
        return CircuitColumns(*(tuple(row[i] for row in rows) for i in range(4)))

    def patterns(self) -> tuple[Column, tuple[str, ...]]:
        """Numbers of the features that have a pattern, and the patterns."""
        found = self._reader.arrays(
            "SELECT number, pattern FROM feature_row WHERE pattern IS NOT NULL ORDER BY number"
        )
        return _filled(found["number"]).astype(np.int64), tuple(found["pattern"])

    def circuits_with(self, site: str, feature: int) -> tuple[tuple[str, float], ...]:
        """Circuits that a feature is in, and its effect there."""
        return tuple(
            self._reader.rows(  # type: ignore[arg-type]
                "SELECT circuit, effect FROM feature_circuit WHERE site = ? AND feature = ?", [site, feature]
            )
        )

    def passages(
        self, wanted: Sequence[tuple[int, int]], before: int
    ) -> dict[int, tuple[tuple[str, ...], str]]:
        """By behaviour the context of a rank as text: the tokens before the answer, and the answer."""
        if not wanted:
            return {}
        places = ", ".join(f"({int(behaviour)}, {int(rank)})" for behaviour, rank in wanted)
        ids = ", ".join(str(int(behaviour)) for behaviour, _ in wanted)
        rows = self._reader.rows(
            f"""SELECT behaviour, document, position, answer FROM behaviour_context
                WHERE behaviour IN ({ids}) AND (behaviour, rank) IN ({places})"""
        )
        documents = ", ".join({str(document) for _, document, _, _ in rows}) or "NULL"
        tokens = dict(self._reader.rows(f"SELECT id, tokens FROM document WHERE id IN ({documents})"))
        text = self._reader.text
        return {
            behaviour: (text(tokens[document][max(0, position - before) : position]), text([answer])[0])
            for behaviour, document, position, answer in rows
        }

    def number(self, site: str, feature: int) -> int:
        """A feature's number through all dictionaries; −1 where there is none."""
        return self._reader.number(site, feature)

    def numbers(self, names: Sequence[str]) -> list[int]:
        """Features' numbers by name, in their order; −1 for what is not in this world."""
        parts = (name.partition("/") for name in names)
        return [
            self._reader.number(site, int(index)) if index.isdecimal() and len(index) < 10 else -1
            for site, _, index in parts
        ]

    def feature(self, number: int) -> tuple[str, int]:
        """Site and index of a feature."""
        return self._reader.feature(number)


def _filled(column: Column, value: float = 0) -> Column:
    """A column without a mask: NULL as `value`."""
    return column.filled(value) if isinstance(column, np.ma.MaskedArray) else column

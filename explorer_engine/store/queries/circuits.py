"""What the Circuit page asks: the list of circuits, one circuit's graph, its faithfulness sweep."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import fields
from typing import Any

from explorer_engine.circuits.curve import Curve, Sweep
from explorer_engine.circuits.rows import circuit_of, curves_of
from explorer_engine.errors import InputError
from explorer_engine.sites import FeatureRef
from explorer_engine.store.connection import StoreReader
from explorer_engine.store.queries.feature_names import top_tokens
from explorer_engine.store.values import CircuitGraph, CircuitSummary, Page

__all__ = ["CircuitQueries"]

_SUMMARY = tuple(field.name for field in fields(CircuitSummary))


class CircuitQueries:
    """Queries of the Circuit page."""

    def __init__(self, reader: StoreReader) -> None:
        self._reader = reader

    def page(
        self, kind: str | None = None, text: str = "", offset: int = 0, limit: int = 50
    ) -> Page[CircuitSummary]:
        """Circuits whose title or id contains `text`, by kind and number, the two of one set together."""
        parts, values = [], dict[str, object]()
        if kind is not None:
            parts.append("kind = $kind")
            values["kind"] = kind
        if words := text.strip().lower():
            parts.append("(contains(lower(title), $text) OR contains(lower(id), $text))")
            values["text"] = words
        where = "WHERE " + " AND ".join(parts) if parts else ""
        total = self._reader.row(f"SELECT count(*) FROM circuit_row {where}", values)
        rows = self._reader.records(
            f"""SELECT {", ".join(_SUMMARY)} FROM circuit_row {where}
                ORDER BY kind <> 'contrast', kind, behaviour, coalesce(summed_of, id), id
                LIMIT $limit OFFSET $offset""",
            {**values, "limit": limit, "offset": offset},
        )
        assert total is not None
        return Page(tuple(_summary(row) for row in rows), total[0], offset, limit)

    def telling(self) -> CircuitSummary | None:
        """The first circuit of pairs, whose positions show; else the first of all; None without any."""
        return next(iter(self.page(limit=1).rows), None)

    def summary(self, circuit: str) -> CircuitSummary:
        """One circuit without its graph; raises InputError when there is none of that id."""
        return _summary(self._head(circuit))

    def some(self, circuits: Sequence[str]) -> tuple[CircuitSummary, ...]:
        """Circuits of these ids without their graphs, in their order; unknown ids are left out."""
        places = ", ".join("?" * len(circuits)) or "NULL"
        rows = self._reader.records(
            f"SELECT {', '.join(_SUMMARY)} FROM circuit_row WHERE id IN ({places})", [*circuits]
        )
        found = {row["id"]: _summary(row) for row in rows}
        return tuple(found[id] for id in circuits if id in found)

    def other(self, circuit: str) -> str | None:
        """Id of the circuit of the same effects with positions the other way, summed or apart; None: none."""
        row = self._reader.row(
            "SELECT coalesce(c.summed_of, o.id) FROM circuit c LEFT JOIN circuit o ON o.summed_of = c.id "
            "WHERE c.id = ?",
            [circuit],
        )
        return None if row is None else row[0]

    def graph(self, circuit: str, named: bool = True) -> CircuitGraph:
        """One circuit with all its nodes and edges, strongest first. Raises InputError for an unknown id.

        `named`: with what its features fire on, which a thumbnail does not show.
        """
        head = self._head(circuit)
        nodes = self._reader.records(
            """SELECT site, feature, position, effect FROM circuit_node
               WHERE circuit = ? ORDER BY abs(effect) DESC, id""",
            [circuit],
        )
        edges = self._reader.records(
            """SELECT source, target, weight FROM circuit_edge WHERE circuit = ?
               ORDER BY abs(weight) DESC, source, target""",
            [circuit],
        )
        found = circuit_of(head, nodes, edges)
        names = self.names(n.ref for n in found.nodes) if named else {}
        return CircuitGraph(_summary(head), found, names)

    def names(self, refs: Iterable[FeatureRef]) -> dict[FeatureRef, tuple[str, ...]]:
        """Top tokens of those features that the store knows."""
        return top_tokens(self._reader, refs)

    def faithfulness(self, circuit: str) -> dict[Sweep, Curve]:
        """The circuit's curves by sweep in the sweeps' order, fewest nodes first; empty: none was made."""
        rows = self._reader.records(
            "SELECT * FROM faithfulness WHERE circuit = ? ORDER BY n_nodes, threshold DESC", [circuit]
        )
        return curves_of(rows)

    def _head(self, circuit: str) -> dict[str, Any]:
        """A circuit's row with the world's model and dictionaries."""
        found = self._reader.records(
            "SELECT w.model, w.title AS dictionaries, c.* FROM circuit_row c, world w WHERE c.id = ?",
            [circuit],
        )
        if not found:
            raise InputError(f"circuit {circuit!r} is not in this world")
        return found[0]


def _summary(row: dict[str, Any]) -> CircuitSummary:
    own = {name: row[name] for name in _SUMMARY}
    tokens, example = own["tokens"], own["example"]
    return CircuitSummary(
        **own
        | {
            "tokens": None if tokens is None else tuple(tokens),
            "example": None if example is None else json.loads(example),
        }
    )

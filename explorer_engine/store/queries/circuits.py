"""What the Circuit page asks: the list of circuits, one circuit's graph, its faithfulness sweep."""

from __future__ import annotations

import json
from typing import Any

from explorer_engine.circuits.curve import Curve, Sweep
from explorer_engine.circuits.rows import circuit_of, curves_of
from explorer_engine.errors import InputError
from explorer_engine.sites import FeatureRef, Site
from explorer_engine.store.connection import StoreReader
from explorer_engine.store.values import CircuitGraph, CircuitSummary, Page

__all__ = ["CircuitQueries"]

_SUMMARY = """SELECT id, title, kind, behaviour, task, metric, sign, method, steps, baseline, aggregation,
                     node_selection, node_threshold, edge_threshold, n_examples, n_nodes, n_errors,
                     max_effect, tokens, example, summed_of
              FROM circuit_row"""


class CircuitQueries:
    """Queries of the Circuit page."""

    def __init__(self, reader: StoreReader) -> None:
        self._reader = reader

    def page(
        self, kind: str | None = None, text: str = "", offset: int = 0, limit: int = 50
    ) -> Page[CircuitSummary]:
        """Circuits whose title or id contains `text`, by kind and number, the two of one set together."""
        where = """WHERE kind = coalesce($kind, kind)
                   AND (contains(lower(title), $text) OR contains(lower(id), $text))"""
        values: dict[str, object] = {"kind": kind, "text": text.strip().lower()}
        total = self._reader.row(f"SELECT count(*) FROM circuit_row {where}", values)
        rows = self._reader.records(
            f"""{_SUMMARY} {where} ORDER BY kind <> 'contrast', kind, behaviour, coalesce(summed_of, id), id
                LIMIT $limit OFFSET $offset""",
            {**values, "limit": limit, "offset": offset},
        )
        assert total is not None
        return Page(tuple(_summary(row) for row in rows), total[0], offset, limit)

    def telling(self) -> CircuitSummary | None:
        """The first circuit of pairs, whose positions show; else the first of all; None without any."""
        found = self.page(kind="contrast", limit=1).rows or self.page(limit=1).rows
        return found[0] if found else None

    def summary(self, circuit: str) -> CircuitSummary:
        """One circuit without its graph; raises InputError when there is none of that id."""
        found = self._reader.records(f"{_SUMMARY} WHERE id = ?", [circuit])
        if not found:
            raise InputError(f"circuit {circuit!r} is not in this world")
        return _summary(found[0])

    def other(self, circuit: str) -> str | None:
        """Id of the circuit of the same effects with positions the other way, summed or apart; None: none."""
        row = self._reader.row(
            "SELECT coalesce(c.summed_of, o.id) FROM circuit c LEFT JOIN circuit o ON o.summed_of = c.id "
            "WHERE c.id = ?",
            [circuit],
        )
        return None if row is None else row[0]

    def graph(self, circuit: str) -> CircuitGraph:
        """One circuit with all its nodes and edges, strongest first. Raises InputError for an unknown id."""
        summary = self.summary(circuit)
        (head,) = self._reader.records(
            "SELECT w.model, w.title AS dictionaries, c.* FROM circuit c, world w WHERE c.id = ?", [circuit]
        )
        nodes = self._reader.records(
            """SELECT n.site, n.feature, n.position, n.effect, f.top_tokens
               FROM circuit_node n LEFT JOIN feature_row f ON f.site = n.site AND f.feature = n.feature
               WHERE n.circuit = ? ORDER BY abs(n.effect) DESC, n.id""",
            [circuit],
        )
        edges = self._reader.records(
            """SELECT source, target, weight FROM circuit_edge WHERE circuit = ?
               ORDER BY abs(weight) DESC, source, target""",
            [circuit],
        )
        tokens = {
            FeatureRef(Site.parse(n["site"]), n["feature"]): self._reader.text(n["top_tokens"])
            for n in nodes
            if n["top_tokens"] is not None
        }
        return CircuitGraph(summary, circuit_of(head, nodes, edges), tokens)

    def faithfulness(self, circuit: str) -> dict[Sweep, Curve]:
        """The circuit's curves by sweep in the sweeps' order, fewest nodes first; empty: none was made."""
        rows = self._reader.records(
            "SELECT * FROM faithfulness WHERE circuit = ? ORDER BY n_nodes, threshold DESC", [circuit]
        )
        return curves_of(rows)


def _summary(row: dict[str, Any]) -> CircuitSummary:
    tokens, example = row["tokens"], row["example"]
    return CircuitSummary(
        **row
        | {
            "tokens": None if tokens is None else tuple(tokens),
            "example": None if example is None else json.loads(example),
        }
    )

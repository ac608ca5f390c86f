"""What the Circuit page asks: the list of circuits, one circuit's graph, its faithfulness sweep."""

from __future__ import annotations

import json
from typing import Any

from explorer_engine.errors import InputError
from explorer_engine.sites import Site
from explorer_engine.store.connection import Reader
from explorer_engine.store.values import (
    CircuitEdge,
    CircuitGraph,
    CircuitNode,
    CircuitSummary,
    FaithfulnessPoint,
    Page,
)

__all__ = ["CircuitQueries"]

_SUMMARY = """SELECT id, title, kind, behaviour, task, metric, sign, method, steps, baseline, aggregation,
                     node_selection, node_threshold, edge_threshold, n_examples, n_nodes, n_errors, n_edges,
                     max_effect, tokens, example
              FROM circuit_row"""


class CircuitQueries:
    """Queries of the Circuit page."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    def page(
        self, kind: str | None = None, text: str = "", offset: int = 0, limit: int = 50
    ) -> Page[CircuitSummary]:
        """Circuits whose title or id contains `text`, by kind and number."""
        where = """WHERE kind = coalesce($kind, kind)
                   AND (contains(lower(title), $text) OR contains(lower(id), $text))"""
        values: dict[str, object] = {"kind": kind, "text": text.strip().lower()}
        total = self._reader.row(f"SELECT count(*) FROM circuit_row {where}", values)
        rows = self._reader.rows(
            f"{_SUMMARY} {where} ORDER BY kind, behaviour, id LIMIT $limit OFFSET $offset",
            {**values, "limit": limit, "offset": offset},
        )
        assert total is not None
        return Page(tuple(_summary(row) for row in rows), total[0], offset, limit)

    def summary(self, circuit: str) -> CircuitSummary:
        """One circuit without its graph; raises InputError when there is none of that id."""
        row = self._reader.row(f"{_SUMMARY} WHERE id = ?", [circuit])
        if row is None:
            raise InputError(
                f"circuit {circuit!r} is not in this world; the Circuit page lists those that are"
            )
        return _summary(row)

    def graph(self, circuit: str) -> CircuitGraph:
        """One circuit with all its stored nodes and edges, strongest first."""
        summary = self.summary(circuit)
        nodes = self._reader.rows(
            """SELECT n.id, n.site, n.feature, n.position, n.effect, f.top_tokens
               FROM circuit_node n LEFT JOIN feature_row f ON f.site = n.site AND f.feature = n.feature
               WHERE n.circuit = ? ORDER BY abs(n.effect) DESC, n.id""",
            [circuit],
        )
        edges = self._reader.rows(
            """SELECT source, target, weight FROM circuit_edge WHERE circuit = ?
               ORDER BY abs(weight) DESC, source, target""",
            [circuit],
        )
        return CircuitGraph(
            summary,
            tuple(self._node(*row) for row in nodes),
            tuple(CircuitEdge(*row) for row in edges),
        )

    def faithfulness(self, circuit: str) -> tuple[FaithfulnessPoint, ...]:
        """The circuit's sweep for features and neurons, fewest nodes first; empty where none was made."""
        rows = self._reader.rows(
            """SELECT unit, threshold, n_nodes, n_errors, m_model, m_empty, m_circuit, m_complement,
                      faithfulness, completeness
               FROM faithfulness WHERE circuit = ? ORDER BY unit, n_nodes, threshold DESC""",
            [circuit],
        )
        return tuple(FaithfulnessPoint(*row) for row in rows)

    def _node(
        self,
        node: str,
        site: str,
        feature: int | None,
        position: int | None,
        effect: float,
        tokens: list[int] | None,
    ) -> CircuitNode:
        where = None if site == "y" else Site.parse(site)
        return CircuitNode(node, where, feature, position, effect, self._reader.text(tokens))


def _summary(row: tuple[Any, ...]) -> CircuitSummary:
    *head, tokens, example = row
    return CircuitSummary(
        *head,
        tokens=None if tokens is None else tuple(tokens),
        example=None if example is None else json.loads(example),
    )

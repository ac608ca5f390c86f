"""What the Compare page asks: groups of circuits, features of many of them, circuits and behaviours alike."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from explorer_engine.circuits.comparison import direction
from explorer_engine.store.connection import StoreReader
from explorer_engine.store.values import (
    AlikeCircuit,
    CircuitGroup,
    GroupedCircuit,
    MatchedBehaviours,
    Page,
)

__all__ = ["ComparisonQueries"]

_APART = "(c.summed_of IS NULL OR c.summed_of NOT IN (SELECT id FROM circuit))"
"""Of the circuits of the same effects, the one with positions apart."""
_RANKED = 200
"""So many circuits with the most features in common are ranked by their share."""


class ComparisonQueries:
    """Queries of the Compare page."""

    def __init__(self, reader: StoreReader) -> None:
        self._reader = reader

    def groups(self) -> tuple[CircuitGroup, ...]:
        """All groups of circuits, pairs first, then classifiers, then behaviours by clustering."""
        rows = self._reader.rows(
            f"""SELECT c.kind, k.id, k.title, count(*)::INTEGER AS n
                FROM circuit_row c LEFT JOIN behaviour b ON b.id = c.behaviour
                LEFT JOIN clustering k ON k.id = b.clustering
                WHERE {_APART} GROUP BY c.kind, k.id, k.title
                ORDER BY c.kind <> 'contrast', c.kind <> 'classifier', c.kind, k.id"""
        )
        return tuple(CircuitGroup(*row) for row in rows)

    def circuits(self, group: CircuitGroup, offset: int, limit: int) -> Page[GroupedCircuit]:
        """The circuits of a group, in the order of the list of circuits."""
        rows = self._reader.rows(
            f"""SELECT c.id, c.title, c.behaviour, c.sign
                FROM circuit_row c LEFT JOIN behaviour b ON b.id = c.behaviour
                WHERE c.kind = $kind AND b.clustering IS NOT DISTINCT FROM $clustering AND {_APART}
                ORDER BY c.behaviour, c.id LIMIT $limit OFFSET $offset""",
            {"kind": group.kind, "clustering": group.clustering, "limit": limit, "offset": offset},
        )
        return Page(tuple(GroupedCircuit(*row) for row in rows), group.n, offset, limit)

    def feature_effects(self, circuits: Sequence[GroupedCircuit]) -> dict[str, dict[str, float]]:
        """By circuit: effect of each of its features by name, positions summed, errors left out.

        Positive: it supports the answer.
        """
        way = {circuit.id: direction(circuit.sign) for circuit in circuits}
        found: dict[str, dict[str, float]] = defaultdict(dict)
        rows = self._reader.rows(
            """SELECT circuit, site || '/' || feature, sum(effect) FROM circuit_node
               WHERE feature IS NOT NULL AND list_contains($ids, circuit) GROUP BY ALL""",
            {"ids": list(way)},
        )
        for circuit, feature, effect in rows:
            found[circuit][feature] = way[circuit] * effect
        return {id: found[id] for id in way}

    def alike(self, circuit: str, limit: int) -> tuple[AlikeCircuit, ...]:
        """Circuits of the same kind by the share of features in common, largest first; without its own."""
        rows = self._reader.rows(
            """WITH own AS (SELECT site, feature FROM feature_circuit WHERE circuit = $id),
                    most AS (
                        SELECT f.circuit, count(*)::INTEGER AS common
                        FROM feature_circuit f SEMI JOIN own USING (site, feature)
                        GROUP BY f.circuit ORDER BY common DESC, f.circuit LIMIT $ranked
                    ),
                    sizes AS (
                        SELECT circuit, count(*) AS n FROM feature_circuit
                        SEMI JOIN most USING (circuit) GROUP BY circuit
                    )
               SELECT c.id, c.title, c.behaviour, m.common,
                      m.common / ((SELECT count(*) FROM own) + s.n - m.common) AS features
               FROM most m JOIN sizes s USING (circuit) JOIN circuit c ON c.id = m.circuit,
                    (SELECT kind, id, summed_of FROM circuit WHERE id = $id) o
               WHERE c.kind = o.kind AND (c.summed_of IS NULL) = (o.summed_of IS NULL)
                 AND c.id NOT IN (o.id, coalesce(o.summed_of, o.id)) AND c.summed_of IS DISTINCT FROM o.id
               ORDER BY features DESC, c.id LIMIT $limit""",
            {"id": circuit, "ranked": _RANKED, "limit": limit},
        )
        return tuple(AlikeCircuit(*row) for row in rows)

    def matched(self, limit: int) -> tuple[MatchedBehaviours, ...]:
        """Behaviours of two clusterings that hold the most contexts in common, each behaviour once."""
        rows = self._reader.rows(
            """WITH own AS (
                   SELECT DISTINCT c.behaviour, b.clustering, b.circuit, c.document, c.position
                   FROM behaviour_context c JOIN behaviour b ON b.id = c.behaviour WHERE b.circuit IS NOT NULL
               ), sizes AS (SELECT behaviour, count(*) AS n FROM own GROUP BY behaviour),
               pairs AS (
                   SELECT x.behaviour AS here, y.behaviour AS there, any_value(x.circuit) AS here_circuit,
                          any_value(y.circuit) AS there_circuit, count(*)::INTEGER AS common
                   FROM own x JOIN own y ON x.document = y.document AND x.position = y.position
                   WHERE x.clustering < y.clustering GROUP BY ALL
               )
               SELECT p.here, p.there, p.here_circuit, p.there_circuit, c.title, p.common,
                      p.common / (a.n + b.n - p.common) AS share
               FROM pairs p JOIN sizes a ON a.behaviour = p.here JOIN sizes b ON b.behaviour = p.there
               JOIN circuit c ON c.id = p.here_circuit JOIN circuit d ON d.id = p.there_circuit
               QUALIFY row_number() OVER (PARTITION BY p.here ORDER BY share DESC, p.there) = 1
                   AND row_number() OVER (PARTITION BY p.there ORDER BY share DESC, p.here) = 1
               ORDER BY share DESC, common DESC, here LIMIT ?""",
            [limit],
        )
        return tuple(MatchedBehaviours(*row) for row in rows)

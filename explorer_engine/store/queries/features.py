"""What the Features page asks: the list with search and filters, and one feature's card."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from explorer_engine.dashboards.rows import (
    ablation_from_row,
    contexts_from_rows,
    figures_from_row,
    neighbours_from_rows,
)
from explorer_engine.dashboards.values import FeatureContext, FeatureNeighbour, Weighted
from explorer_engine.errors import InputError
from explorer_engine.shift.rows import group_from_row
from explorer_engine.shift.values import GroupMean
from explorer_engine.sites import ERROR, FeatureRef, Site
from explorer_engine.store.connection import StoreReader
from explorer_engine.store.queries.feature_list import (
    FEATURE_ORDERS,
    FeatureOrder,
    FeatureQuery,
    order,
    where,
)
from explorer_engine.store.values import (
    CircuitMembership,
    ContextBin,
    FeatureCard,
    FeaturePattern,
    FeatureRow,
    ListPlace,
    Page,
    TokenStrip,
    TokenWeight,
)

__all__ = ["BIN_NAMES", "FEATURE_ORDERS", "FeatureOrder", "FeatureQueries", "FeatureQuery"]

BIN_NAMES = ("top", "75–100", "50–75", "25–50", "0–25")


class FeatureQueries:
    """Queries of the Features page."""

    def __init__(self, reader: StoreReader) -> None:
        self._reader = reader

    def page(self, query: FeatureQuery, offset: int = 0, limit: int = 50) -> Page[FeatureRow]:
        """One page of the list."""
        clause, values = where(self._reader, query)
        column, _ = FEATURE_ORDERS[query.order]
        rows = self._reader.records(
            f"""WITH hit AS MATERIALIZED (SELECT number, {column} AS key FROM feature_row {clause}),
                     shown AS (SELECT number FROM hit
                               ORDER BY {order(query).replace(column, "key", 1)} LIMIT $limit OFFSET $offset)
                SELECT feature_row.*, (SELECT count(*) FROM hit) AS total
                FROM feature_row JOIN shown USING (number)
                ORDER BY {order(query)}""",
            {**values, "limit": limit, "offset": offset},
        )
        total = rows[0]["total"] if rows else self._count(clause, values)
        return Page(tuple(self._row(row) for row in rows), total, offset, limit)

    def rows(self, refs: Collection[FeatureRef]) -> dict[FeatureRef, FeatureRow]:
        """The list's line for each of these features that the store knows: names for a graph or a table."""
        wanted = self._reader.numbers(str(ref) for ref in refs)
        if not wanted:
            return {}
        found = self._reader.records(
            f"SELECT * FROM feature_row WHERE number IN ({', '.join(map(str, wanted))})"
        )
        rows = [self._row(row) for row in found]
        return {row.ref: row for row in rows}

    def patterns(self, refs: Collection[FeatureRef]) -> dict[str, str]:
        """Names by patterns of those of these features that have one: `{"resid_2/31": "they after that"}`."""
        wanted = self._reader.numbers(str(ref) for ref in refs)
        if not wanted:
            return {}
        rows = self._reader.rows(
            f"""SELECT site || '/' || feature, pattern FROM feature_row
                WHERE number IN ({", ".join(map(str, wanted))}) AND pattern IS NOT NULL"""
        )
        return dict(rows)

    def place(self, query: FeatureQuery, ref: FeatureRef) -> ListPlace[FeatureRef] | None:
        """Where a feature stands in the list of a query; None when it is not in it."""
        clause, values = where(self._reader, query)
        column, descending = FEATURE_ORDERS[query.order]
        rest = f"FROM feature_row {f'{clause} AND' if clause else 'WHERE'}"
        here = self._reader.number(str(ref.site), _number(ref))
        own = self._reader.row(f"SELECT {column} {rest} number = {here}", values)
        if own is None:
            return None
        values["key"] = own[0]
        # Those with the same key, then those with the nearest: a list of hundreds of thousands is not sorted.
        beside = self._reader.rows(
            f"""SELECT max(number) FILTER (number < {here}), min(number) FILTER (number > {here})
                {rest} {column} = $key""",
            values,
        )[0]
        nearest = [
            f"SELECT min({column}) {rest} {column} > $key",
            f"SELECT max({column}) {rest} {column} < $key",
        ]
        if descending == query.reverse:
            nearest.reverse()
        found = []
        for number, key, end in zip(beside, nearest, ("max", "min"), strict=True):
            if number is None:
                number = self._reader.rows(f"SELECT {end}(number) {rest} {column} = ({key})", values)[0][0]
            found.append(None if number is None else self._ref(number))
        return ListPlace(*found)

    def card(self, ref: FeatureRef) -> FeatureCard:
        """One feature's figures; raises InputError when this world has no such feature (errors have none)."""
        index = _number(ref)
        rows = self._reader.records(
            """SELECT f.*, r.n_circuits, d.n_features, a.tokens, a.delta,
                      p.name, p.accuracy, p.correlation, p.n_documents
               FROM feature f JOIN feature_row r ON r.number = $number
               JOIN dictionary d ON d.site = f.site
               LEFT JOIN feature_ablation a ON a.site = f.site AND a.feature = f.feature
               LEFT JOIN feature_name p ON p.site = f.site AND p.feature = f.feature
               WHERE f.site = $site AND f.feature = $feature""",
            {"number": self._reader.number(str(ref.site), index), "site": str(ref.site), "feature": index},
        )
        if not rows:
            raise _unknown(ref)
        figures, n_features = figures_from_row(rows[0]), rows[0]["n_features"]
        ablated = None if rows[0]["tokens"] is None else ablation_from_row(rows[0]).changes
        return FeatureCard(
            ref=ref,
            density=figures.density,
            maximum=figures.maximum,
            histogram=figures.histogram,
            tokens=self._reader.text(figures.top_tokens),
            promoted=self.weights(figures.promoted),
            suppressed=self.weights(figures.suppressed),
            ablated=None if ablated is None else self.weights(ablated),
            pattern=_pattern(rows[0]),
            n_circuits=rows[0]["n_circuits"],
            previous=FeatureRef(ref.site, index - 1) if index > 0 else None,
            next=FeatureRef(ref.site, index + 1) if index + 1 < n_features else None,
        )

    def contexts(self, ref: FeatureRef, per_bin: int | None = None) -> tuple[ContextBin, ...]:
        """A feature's contexts by activation quantile, top first; at most `per_bin` of each."""
        rows = self._reader.records(
            """SELECT * FROM feature_context
               WHERE site = ? AND feature = ? AND rank < coalesce(?, 2147483647) ORDER BY bin, rank""",
            [str(ref.site), _number(ref), per_bin],
        )
        found = contexts_from_rows(rows)
        wanted = ", ".join(str(document) for document in {c.document for c in found}) or "NULL"
        documents: dict[int, list[int]] = dict(
            self._reader.rows(f"SELECT id, tokens FROM document WHERE id IN ({wanted})")  # type: ignore[arg-type]
        )
        bins: dict[int, list[TokenStrip]] = {}
        for context in found:
            bins.setdefault(context.bin, []).append(self._strip(context, documents.get(context.document, [])))
        return tuple(
            ContextBin(
                b, BIN_NAMES[b], min(s.maximum for s in strips), max(s.maximum for s in strips), tuple(strips)
            )
            for b, strips in sorted(bins.items())
        )

    def circuits(self, ref: FeatureRef, limit: int | None = None) -> tuple[CircuitMembership, ...]:
        """Circuits that a feature takes part in, strongest first."""
        return self._reader.values(
            CircuitMembership,
            """SELECT c.id AS circuit, c.title, c.kind, c.behaviour, m.effect
               FROM feature_circuit m JOIN circuit_row c ON c.id = m.circuit
               WHERE m.site = ? AND m.feature = ? ORDER BY abs(m.effect) DESC, c.id LIMIT ?""",
            [str(ref.site), _number(ref), limit],
        )

    def neighbours(self, ref: FeatureRef, limit: int | None = None) -> tuple[FeatureNeighbour, ...]:
        """Features with the closest decoder directions, closest first."""
        rows = self._reader.records(
            """SELECT n.*, r.top_tokens AS tokens
               FROM feature_neighbour n
               LEFT JOIN feature_row r ON r.site = n.other_site AND r.feature = n.other_feature
               WHERE n.site = ? AND n.feature = ? ORDER BY n.rank LIMIT ?""",
            [str(ref.site), _number(ref), limit],
        )
        return neighbours_from_rows({**row, "tokens": self._reader.text(row["tokens"])} for row in rows)

    def groups(self, ref: FeatureRef) -> dict[str, tuple[GroupMean, ...]]:
        """A feature's mean activations by group, for each classifier task that it plays a part in."""
        rows = self._reader.records(
            """SELECT * FROM classifier_group
               WHERE site = ? AND feature = ? ORDER BY task, label, attribute""",
            [str(ref.site), _number(ref)],
        )
        found: dict[str, tuple[GroupMean, ...]] = {}
        for row in rows:
            found[row["task"]] = (*found.get(row["task"], ()), group_from_row(row))
        return found

    def peaks(self, ref: FeatureRef, limit: int) -> tuple[list[int], ...]:
        """Token ids up to each of at most `limit` places where a feature is strongest, strongest first."""
        rows = self._reader.rows(
            """SELECT d.tokens[: c.position + 1]
               FROM feature_context c JOIN document d ON d.id = c.document
               WHERE c.site = ? AND c.feature = ? AND c.bin = 0 AND c.rank < ? ORDER BY c.rank""",
            [str(ref.site), _number(ref), limit],
        )
        return tuple(tokens for (tokens,) in rows)

    def weights(self, found: Weighted) -> tuple[TokenWeight, ...]:
        """Token ids with numbers, told as texts."""
        texts = self._reader.text(token for token, _ in found)
        return tuple(
            TokenWeight(text=text, weight=weight) for text, (_, weight) in zip(texts, found, strict=True)
        )

    # ---- parts ----

    def _count(self, clause: str, values: dict[str, object]) -> int:
        return self._reader.rows(f"SELECT count(*) FROM feature_row {clause}", values)[0][0]

    def _ref(self, number: int) -> FeatureRef:
        site, index = self._reader.feature(number)
        return FeatureRef(Site.parse(site), index)

    def _row(self, row: Mapping[str, Any]) -> FeatureRow:
        return FeatureRow(
            ref=FeatureRef(Site.parse(row["site"]), row["feature"]),
            tokens=self._reader.text(row["top_tokens"]),
            density=row["density"],
            maximum=row["maximum"],
            n_circuits=row["n_circuits"],
        )

    def _strip(self, found: FeatureContext, document: list[int]) -> TokenStrip:
        return TokenStrip(
            tokens=self._reader.text(document[found.first : found.first + len(found.shades)]),
            activations=found.activations,
            peak=found.position - found.first,
            maximum=found.activation,
            document=found.document,
            position=found.position,
        )


def _pattern(row: Mapping[str, Any]) -> FeaturePattern | None:
    if row["accuracy"] is None:
        return None
    return FeaturePattern(row["name"], row["accuracy"], row["correlation"], row["n_documents"])


def _number(ref: FeatureRef) -> int:
    if ref.index == ERROR:
        raise InputError(
            f"{ref}: an error node is what the dictionary misses and has no figures; choose a feature"
        )
    return ref.index  # type: ignore[return-value]


def _unknown(ref: FeatureRef) -> InputError:
    return InputError(f"feature {ref} is not in this world")

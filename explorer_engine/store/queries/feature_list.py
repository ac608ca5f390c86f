"""Which features a list shows and in which order, as the parts of an SQL statement."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Literal

from explorer_engine.finding.words import START, asked, grade, low
from explorer_engine.store.connection import StoreReader
from explorer_engine.store.queries.search import begins, feature_in

__all__ = ["FEATURE_ORDERS", "FeatureOrder", "FeatureQuery", "order", "where"]

FeatureOrder = Literal["circuits", "density", "maximum", "id"]
FEATURE_ORDERS: dict[FeatureOrder, tuple[str, bool]] = {
    "circuits": ("n_circuits", True),
    "density": ("density", True),
    "maximum": ("maximum", True),
    "id": ("number", False),
}
"""Order name → (column, largest first); ties by number, shallowest site first."""


@dataclass(frozen=True)
class FeatureQuery:
    """Which features, in which order; the defaults are all of them, those in most circuits first."""

    text: str = ""
    """Beginnings of words, all of which must stand in the label, the pattern or a top token; or a feature,
    `resid_2/31`."""
    kinds: Collection[str] = ()
    """Kinds of site, of embed, attn, mlp, resid; empty = all."""
    layers: Collection[int] = ()
    """Layers, −1 for embed; empty = all. With both, a site must satisfy each; `embed` counts as layer −1."""
    min_density: float | None = None
    max_density: float | None = None
    in_circuit: bool = False
    circuit: str | None = None
    """Only features of this circuit."""
    alive: bool = False
    """Only features that were ever active."""
    among: Collection[str] | None = None
    """Only these ("resid_2/31"): for example those that somebody has labelled or judged."""
    labels: Mapping[str, str] = field(default_factory=dict)
    """People's labels by feature, from the judgement store: they are searched."""
    order: FeatureOrder = "circuits"
    reverse: bool = False


def where(reader: StoreReader, query: FeatureQuery) -> tuple[str, dict[str, object]]:
    """The WHERE clause of a query, empty for all features, and its parameters."""
    values: dict[str, object] = {}
    parts = []
    if query.kinds:
        parts.append("kind IN (SELECT unnest($kinds::VARCHAR[]))")
        values["kinds"] = list(query.kinds)
    if query.layers:
        parts.append("layer IN (SELECT unnest($layers::INTEGER[]))")
        values["layers"] = list(query.layers)
    for bound, sign, value in (("low", ">=", query.min_density), ("high", "<=", query.max_density)):
        if value is not None:
            parts.append(f"density {sign} ${bound}")
            values[bound] = value
    if query.in_circuit:
        parts.append("n_circuits > 0")
    if query.alive:
        parts.append("maximum > 0")
    if query.circuit is not None:
        parts.append(
            """number IN (SELECT r.number FROM circuit_node n
                          JOIN feature_row r ON r.site = n.site AND r.feature = n.feature
                          WHERE n.circuit = $circuit)"""
        )
        values["circuit"] = query.circuit
    if query.among is not None:
        parts.append("number IN (SELECT unnest($among::INTEGER[]))")
        values["among"] = reader.numbers(query.among)
    if (feature := feature_in(query.text)) is not None:
        parts.append("number = $number")
        values["number"] = reader.number(*feature)
    else:
        for place, word in enumerate(asked(query.text)):
            named = [ref for ref, label in query.labels.items() if grade(low(label), word) <= START]
            tokens = ", ".join(map(str, reader.tokens_with(word))) or "NULL"
            parts.append(
                f"""number IN (SELECT unnest(numbers) FROM feature_token WHERE token IN ({tokens})
                               UNION ALL SELECT unnest($named{place}::INTEGER[])
                               UNION ALL SELECT number FROM feature_row
                                         WHERE regexp_matches(lower(pattern), $begins{place}))"""
            )
            values[f"begins{place}"] = begins(word)
            values[f"named{place}"] = reader.numbers(named)
    return ("WHERE " + " AND ".join(parts) if parts else ""), values


def order(query: FeatureQuery) -> str:
    """The ORDER BY of a query."""
    column, descending = FEATURE_ORDERS[query.order]
    return f"{column} {'DESC' if descending != query.reverse else 'ASC'}, number"

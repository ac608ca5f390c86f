"""Which features a list shows and in which order, as the parts of an SQL statement."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Literal

from explorer_engine.store.queries.search import feature_in, words

__all__ = ["FEATURE_ORDERS", "FeatureOrder", "FeatureQuery", "order", "where"]

FeatureOrder = Literal["circuits", "density", "maximum", "id"]
FEATURE_ORDERS: dict[FeatureOrder, tuple[str, bool]] = {
    "circuits": ("n_circuits", True),
    "density": ("density", True),
    "maximum": ("maximum", True),
    "id": ("0", False),
}
"""Order name → (column, largest first); ties by depth of the site and number."""


@dataclass(frozen=True)
class FeatureQuery:
    """Which features, in which order; the defaults are all of them, those in most circuits first."""

    text: str = ""
    """Words, all of which must occur in the label or a top token; or a feature, `resid_2/31`."""
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


def where(query: FeatureQuery) -> tuple[str, dict[str, object]]:
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
        parts.append("(site, feature) IN (SELECT site, feature FROM circuit_node WHERE circuit = $circuit)")
        values["circuit"] = query.circuit
    if query.among is not None:
        parts.append(_among("among"))
        values |= _pairs("among", query.among)
    if (feature := feature_in(query.text)) is not None:
        parts.append("site = $site AND feature = $feature")
        values["site"], values["feature"] = feature
    else:
        for number, word in enumerate(words(query.text)):
            named = [ref for ref, label in query.labels.items() if word in label.lower()]
            parts.append(f"(contains(search, $word{number}) OR {_among(f'named{number}')})")
            values |= {f"word{number}": word, **_pairs(f"named{number}", named)}
    return ("WHERE " + " AND ".join(parts) if parts else ""), values


def order(query: FeatureQuery, backwards: bool = False) -> str:
    """The ORDER BY of a query, or the same list from its end."""
    column, descending = FEATURE_ORDERS[query.order]
    down = (descending != query.reverse) != backwards
    ties = "DESC" if backwards else "ASC"
    return f"{column} {'DESC' if down else 'ASC'}, depth {ties}, feature {ties}"


def _among(name: str) -> str:
    return (
        f"(site, feature) IN (SELECT unnest(${name}_sites::VARCHAR[]), unnest(${name}_features::INTEGER[]))"
    )


def _pairs(name: str, refs: Collection[str]) -> dict[str, object]:
    parsed = [pair for ref in refs if (pair := feature_in(ref)) is not None]
    return {
        f"{name}_sites": [site for site, _ in parsed],
        f"{name}_features": [feature for _, feature in parsed],
    }

"""Dashboards as rows of the artefact store, and back: figures, contexts, neighbours, ablations."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from explorer_engine.dashboards.values import (
    FeatureAblation,
    FeatureContext,
    FeatureFigures,
    FeatureNeighbour,
    Weighted,
)
from explorer_engine.sites import FeatureRef, Site

__all__ = [
    "ablation_from_row",
    "ablation_rows",
    "contexts_from_rows",
    "figures_from_row",
    "neighbours_from_rows",
    "to_rows",
]

Row = Mapping[str, Any]


def to_rows(
    figures: Iterable[FeatureFigures],
    contexts: Iterable[FeatureContext] = (),
    neighbours: Iterable[FeatureNeighbour] = (),
) -> dict[str, Iterator[dict[str, Any]]]:
    """Rows by table: `feature`, `feature_context`, `feature_neighbour`, made while they are read.

    A site has hundreds of thousands of contexts: they are never all in memory.
    """
    return {
        "feature": map(_figures_row, figures),
        "feature_context": map(_context_row, contexts),
        "feature_neighbour": map(_neighbour_row, neighbours),
    }


def figures_from_row(row: Row) -> FeatureFigures:
    """A feature's figures of its row of `feature`; further columns are left alone."""
    return FeatureFigures(
        ref=_ref(row),
        density=row["density"],
        maximum=row["maximum"],
        histogram=tuple(row["histogram"]),
        top_tokens=tuple(row["top_tokens"]),
        promoted=_pairs(row["promoted"], row["promoted_logits"]),
        suppressed=_pairs(row["suppressed"], row["suppressed_logits"]),
    )


def ablation_rows(found: Iterable[FeatureAblation]) -> Iterator[dict[str, Any]]:
    """Rows of `feature_ablation`."""
    return ({**_place(a.ref), **_columns("tokens", "delta", a.changes)} for a in found)


def ablation_from_row(row: Row) -> FeatureAblation:
    """An ablated feature of its row of `feature_ablation`."""
    return FeatureAblation(_ref(row), _pairs(row["tokens"], row["delta"]))


def contexts_from_rows(rows: Iterable[Row]) -> tuple[FeatureContext, ...]:
    """The contexts of rows of `feature_context`, in their order."""
    return tuple(
        FeatureContext(
            ref=_ref(row),
            bin=row["bin"],
            rank=row["rank"],
            document=row["document"],
            position=row["position"],
            activation=row["activation"],
            first=row["first"],
            scale=row["scale"],
            shades=tuple(row["shades"]),
        )
        for row in rows
    )


def neighbours_from_rows(rows: Iterable[Row]) -> tuple[FeatureNeighbour, ...]:
    """The neighbours of rows of `feature_neighbour`, in their order. A row may name their top `tokens`."""
    return tuple(
        FeatureNeighbour(
            of=_ref(row),
            rank=row["rank"],
            ref=FeatureRef(Site.parse(row["other_site"]), row["other_feature"]),
            cosine=row["cosine"],
            tokens=tuple(row.get("tokens") or ()),
        )
        for row in rows
    )


def _figures_row(found: FeatureFigures) -> dict[str, Any]:
    return {
        **_place(found.ref),
        "density": found.density,
        "maximum": found.maximum,
        "histogram": found.histogram,
        "top_tokens": found.top_tokens,
        **_columns("promoted", "promoted_logits", found.promoted),
        **_columns("suppressed", "suppressed_logits", found.suppressed),
    }


def _context_row(found: FeatureContext) -> dict[str, Any]:
    row = dict(vars(found))
    return _place(row.pop("ref")) | row


def _neighbour_row(found: FeatureNeighbour) -> dict[str, Any]:
    return {
        **_place(found.of),
        "rank": found.rank,
        "other_site": str(found.ref.site),
        "other_feature": found.ref.index,
        "cosine": found.cosine,
    }


def _place(ref: FeatureRef) -> dict[str, Any]:
    return {"site": str(ref.site), "feature": ref.index}


def _ref(row: Row) -> FeatureRef:
    return FeatureRef(Site.parse(row["site"]), row["feature"])


def _columns(ids: str, numbers: str, pairs: Weighted) -> dict[str, Any]:
    """Two lists of one length."""
    return {ids: [token for token, _ in pairs], numbers: [number for _, number in pairs]}


def _pairs(ids: Iterable[int], numbers: Iterable[float]) -> Weighted:
    return tuple(zip(ids, numbers, strict=True))

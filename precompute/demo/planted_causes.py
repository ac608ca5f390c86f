"""Whether what a circuit's features fire on is one planted thing: a role in a template, or a word."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from explorer_engine.quality import QualityFigure
from explorer_engine.store import shards
from precompute.demo.corpus.passage import PLAIN
from precompute.demo.corpus.windows import Windows, load_windows

__all__ = ["one_cause"]

AGREE = 0.75
"""Least share of a feature's top contexts that have the cause."""


def one_cause(circuits: Iterable[Path], dashboards: Path, documents: Path) -> QualityFigure:
    """Share of the features in shipped circuits of which most top contexts share one planted cause.

    A cause is the role of the token where the feature is most active, the role of the token after it, or that
    token itself; what is in no planted role is no cause. `circuits` and `dashboards` are folders of shards.
    """
    wanted = {
        (row["site"], row["feature"])
        for folder in circuits
        for row in shards.read(folder, "circuit_node")
        if row["feature"] is not None
    }
    windows = load_windows(documents)
    found = [
        _shares_a_cause(places, windows)
        for site in sorted({site for site, _ in wanted})
        for feature, places in _top_contexts(dashboards, site).items()
        if (site, feature) in wanted
    ]
    return QualityFigure(
        "circuits",
        "features whose top contexts share one planted cause",
        sum(found) / len(found),
        "share",
        note=f"of {len(found)} features, at least {AGREE:.0%} of the top contexts of each",
    )


def _top_contexts(dashboards: Path, site: str) -> Mapping[int, list[tuple[int, int]]]:
    """Feature → document and position of each of its top contexts."""
    found: dict[int, list[tuple[int, int]]] = {}
    rows: Sequence[Mapping[str, Any]] = shards.read(dashboards, "feature_context", site)
    for row in rows:
        if row["bin"] == 0:
            found.setdefault(row["feature"], []).append((row["document"], row["position"]))
    return found


def _shares_a_cause(places: Sequence[tuple[int, int]], windows: Windows) -> bool:
    causes: Counter[tuple[str, object]] = Counter()
    for document, position in places:
        roles = [windows.names[role] for role in windows.roles[document, position : position + 2]]
        causes["token", int(windows.tokens[document, position])] += 1
        causes.update(
            (where, role)
            for where, role in zip(("here", "next"), roles, strict=False)
            if not role.endswith(f"/{PLAIN}") and role != "separator"
        )
    return max(causes.values()) >= AGREE * len(places)

"""Whether features of circuits fire on one planted thing, a role or a word, and whether names say it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from explorer_engine.naming.matching import predicted
from explorer_engine.naming.texts import Texts
from explorer_engine.quality import QualityFigure
from explorer_engine.store import shards
from precompute.demo.corpus.passage import PLAIN
from precompute.demo.corpus.windows import Windows, load_windows
from precompute.stages.names import Namer

__all__ = ["named_causes", "one_cause"]

AGREE = 0.75
"""Least share of a feature's top contexts that have the cause."""


_SAMPLED = 8
"""Of so many documents one is looked at for whether a pattern names a cause."""
Cause = tuple[str, object]
"""Where it stands, "token", "here" or "next", and the token or the name of the role."""


def one_cause(circuits: Iterable[Path], dashboards: Path, documents: Path) -> QualityFigure:
    """Share of the features in shipped circuits of which most top contexts share one planted cause.

    A cause is the role of the token where the feature is most active, the role of the token after it, or that
    token itself; what is in no planted role is no cause. `circuits` and `dashboards` are folders of shards.
    """
    windows = load_windows(documents)
    found = [
        bool(_causes(places, windows))
        for features in _in_circuits(circuits, dashboards).values()
        for places in features.values()
    ]
    return QualityFigure(
        "circuits",
        "features whose top contexts share one planted cause",
        sum(found) / len(found),
        "share",
        note=f"of {len(found)} features, at least {AGREE:.0%} of the top contexts of each",
    )


def named_causes(
    circuits: Iterable[Path], dashboards: Path, documents: Path, namer: Namer
) -> list[QualityFigure]:
    """Of the features that `one_cause` counts, how many have a name by a pattern, and how many names say it.

    A name says a cause when most places of the documents at which its pattern holds have it.
    """
    windows = load_windows(documents)
    texts = Texts(windows.tokens[::_SAMPLED].tolist(), namer.words)
    n_causes, said = 0, []
    for site, features in _in_circuits(circuits, dashboards).items():
        causes = {feature: found for feature, at in features.items() if (found := _causes(at, windows))}
        n_causes += len(causes)
        for ref, name in namer.names(site, frozenset(causes)):
            if name.text is not None:
                told = np.flatnonzero(predicted(name.pattern, texts, texts.places))
                length = windows.tokens.shape[1]
                held = list(zip((told // length * _SAMPLED).tolist(), (told % length).tolist(), strict=True))
                assert isinstance(ref.index, int), "a feature has a number"
                said.append(bool(held) and bool(causes[ref.index] & _causes(held, windows)))
    area, of = "names", f"of {n_causes} features in circuits whose top contexts share one planted cause"
    return [
        QualityFigure(area, "features with one planted cause that have a name", len(said) / max(1, n_causes),
                      "share", note=of),
        QualityFigure(area, "names that say the planted cause", sum(said) / max(1, len(said)), "share",
                      note=f"of {len(said)} names, at least {AGREE:.0%} of the places where each one holds"),
    ]  # fmt: skip


def _in_circuits(circuits: Iterable[Path], dashboards: Path) -> dict[str, dict[int, list[tuple[int, int]]]]:
    """Site → feature in a circuit → document and position of each of its top contexts."""
    wanted = {
        (row["site"], row["feature"])
        for folder in circuits
        for row in shards.read(folder, "circuit_node")
        if row["feature"] is not None
    }
    return {
        site: {
            feature: places
            for feature, places in _top_contexts(dashboards, site).items()
            if (site, feature) in wanted
        }
        for site in sorted({site for site, _ in wanted})
    }


def _top_contexts(dashboards: Path, site: str) -> Mapping[int, list[tuple[int, int]]]:
    """Feature → document and position of each of its top contexts."""
    found: dict[int, list[tuple[int, int]]] = {}
    rows: Sequence[Mapping[str, Any]] = shards.read(dashboards, "feature_context", site)
    for row in rows:
        if row["bin"] == 0:
            found.setdefault(row["feature"], []).append((row["document"], row["position"]))
    return found


def _causes(places: Sequence[tuple[int, int]], windows: Windows) -> set[Cause]:
    """What at least AGREE of some places share."""
    found: Counter[Cause] = Counter()
    for document, position in places:
        roles = [windows.names[role] for role in windows.roles[document, position : position + 2]]
        found["token", int(windows.tokens[document, position])] += 1
        found.update(
            (where, role)
            for where, role in zip(("here", "next"), roles, strict=False)
            if not role.endswith(f"/{PLAIN}") and role != "separator"
        )
    return {cause for cause, n in found.items() if n >= AGREE * len(places)}

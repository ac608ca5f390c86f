"""A world of the grammar's texts with two features that are active on She, one of them in two contexts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from explorer_engine.dashboards.rows import to_rows
from explorer_engine.sites import FeatureRef
from explorer_engine.store import shards
from precompute.source import Source
from tests.explorer_engine.naming.grammar import SEES, WORDS, documents, feature
from tests.worlds import build_world, whole


@dataclass(frozen=True)
class Named:
    """What the stage `names` reads."""

    source: Source
    dashboards: Path


def named(folder: Path) -> Named:
    """resid_0/3 has 20 contexts, resid_0/2 has two."""
    tokens = [{"id": token, "text": text} for token, text in enumerate(WORDS)]
    world = build_world(folder / "world", {**whole(), "token": tokens})
    texts = documents()
    rows = [{"id": id, "tokens": tokens, "split": "held out"} for id, tokens in texts.items()]
    shards.write(folder / "documents", "document", rows)
    figures, contexts = feature(texts, lambda words, k: words[k] == "She", SEES)
    other = FeatureRef.parse("resid_0/2")
    few = [replace(context, ref=other) for context in contexts[:2]]
    for table, content in to_rows([replace(figures, ref=other), figures], [*few, *contexts]).items():
        shards.write(folder / "dashboards", table, content, "resid_0")
    source = Source(world / "model", world / "dictionaries", folder / "documents")
    return Named(source, folder / "dashboards")

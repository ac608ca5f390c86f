"""Stage `names`: a name of every feature by a pattern over the tokens of its contexts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from pathlib import Path
from typing import Any

from explorer_engine.dashboards.rows import contexts_from_rows, figures_from_row
from explorer_engine.naming.naming import Background, background, name_feature
from explorer_engine.naming.options import NamingOptions
from explorer_engine.naming.rows import name_row
from explorer_engine.naming.values import Name
from explorer_engine.sites import FeatureRef
from explorer_engine.store import shards
from precompute.engine.stage import Stage, Waves
from precompute.engine.work import Shape, Work
from precompute.progress import bars
from precompute.source import Source

__all__ = ["Namer", "stage"]

SECONDS = 0.03
"""Of one core for each feature, as measured on the demo's."""


def stage(options: NamingOptions, source: Source, dashboards: Path) -> Stage:
    """Shards of `feature_name`, one a site; `dashboards` holds those of features and their contexts."""
    namer = Namer(options, source, dashboards)
    places = (*source.places, dashboards)
    return Stage("names", 1, options, places, namer.run, namer.units, _work)


def _work(of: Shape) -> Work:
    """No model runs. The tokens of all documents are in memory, sorted, and the contexts of a site."""
    largest = max(features for _, features in of.dictionaries.values())
    return Work(
        seconds=SECONDS * of.features, memory=40 * of.tokens + 20_000 * largest, disk=100 * of.features
    )


@dataclass(frozen=True)
class Namer:
    """Names features by what the dashboards keep of them. Units: the sites."""

    options: NamingOptions
    source: Source
    dashboards: Path

    def units(self) -> Waves:
        """One wave: the sites."""
        return [[str(site) for site in self.source.dictionaries]]

    def run(self, unit: str, folder: Path) -> None:
        """Write a site's shard."""
        rows = [name_row(ref, name) for ref, name in self.names(unit, progress=True)]
        shards.write(folder / "shards", "feature_name", rows, unit)

    def names(
        self, site: str, among: frozenset[int] | None = None, progress: bool = False
    ) -> Iterator[tuple[FeatureRef, Name]]:
        """The names of a site's features that have contexts enough; of those `among`, where that is given."""
        figures = {row["feature"]: row for row in shards.read(self.dashboards, "feature", site)}
        tell = bars() if progress else None
        for feature, rows in self._contexts(site):
            if among is None or feature in among:
                known = figures_from_row(figures[feature])
                name = name_feature(known, contexts_from_rows(rows), self._background, self.options)
                if name is not None:
                    yield known.ref, name
            if tell is not None:
                tell(feature + 1, len(figures), f"names at {site}")

    def _contexts(self, site: str) -> Iterator[tuple[int, list[dict[str, Any]]]]:
        """Each feature that has contexts, and these, in order."""
        rows = shards.read(self.dashboards, "feature_context", site)
        rows.sort(key=lambda row: row["feature"])
        for feature, own in groupby(rows, key=lambda row: row["feature"]):
            yield feature, list(own)

    @cached_property
    def words(self) -> list[str]:
        """The text of each token of the vocabulary."""
        model = self.source.model
        return [model.tokenizer.decode([token]) for token in range(model.unembed.weight.shape[0])]

    @cached_property
    def _background(self) -> Background:
        return background(dict(enumerate(self.source.documents)), self.words, self.options)

"""Stage `dashboards`: density, contexts, direct effects and neighbours of every feature."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from explorer_engine.dashboards import features
from explorer_engine.dashboards.activity import Contexts, SiteActivity, collect_activity
from explorer_engine.dashboards.effects import direct_effects, norm_jacobian
from explorer_engine.dashboards.neighbours import Neighbours, decoder_neighbours
from explorer_engine.dashboards.rows import to_rows
from explorer_engine.data import Examples, pad_left
from explorer_engine.sites import Site
from explorer_engine.store import shards
from precompute.engine.stage import Stage, Waves
from precompute.engine.work import Shape, Work
from precompute.kept import damage_told, read_arrays
from precompute.progress import bars
from precompute.source import Source

__all__ = ["DashboardOptions", "stage"]

SITES_A_PASS = 16
"""Sites whose activity is collected in one pass over the documents: what is in memory, and lost on a kill."""


@dataclass(frozen=True)
class DashboardOptions:
    """What the feature pages show."""

    top_contexts: int = 8
    """Strongest contexts of a feature."""
    contexts_per_bin: int = 3
    """Contexts of each quarter of its activations."""
    neighbours: int = 8
    """Features with the nearest decoder directions."""
    norm_streams: int = 200
    """Final streams over which the last norm's derivative is averaged."""
    seed: int = 0
    """Of the sample that contexts are drawn from."""


def stage(options: DashboardOptions, source: Source) -> Stage:
    """Shards of `feature`, `feature_context` and `feature_neighbour`, one a site."""
    job = _Dashboards(options, source)
    return Stage(
        "dashboards",
        2,
        options,
        source.places,
        job.run,
        job.units,
        lambda of: _work(options, of),
    )


def _work(options: DashboardOptions, of: Shape) -> Work:
    """Passes over the documents; a context is a row of a few bytes a token of what it shows."""
    passes = -(-len(of.dictionaries) // SITES_A_PASS)
    contexts = of.features * (options.top_contexts + 4 * options.contexts_per_bin)
    return Work(
        forward=passes * of.tokens,
        encoded=of.tokens,
        memory=100 * contexts,
        disk=100 * contexts + 200 * of.features,
    )


@dataclass(frozen=True)
class _Dashboards:
    """Units: passes over the documents for a few sites each, then the sites."""

    options: DashboardOptions
    source: Source

    def units(self) -> Waves:
        return [list(self._passes), [str(site) for site in self.source.dictionaries]]

    def run(self, unit: str, folder: Path) -> None:
        if unit in self._passes:
            self._activity(self._passes[unit], folder)
        else:
            self._site(Site.parse(unit), folder)

    @cached_property
    def _passes(self) -> dict[str, list[Site]]:
        sites = list(self.source.dictionaries)
        starts = range(0, len(sites), SITES_A_PASS)
        return {f"activity-{start}": sites[start : start + SITES_A_PASS] for start in starts}

    def _activity(self, sites: list[Site], folder: Path) -> None:
        """activity/SITE.npz of some sites."""
        o, source = self.options, self.source
        found = collect_activity(
            source.model,
            {site: source.dictionaries[site] for site in sites},
            source.documents,
            top=o.top_contexts,
            per_bin=o.contexts_per_bin,
            seed=o.seed,
            progress=bars(),
        )
        for site, activity in found.items():
            path = _activity_path(folder, site)
            path.parent.mkdir(exist_ok=True)
            partial = path.with_name(f".{site}.partial.npz")
            parts = {**vars(activity), **vars(activity.contexts)}
            np.savez(partial, **{name: part for name, part in parts.items() if name != "contexts"})
            partial.replace(path)

    def _site(self, site: Site, folder: Path) -> None:
        source = self.source
        activity = _activity(_activity_path(folder, site))
        direct = direct_effects(source.model, site, source.dictionaries[site], self._jacobian)
        tables = to_rows(
            features.figures(site, activity, direct),
            features.contexts(site, activity.contexts),
            features.neighbours(site, self._neighbours[site]),
        )
        for table, rows in tables.items():
            shards.write(folder / "shards", table, rows, str(site))

    @cached_property
    def _neighbours(self) -> dict[Site, Neighbours]:
        return decoder_neighbours(self.source.dictionaries, self.options.neighbours)

    @cached_property
    def _jacobian(self) -> Tensor:
        """The last norm's derivative at tokens spread over the first documents."""
        model, documents = self.source.model, self.source.documents[: self.options.norm_streams]
        n, last = len(documents), Site("resid", model.n_layers - 1)
        windows = Examples(*pad_left(documents))
        streams = model.activations(windows.tokens, windows.mask, [last])[last]
        spread = [int(torch.linspace(0, len(tokens) - 1, n)[k]) for k, tokens in enumerate(documents)]
        positions = [windows.length - len(tokens) + at for tokens, at in zip(documents, spread, strict=True)]
        return norm_jacobian(model, streams[torch.arange(n), torch.tensor(positions)])


def _activity_path(folder: Path, site: Site) -> Path:
    return folder / "activity" / f"{site}.npz"


def _activity(path: Path) -> SiteActivity:
    """What `collect_activity` found of a site."""
    parts: dict[str, Any] = {**read_arrays(path)}
    with damage_told(path):
        contexts = Contexts(**{field.name: parts.pop(field.name) for field in fields(Contexts)})
        return SiteActivity(**parts, contexts=contexts)

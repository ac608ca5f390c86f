"""Stage `ablations`: what the next token loses without a feature, for those that matter most."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from explorer_engine.dashboards import features
from explorer_engine.dashboards.ablations import CONTEXTS, ablation_effects
from explorer_engine.dashboards.rows import ablation_rows
from explorer_engine.files import whole
from explorer_engine.sites import Site
from explorer_engine.store import shards
from precompute.engine.stage import Stage, Waves
from precompute.engine.work import Shape, Work
from precompute.kept import damage_told, read_arrays
from precompute.source import Source

__all__ = ["AblationOptions", "stage"]

BLOCK = 256
"""Features of a unit: of so many there are two numbers for each token of the vocabulary in memory."""
USES = {"circuit_node": "circuit", "classifier_feature": "task"}
"""Table in which a feature stands → the column that says in which circuit or list."""


@dataclass(frozen=True)
class AblationOptions:
    """Of which features it is measured beforehand what the next token loses without them; of the others the
    feature's page measures it when asked."""

    features: int = 20_000
    """So many at most: first those in most circuits and lists of classifiers, then the most active ones."""
    contexts: int = CONTEXTS
    """Strongest contexts in which each is ablated, of those that the dashboards keep: one run of the model
    and one of its part after the feature for each."""


def stage(options: AblationOptions, source: Source, dashboards: Path, uses: Sequence[Path]) -> Stage:
    """Shards of `feature_ablation`.

    `dashboards` holds the shards of features and their contexts, `uses` are folders of shards of circuits and
    classifiers.
    """
    job = _Ablations(options, source, dashboards, tuple(uses))
    places = (*source.places, dashboards, *uses)
    return Stage("ablations", 1, options, places, job.run, job.units, lambda of: _work(options, of))


def _work(options: AblationOptions, of: Shape) -> Work:
    """One run and a half for each context, which on average ends in the middle of a document."""
    runs = min(options.features, of.features) * options.contexts
    return Work(
        forward=1.5 * runs * of.window / 2,
        memory=8 * BLOCK * of.vocabulary,
        disk=100 * min(options.features, of.features),
    )


@dataclass(frozen=True)
class _Ablations:
    """Units: the order of all features, then blocks of them in this order."""

    options: AblationOptions
    source: Source
    dashboards: Path
    uses: tuple[Path, ...]

    def units(self) -> Waves:
        known = sum(dictionary.n_features for dictionary in self.source.dictionaries.values())
        starts = range(0, min(self.options.features, known), BLOCK)
        return [["order"], [f"from-{start:08}" for start in starts]]

    def run(self, unit: str, folder: Path) -> None:
        if unit == "order":
            self._order(folder / "order.npz")
        else:
            self._block(int(unit.removeprefix("from-")), unit, folder)

    def _order(self, path: Path) -> None:
        """Site, feature and places [n] of the features to ablate, in order; a place is (document, position).

        Fewer than there may be where fewer were ever active.
        """
        sites = list(self.source.dictionaries)
        uses = self._counted_uses()
        found, places = [], []
        for number, site in enumerate(sites):
            density = dict(shards.distinct(self.dashboards, "feature", ["feature", "density"], str(site)))
            own = self._places(site)
            for feature in sorted(own):
                found.append((-uses[str(site), feature], -density[feature], number, feature))
                places.append(own[feature])
        order = sorted(range(len(found)), key=found.__getitem__)[: self.options.features]
        with whole(path) as partial, partial.open("wb") as file:
            np.savez(
                file,
                site=np.array([found[i][2] for i in order], dtype=int),
                feature=np.array([found[i][3] for i in order], dtype=int),
                places=np.array([places[i] for i in order], dtype=int).reshape(
                    len(order), self.options.contexts, 2
                ),
            )

    def _counted_uses(self) -> Counter[tuple[str, int]]:
        """In how many circuits and lists each feature stands; errors and the output are no features."""
        found: Counter[tuple[str, int]] = Counter()
        for folder in self.uses:
            for table, where in USES.items():
                if (folder / table).is_dir():
                    rows = shards.distinct(folder, table, ["site", "feature", where])
                    found.update((site, feature) for site, feature, _ in rows if feature is not None)
        return found

    def _places(self, site: Site) -> dict[int, np.ndarray]:
        """Feature → its strongest places [contexts,2], −1 where there are fewer."""
        columns, n = ["feature", "rank", "document", "position"], self.options.contexts
        found: dict[int, np.ndarray] = {}
        for feature, rank, *place in shards.distinct(
            self.dashboards, "feature_context", columns, str(site), bin=0
        ):
            if rank < n:
                found.setdefault(feature, np.full((n, 2), -1))[rank] = place
        return found

    def _block(self, start: int, unit: str, folder: Path) -> None:
        source = self.source
        order = read_arrays(folder / "order.npz")
        with damage_told(folder / "order.npz"):
            number, feature, places = (
                order[name][start : start + BLOCK] for name in ("site", "feature", "places")
            )
        rows = []
        for i, site in enumerate(source.dictionaries):
            here = (number == i)[:, None] & (places[..., 0] >= 0)
            if not here.any():
                continue
            own = np.broadcast_to(feature[:, None], here.shape)[here].tolist()
            texts = [
                source.documents[document][: position + 1] for document, position in places[here].tolist()
            ]
            found = ablation_effects(source.model, site, source.dictionaries[site], own, texts)
            rows.extend(ablation_rows(features.ablations(site, found)))
        shards.write(folder / "shards", "feature_ablation", rows, unit)

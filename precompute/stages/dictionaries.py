"""Stage `dictionaries`: a sparse dictionary of every site, found or trained, and its quality."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from explorer_engine.dictionaries import describe_dictionaries, load_dictionaries, save_dictionaries
from explorer_engine.dictionaries.quality import dictionary_quality, spliced_quality
from explorer_engine.dictionaries.rows import to_rows
from explorer_engine.dictionaries.training import (
    SiteActivations,
    TrainingOptions,
    Windows,
    train_dictionary,
)
from explorer_engine.files import whole
from explorer_engine.sites import Site
from explorer_engine.store import shards
from precompute.engine.stage import Stage, Waves
from precompute.engine.work import Shape, Work
from precompute.progress import bars
from precompute.source import Source

__all__ = ["SPLICED", "found_stage", "stage"]

SPLICED = "spliced.json"
_ALL = "all"
"""The unit about all dictionaries at once."""


def stage(
    options: TrainingOptions,
    source: Source,
    training: Callable[[], Windows],
    test: Callable[[], Windows],
    texts: tuple[Path, ...],
) -> Stage:
    """dictionaries/ (half precision), their shards, and spliced.json: the loss with all of them at once.

    `training` gives the windows to train on, of which the first `options.windows` are taken, `test` those
    that the quality is measured on, both without padding; `texts` are the files that they are read from.
    """
    job = _Trained(source, test, options, training)
    inputs = (*source.model_places, *texts)
    return Stage("dictionaries", 3, options, inputs, job.run, job.units, lambda of: _training(options, of))


def found_stage(source: Source, test: Callable[[], Windows], texts: tuple[Path, ...]) -> Stage:
    """The shards of dictionaries that lie somewhere, and spliced.json; arguments as of `stage`."""
    job = _Found(source, test)
    return Stage("dictionaries", 3, {}, (*source.places[:-1], *texts), job.run, job.units, _measuring)


def _measuring(of: Shape) -> Work:
    """For each site the test windows three times: as they are, spliced, and with the site's mean."""
    tokens = of.tests * of.window
    return Work(forward=3 * len(of.dictionaries) * tokens, encoded=2 * tokens)


def _training(options: TrainingOptions, of: Shape) -> Work:
    """For each site its activations once and the optimiser's steps, then the measuring. At once: a buffer in
    half precision, and weights, gradients and Adam's two means of the largest dictionary."""
    measured, sites = _measuring(of), of.dictionaries
    largest = max(width * features for width, features in sites.values())
    buffer = min(options.buffer, options.windows * of.window)
    return replace(
        measured,
        forward=measured.forward + len(sites) * options.windows * of.window,
        fitted=dict.fromkeys(sites, options.steps),
        memory=2 * of.width * buffer + 4 * 4 * 2 * largest,
        disk=2 * 2 * of.weights,
    )


@dataclass(frozen=True)
class _Found:
    """Units: the sites, then all at once."""

    source: Source
    test: Callable[[], Windows]

    def units(self) -> Waves:
        return [[str(site) for site in self._sites()], [_ALL]]

    def run(self, unit: str, folder: Path) -> None:
        source, windows, tell = self.source, self.test()[:], bars()
        sites = self._sites() if unit == _ALL else [Site.parse(unit)]
        dictionaries = load_dictionaries(source.dictionaries_folder, sites, source.device, model=source.model)
        if unit == _ALL:
            spliced = spliced_quality(source.model, dictionaries, windows, tell)
            with whole(folder / SPLICED) as partial:
                partial.write_text(json.dumps(asdict(spliced)))
            return
        for site, dictionary in dictionaries.items():
            quality = dictionary_quality(source.model, site, dictionary, windows, progress=tell)
            for table, rows in to_rows([quality]).items():
                shards.write(folder / "shards", table, rows, unit)

    def _sites(self) -> Collection[Site]:
        return describe_dictionaries(self.source.dictionaries_folder, self.source.model.sites)


@dataclass(frozen=True)
class _Trained(_Found):
    """The same, each site's dictionary trained first."""

    options: TrainingOptions
    training: Callable[[], Windows]

    def run(self, unit: str, folder: Path) -> None:
        if unit != _ALL:
            self._train(Site.parse(unit), folder)
        super().run(unit, folder)

    def _sites(self) -> Collection[Site]:
        return self.source.model.sites

    def _train(self, site: Site, folder: Path) -> None:
        """A training that was killed goes on from its last checkpoint."""
        tell, checkpoint = bars(), folder / "checkpoints" / f"{site}.safetensors"
        activations = SiteActivations(self.source.model, site, self.training(), self.options, tell)
        trained = train_dictionary(self.options, site, activations, checkpoint, tell, tell.note)
        save_dictionaries(self.source.dictionaries_folder, {site: trained})
        checkpoint.unlink(missing_ok=True)

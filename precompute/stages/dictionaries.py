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
    train_jointly,
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
"""The unit that measures all dictionaries at once."""
_TRAINING = "training "
"""Begins the name of the unit that trains a site's dictionary."""
_JOINTLY = "training all"
"""The unit that trains all dictionaries together."""

_PASSES = 6
"""Encodings that reconstructing a token and its gradient cost."""


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
    return Stage("dictionaries", 4, options, inputs, job.run, job.units, lambda of: _training(options, of))


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
    half precision, and weights, gradients and Adam's two means of the largest dictionary, or of all of them
    where they are trained together."""
    measured, sites, jointly = _measuring(of), of.dictionaries, options.joint_steps > 0
    together = options.joint_steps * options.joint_batch * of.window
    largest = max(width * features for width, features in sites.values())
    buffer = min(options.buffer, options.windows * of.window)
    return replace(
        measured,
        forward=measured.forward + len(sites) * options.windows * of.window + together,
        gradient=together,
        encoded=measured.encoded + _PASSES * together,
        fitted=dict.fromkeys(sites, options.steps),
        memory=2 * of.width * buffer + 4 * 4 * 2 * (of.weights if jointly else largest),
        disk=2 * 2 * of.weights * (2 if jointly else 1),
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
    """The same, with units before them that train: each site by itself, then, from each/, all together."""

    options: TrainingOptions
    training: Callable[[], Windows]

    def units(self) -> Waves:
        each = [f"{_TRAINING}{site}" for site in self._sites()]
        return [each, *([[_JOINTLY]] if self.options.joint_steps else []), *super().units()]

    def run(self, unit: str, folder: Path) -> None:
        """A training that was killed goes on from its last checkpoint."""
        if not unit.startswith(_TRAINING):
            super().run(unit, folder)
            return
        options, model, windows, tell = self.options, self.source.model, self.training(), bars()
        checkpoint = folder / "checkpoints" / f"{unit}.safetensors"
        last = self.source.dictionaries_folder
        each = folder / "each" if options.joint_steps else last
        if unit == _JOINTLY:
            before = load_dictionaries(each, self._sites(), self.source.device, model=model)
            save_dictionaries(
                last, train_jointly(options, model, before, windows, checkpoint, tell, tell.note)
            )
        else:
            site = Site.parse(unit.removeprefix(_TRAINING))
            activations = SiteActivations(model, site, windows, options, tell)
            trained = train_dictionary(options, site, activations, checkpoint, tell, tell.note)
            save_dictionaries(each, {site: trained})
        checkpoint.unlink(missing_ok=True)

    def _sites(self) -> Collection[Site]:
        return self.source.model.sites

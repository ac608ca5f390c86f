"""Stage `dictionaries`: a sparse dictionary of every site, trained on its activations, and its quality."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from torch import Tensor

from explorer_engine.data import Examples
from explorer_engine.dictionaries import Dictionary, load_dictionaries, save_dictionaries
from explorer_engine.dictionaries.quality import dictionary_quality, spliced_quality
from explorer_engine.dictionaries.rows import to_rows
from explorer_engine.dictionaries.training import TrainingOptions, collect_activations, train_dictionary
from explorer_engine.models import LanguageModel
from explorer_engine.sites import Site
from explorer_engine.store import shards
from precompute.engine.stage import Stage, Waves
from precompute.progress import bars
from precompute.source import Source

__all__ = ["SPLICED", "found_stage", "stage"]

SPLICED = "spliced.json"


def stage(
    options: TrainingOptions,
    source: Source,
    training: Callable[[int], Examples],
    test: Callable[[], Examples],
    texts: tuple[Path, ...],
) -> Stage:
    """dictionaries/ (half precision), their shard, and spliced.json: the loss with all of them at once.

    `training` gives the first n windows to train on, `test` those that the quality is measured on, both
    without padding; `texts` are the files that they are read from.
    """
    job = _Dictionaries(options, source, training, test)
    return Stage("dictionaries", 2, options, (source.model_folder, *texts), job.run, job.units)


def found_stage(source: Source, test: Callable[[], Examples], texts: tuple[Path, ...]) -> Stage:
    """The shard of dictionaries that lie somewhere, and spliced.json; arguments as of `stage`."""

    def run(_: str, folder: Path) -> None:
        _measure(source.model, source.dictionaries, test(), folder)

    return Stage("dictionaries", 2, {}, (*source.places[:2], *texts), run)


def _measure(
    model: LanguageModel, dictionaries: Mapping[Site, Dictionary], test: Examples, folder: Path
) -> None:
    """Write the quality of dictionaries on test windows."""
    quality = [dictionary_quality(model, site, dictionaries[site], test) for site in dictionaries]
    for table, rows in to_rows(quality).items():
        shards.write(folder / "shards", table, rows)
    partial = folder / "spliced.partial"
    partial.write_text(json.dumps(asdict(spliced_quality(model, dictionaries, test))))
    partial.replace(folder / SPLICED)


@dataclass(frozen=True)
class _Dictionaries:
    """Units: the sites, then the quality of all."""

    options: TrainingOptions
    source: Source
    training: Callable[[int], Examples]
    test: Callable[[], Examples]
    _values: dict[Site, Tensor] = field(default_factory=dict)
    """Activations of the sites to come, from one pass."""

    def units(self) -> Waves:
        return [[str(site) for site in self.source.model.sites], ["quality"]]

    def run(self, unit: str, folder: Path) -> None:
        if unit == "quality":
            self._quality(folder)
            return
        site = Site.parse(unit)
        if site not in self._values:
            sites = self.source.model.sites
            windows = self.training(self.options.windows)
            to_come = sites[sites.index(site) :]
            self._values.update(collect_activations(self.source.model, windows, to_come, bars()))
        trained = train_dictionary(self.options, site, self._values.pop(site), bars())
        save_dictionaries(folder / "dictionaries", {site: trained})

    def _quality(self, folder: Path) -> None:
        model = self.source.model
        shipped = load_dictionaries(
            folder / "dictionaries", model.sites, device=self.source.device, widths=model.width
        )
        _measure(model, shipped, self.test(), folder)

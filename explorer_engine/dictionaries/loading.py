"""Loading the dictionaries of a model from a place of any layout known, and what is checked of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from explorer_engine.devices import dtype_of, pick_device
from explorer_engine.dictionaries.base import Dictionary
from explorer_engine.dictionaries.files.tensors import read_as
from explorer_engine.dictionaries.hooks import check_hook
from explorer_engine.dictionaries.published import local_places
from explorer_engine.dictionaries.source import Description, Source, first_layout
from explorer_engine.errors import InputError
from explorer_engine.finite import all_finite
from explorer_engine.sites import Site

if TYPE_CHECKING:
    from explorer_engine.models import LanguageModel

__all__ = ["Found", "describe_dictionaries", "load_dictionaries", "map_dictionaries"]


def load_dictionaries(
    place: str | Path,
    sites: Iterable[Site],
    device: str = "auto",
    dtype: str = "float32",
    model: LanguageModel | None = None,
) -> dict[Site, Dictionary]:
    """The dictionaries found at `place` for `sites`, in that order; sites without one are left out.

    `place` is a folder or file in one of the layouts of `sources/`: our own (`{site}.safetensors`, what
    `save_dictionaries` writes), dictionary_learning's, also in a zip file, SAELens's, sparsify's, Gemma
    Scope, Qwen-Scope, OpenAI's. Where a site has several, write which with a `*` for the site's part of the
    way: `DIR/*/10_32768`. The first layout that finds anything reads it all. Places of several kinds of site
    are joined as `resid=PLACE attn=PLACE2`. A string that names no folder here is looked for on the hub, as
    `OWNER/NAME`, perhaps with `@REVISION` and a folder in it, or as `saelens:RELEASE`; only the files of
    `sites` are downloaded. `device` "auto" is the GPU where there is one.

    With the `model` that they are used with, a dictionary that does not fit its site there is an error.
    Raises InputError, too, for a missing place, one without any dictionary for `sites`, a damaged file,
    missing keys, for NaN or Inf in the weights, and, without `model`, for dictionaries of places that are
    one of our sites in some models only; the message names the file.
    """
    where, kind = pick_device(device), dtype_of(dtype)
    loaded: dict[Site, Dictionary] = {}
    for site, found in _find(place, sites).items():
        dictionary = found.read(site, model, kind).to(where, kind)
        _check_finite(dictionary, found.file)
        loaded[site] = dictionary
    return loaded


def map_dictionaries(
    place: str | Path, sites: Iterable[Site], model: LanguageModel | None = None
) -> dict[Site, Dictionary]:
    """The dictionaries found at `place` for `sites`, their tensors mapped from the files and not yet read.

    For few features of large dictionaries: `encode_some` and `decoder[index]` read their rows from the disk
    (all kinds but TopK). Tensors have the file's number type, on the CPU. What a layout keeps transposed or
    in a zip file is read all the same. NaN and Inf are not looked for, as that would read everything.

    Raises InputError for the rest of what `load_dictionaries` does; the message names the file.
    """
    return {site: found.read(site, model) for site, found in _find(place, sites).items()}


def describe_dictionaries(place: str | Path, sites: Iterable[Site]) -> dict[Site, Description]:
    """What lies at `place` for `sites`, without loading it; raises InputError as `load_dictionaries` does."""
    return {site: found.source.describe(found.file) for site, found in _find(place, sites).items()}


@dataclass(frozen=True)
class Found:
    """A file and the layout that reads it."""

    source: Source
    file: Path

    def check_hook(self, site: Site, model: LanguageModel | None) -> None:
        """Raises InputError for a dictionary of a place that is not the site; does not look into weights."""
        if (hook := self.source.hook(self.file, site)) is not None:
            try:
                check_hook(hook, model)
            except InputError as error:
                raise InputError(f"{self.file}: {error}") from None

    def check(self, site: Site, model: LanguageModel | None) -> None:
        """Raises InputError for a dictionary that does not fit its site."""
        self.check_hook(site, model)
        found = None if model is None else self.source.describe(self.file)
        if model is not None and found is not None and found.width != model.width(site):
            raise _unfit(found, self.file, site, model.width(site))

    def read(self, site: Site, model: LanguageModel | None, dtype: torch.dtype | None = None) -> Dictionary:
        """The dictionary, checked, in the file's number type or `dtype`; what is computed, in the wider."""
        self.check(site, model)
        with read_as(dtype):
            return self.source.read(self.file)


def _find(place: str | Path, sites: Iterable[Site]) -> dict[Site, Found]:
    """The file of each site that has one; raises InputError for a place that no layout knows."""
    sites = list(sites)
    found: dict[Site, Found] = {}
    if not (parts := local_places(place, sites).split(sites)):
        raise InputError(f"{place} names no place for {', '.join(map(str, sites))}: name one")
    for one, some in parts:
        source, files = first_layout(one, some)
        found |= {site: Found(source, file) for site, file in files.items()}
    return {site: found[site] for site in sites if site in found}


def _unfit(found: Description, file: Path, site: Site, width: int) -> InputError:
    trained = f" ({found.model} is what it was trained on)" if found.model else ""
    return InputError(
        f"{file} reads a width of {found.width} but {site} of this model is {width} wide: "
        f"use the dictionaries trained on this model{trained}"
    )


def _check_finite(dictionary: Dictionary, file: Path) -> None:
    for name, tensor in dictionary.state().items():
        if not all_finite(tensor):
            raise InputError(f"{file} has NaN or Inf in {name}: download or train it again")

"""Loading the dictionaries of a model from a place of any layout known, and what is checked of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import torch

from explorer_engine.devices import dtype_of, pick_device
from explorer_engine.dictionaries.base import Dictionary
from explorer_engine.dictionaries.source import Description, Source, sources
from explorer_engine.errors import InputError
from explorer_engine.sites import Site

__all__ = ["describe_dictionaries", "load_dictionaries", "map_dictionaries"]


def load_dictionaries(
    place: str | Path,
    sites: Iterable[Site],
    device: str = "auto",
    dtype: str = "float32",
    widths: Callable[[Site], int] | None = None,
) -> dict[Site, Dictionary]:
    """The dictionaries found at `place` for `sites`, in that order; sites without one are left out.

    `place` is a folder in one of the layouts of `sources/`: our own (`{site}.safetensors`, what
    `save_dictionaries` writes), dictionary_learning's (`resid_out_layer3/10_32768/ae.pt`; where a site has
    several inner folders, write which one: `DIR/*/10_32768`). The first layout that finds anything reads it
    all. `widths`, for example `model.width`, makes a dictionary that does not fit its site an error. `device`
    "auto" is the GPU where there is one.

    Raises InputError for a missing folder, one without any dictionary for `sites`, a damaged file, missing
    keys, a width that does not fit, and for NaN or Inf in the weights; the message names the file.
    """
    where, kind = pick_device(device), dtype_of(dtype)
    source, files = _find(str(place), list(sites))
    loaded: dict[Site, Dictionary] = {}
    for site, file in files.items():
        dictionary = _read(source, file, site, widths)
        _check_finite(dictionary, file)
        loaded[site] = dictionary.to(where, kind)
    return loaded


def map_dictionaries(
    place: str | Path, sites: Iterable[Site], widths: Callable[[Site], int] | None = None
) -> dict[Site, Dictionary]:
    """The dictionaries found at `place` for `sites`, their tensors mapped from the files and not yet read.

    For few features of large dictionaries: `encode_some` and `decoder[index]` read their rows from the disk
    (all kinds but TopK). Tensors have the file's number type, on the CPU. In other layouts than our own they
    are read all the same. NaN and Inf are not looked for, as that would read everything.

    Raises InputError for a missing folder, one without any dictionary for `sites`, a damaged file, missing
    keys and a width that does not fit; the message names the file.
    """
    source, files = _find(str(place), list(sites))
    return {site: _read(source, file, site, widths) for site, file in files.items()}


def describe_dictionaries(place: str | Path, sites: Iterable[Site]) -> dict[Site, Description]:
    """What lies at `place` for `sites`, without loading it; raises InputError as `load_dictionaries` does."""
    source, files = _find(str(place), list(sites))
    return {site: source.describe(file) for site, file in files.items()}


def _read(source: Source, file: Path, site: Site, widths: Callable[[Site], int] | None) -> Dictionary:
    """One dictionary. Raises InputError for one that does not fit its site."""
    dictionary = source.read(file)
    if widths is not None and dictionary.width != widths(site):
        raise _unfit(source.describe(file), file, site, widths(site))
    return dictionary


def _find(place: str, sites: Sequence[Site]) -> tuple[Source, dict[Site, Path]]:
    """The first layout that knows the place, and its files; raises InputError for a place that none knows."""
    for source in sources():
        if files := source.find(place, sites):
            return source, files
    if "*" not in place and not Path(place).is_dir():
        raise InputError(f"{place} is not a folder of dictionaries: give an existing folder")
    layouts = "; ".join(f"{source.name}: {source.example(sites[-1])}" for source in sources())
    raise InputError(
        f"{place} holds no dictionary for {sites[0]} … {sites[-1]}: give a folder in a layout known here "
        f"({layouts})"
    )


def _unfit(found: Description, file: Path, site: Site, width: int) -> InputError:
    trained = f" ({found.model} is what it was trained on)" if found.model else ""
    return InputError(
        f"{file} reads a width of {found.width} but {site} of this model is {width} wide: "
        f"use the dictionaries trained on this model{trained}"
    )


def _check_finite(dictionary: Dictionary, file: Path) -> None:
    for name, tensor in dictionary.state().items():
        if not bool(torch.isfinite(tensor).all()):
            raise InputError(f"{file} has NaN or Inf in {name}: download or train it again")

"""Reading and writing the dictionaries of a model: our own safetensors layout, and those of others."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save

from explorer_engine.devices import dtype_of, pick_device
from explorer_engine.dictionaries.base import Dictionaries, Dictionary
from explorer_engine.dictionaries.registry import build
from explorer_engine.errors import InputError
from explorer_engine.formats import dictionary_learning
from explorer_engine.sites import Site

__all__ = ["load_dictionaries", "save_dictionaries"]


def load_dictionaries(
    path: str | Path,
    sites: Iterable[Site],
    device: str = "auto",
    dtype: str = "float32",
    widths: Callable[[Site], int] | None = None,
) -> dict[Site, Dictionary]:
    """The dictionaries found under `path` for `sites`, in that order; sites without one are left out.

    `path` is a folder in our own layout (`{site}.safetensors`, what `save_dictionaries` writes) or in the
    dictionary_learning layout (`resid_out_layer3/10_32768/ae.pt`; where a site has several inner folders,
    write which one: `DIR/*/10_32768`). `widths`, for example `model.width`, makes a dictionary that does not
    fit its site an error. `device` "auto" is the GPU where there is one.

    Raises InputError for a missing folder, one without any dictionary for `sites`, a damaged file, missing
    keys, a width that does not fit, and for NaN or Inf in the weights; the message names the file.
    """
    path, sites = Path(path), list(sites)
    where, kind = pick_device(device), dtype_of(dtype)
    if "*" not in str(path) and not path.is_dir():
        raise InputError(f"{path} is not a folder of dictionaries: give an existing folder")

    ours = {site: path / f"{site}.safetensors" for site in sites}
    files = {site: file for site, file in ours.items() if file.is_file()}
    read: Callable[[Path], Dictionary] = _read
    if not files:
        files, read = dictionary_learning.find(path, sites), dictionary_learning.read
    if not files:
        raise InputError(
            f"{path} holds no dictionary for {sites[0]} … {sites[-1]}: expected {sites[-1]}.safetensors or "
            f"{dictionary_learning.folder_of(sites[-1])}/…/ae.pt in it"
        )
    loaded: dict[Site, Dictionary] = {}
    for site, file in files.items():
        dictionary = read(file)
        _check(dictionary, file, widths(site) if widths else None, site)
        loaded[site] = dictionary.to(where, kind)
    return loaded


def save_dictionaries(directory: str | Path, dictionaries: Dictionaries, dtype: str = "float16") -> None:
    """Write `{site}.safetensors` for every dictionary in `dtype`, with kind and settings as its metadata."""
    directory = Path(directory)
    directory.mkdir(parents=True, exist_ok=True)
    for site, dictionary in dictionaries.items():
        tensors = {name: t.to("cpu", dtype_of(dtype)).contiguous() for name, t in dictionary.state().items()}
        metadata = {"kind": dictionary.kind, **dictionary.settings()}
        partial = directory / f".{site}.partial"
        partial.write_bytes(save(tensors, metadata=metadata))
        partial.replace(directory / f"{site}.safetensors")  # whole or not at all


def _read(file: Path) -> Dictionary:
    """One file of our own layout."""
    try:
        with safe_open(file, framework="pt") as opened:
            metadata: Mapping[str, str] = opened.metadata() or {}
            tensors = {name: opened.get_tensor(name) for name in opened.keys()}  # noqa: SIM118 (not a mapping)
    except (SafetensorError, OSError) as error:
        raise InputError(f"{file} cannot be read ({error}): write it again") from None
    if "kind" not in metadata:
        raise InputError(f"{file} does not say its kind in its metadata: write it with save_dictionaries")
    try:
        return build(metadata["kind"], tensors, metadata)
    except InputError as error:
        raise InputError(f"{file}: {error}") from None


def _check(dictionary: Dictionary, file: Path, width: int | None, site: Site) -> None:
    """InputError where the dictionary does not fit its site or holds a number that is none."""
    if width is not None and dictionary.width != width:
        raise InputError(
            f"{file} reads a width of {dictionary.width} but {site} of this model is {width} wide: "
            "use the dictionaries trained on this model"
        )
    for name, tensor in dictionary.state().items():
        if not bool(torch.isfinite(tensor).all()):
            raise InputError(f"{file} has NaN or Inf in {name}: download or train it again")

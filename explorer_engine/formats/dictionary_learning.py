"""The dictionary_learning layout: `{site folder}/{inner folder}/ae.pt`, with or without a config.json beside it."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from explorer_engine.dictionaries.base import Dictionary
from explorer_engine.dictionaries.relu import ReluDictionary
from explorer_engine.errors import InputError
from explorer_engine.sites import Site

__all__ = ["find", "folder_of", "read"]

_FOLDERS = {"attn": "attn_out_layer{}", "mlp": "mlp_out_layer{}", "resid": "resid_out_layer{}"}


def folder_of(site: Site) -> str:
    """`embed`, `attn_out_layer3`, `mlp_out_layer3` or `resid_out_layer3`."""
    return "embed" if site.kind == "embed" else _FOLDERS[site.kind].format(site.layer)


def find(path: Path, sites: Iterable[Site]) -> dict[Site, Path]:
    """The `ae.pt` of each site that has one: directly in the site's folder or in its single inner folder.

    A `path` of the form `DIR/*/10_32768` chooses among several inner folders; without it several are an InputError.
    """
    root, _, inner = str(path).partition("*")
    files = {}
    for site in sites:
        folder = Path(root) / folder_of(site) / inner.strip("/\\")
        found = [f for f in (folder / "ae.pt",) if f.is_file()] or sorted(folder.glob("*/ae.pt"))
        if len(found) > 1:
            names = ", ".join(file.parent.name for file in found)
            raise InputError(
                f"{folder} holds several dictionaries ({names}): choose one as '{root}*/{found[0].parent.name}'"
            )
        if found:
            files[site] = found[0]
    return files


def read(file: Path) -> Dictionary:
    """The dictionary of one `ae.pt`, its decoder rows rescaled to length 1 (outputs unchanged) as the published loader does.

    Only tensors are unpickled. The kind is what config.json beside the file says, else what the keys say.
    Raises InputError for a file that is not a plain state dict and for missing keys.
    """
    try:
        state = torch.load(file, map_location="cpu", weights_only=True)
    except (pickle.UnpicklingError, RuntimeError, EOFError, OSError) as error:
        reason = str(error).splitlines()[0]
        raise InputError(f"{file} is not a plain state dict ({reason}): download it again") from None
    if not isinstance(state, Mapping) or not all(isinstance(v, Tensor) for v in state.values()):
        raise InputError(
            f"{file} holds something else than named tensors: expected a dictionary's state dict"
        )
    return _standard(state).unit_rows()


def _standard(state: Mapping[str, Tensor]) -> Dictionary:
    return ReluDictionary(
        encoder=state["encoder.weight"],
        encoder_bias=state["encoder.bias"],
        decoder=state["decoder.weight"].T.contiguous(),
        decoder_bias=state["bias"],
    )

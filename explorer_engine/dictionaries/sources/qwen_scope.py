"""Qwen-Scope: `layer{i}.sae.pt` of the residual stream; k stands in the repository's name (`…-L0_50`)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from explorer_engine.dictionaries.base import Dictionary
from explorer_engine.dictionaries.files.torch_file import open_torch
from explorer_engine.dictionaries.kinds.topk import TopKDictionary
from explorer_engine.dictionaries.looking import matches, one_each
from explorer_engine.dictionaries.source import Description, Source, register_source
from explorer_engine.errors import InputError
from explorer_engine.sites import Site

__all__ = ["SOURCE"]

_FILE = re.compile(r"layer(\d{1,3})\.sae\.pt")
_REPOSITORY = re.compile(r"SAE-Res-(Qwen[\w.-]+?)-W\d+K")
_K = re.compile(r"L0_(\d{1,6})")


def _example(site: Site) -> str:
    return f"layer{max(0, site.layer)}.sae.pt"


def _find(place: str, sites: Sequence[Site]) -> dict[Site, Path]:
    files = matches(place, "layer*.sae.pt", "*/layer*.sae.pt")
    found = ((_FILE.fullmatch(file.name), file) for file in files)
    return one_each(((Site("resid", int(match[1])), file) for match, file in found if match), sites)


def _read(file: Path) -> Dictionary:
    """As published: the bias of the decoder is not subtracted before encoding."""
    if not (stated := _K.findall(str(file.absolute()))):
        raise InputError(
            f"{file} does not say how many features are active: keep the repository's name in the folder's "
            "(…-L0_50)"
        )
    tensors = open_torch(file)
    n, width = tensors.shape("W_enc")
    try:
        return TopKDictionary(
            encoder=tensors.matrix("W_enc"),
            encoder_bias=tensors.vector("b_enc", n),
            decoder=tensors.matrix("W_dec", transposed=True),
            decoder_bias=tensors.vector("b_dec", width),
            k=int(stated[-1]),
            tied=False,
        )
    except InputError as error:
        raise InputError(f"{file}: {error}") from None


def _describe(file: Path) -> Description:
    n, width = open_torch(file).shape("W_enc")
    named = _REPOSITORY.search(str(file.absolute()))
    return Description("Qwen-Scope", TopKDictionary.kind, n, width, f"Qwen/{named[1]}" if named else None)


SOURCE = register_source(Source("Qwen-Scope", _example, _find, _read, _describe))

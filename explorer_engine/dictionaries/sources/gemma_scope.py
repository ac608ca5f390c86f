"""Gemma Scope: `layer_{i}/width_16k/average_l0_{n}/params.npz`; of several L0 the one nearest 100."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from explorer_engine.dictionaries.base import Dictionary
from explorer_engine.dictionaries.files.npz_file import open_npz
from explorer_engine.dictionaries.kinds.jumprelu import JumpReluDictionary
from explorer_engine.dictionaries.looking import kind_asked, matches, one_each
from explorer_engine.dictionaries.source import Description, Source, register_source
from explorer_engine.errors import InputError
from explorer_engine.sites import Kind, Site

__all__ = ["SOURCE"]

_L0 = 100
"""The paper takes the dictionaries nearest to it."""
_KINDS: dict[str, Kind] = {"res": "resid", "att": "attn", "mlp": "mlp"}
_REPOSITORY = re.compile(r"gemma-scope-(\d+b)-(pt|it)-(\w+)")
_PLACE = re.compile(r"layer_(\d{1,3})[/\\](width_\w+)[/\\]average_l0_(\d{1,6})[/\\]params\.npz$")


def _example(site: Site) -> str:
    return f"layer_{max(0, site.layer)}/width_16k/average_l0_{_L0}/params.npz"


def _find(place: str, sites: Sequence[Site]) -> dict[Site, Path]:
    inner = "layer_*/width_*/average_l0_*/params.npz"
    parts = inner.split("/")
    files = matches(place, f"*/{inner}", *("/".join(parts[i:]) for i in range(len(parts))))
    choices: dict[Site, dict[str, list[tuple[int, Path]]]] = defaultdict(lambda: defaultdict(list))
    for file in files:
        if (found := _PLACE.search(str(file.absolute()))) and (kind := _kind(file, sites)):
            choices[Site(kind, int(found[1]))][found[2]].append((abs(int(found[3]) - _L0), file))
    return one_each(
        ((site, min(of_width)[1]) for site, widths in choices.items() for of_width in widths.values()), sites
    )


def _kind(file: Path, sites: Sequence[Site]) -> Kind | None:
    """Raises InputError for transcoders, and where neither repository nor question says of which site."""
    if "transcoder" in str(file):
        raise InputError(f"{file}: it is a transcoder, from one place to another: use autoencoders")
    if repository := _REPOSITORY.search(str(file.absolute())):
        return _KINDS.get(repository[3])
    if (kind := kind_asked(sites)) is None:
        raise InputError(
            f"{file} does not say which site it is of: keep the repository's name in the folder's "
            "(gemma-scope-2b-pt-res), or write resid=DIR, attn=DIR, mlp=DIR"
        )
    return kind


def _read(file: Path) -> Dictionary:
    tensors = open_npz(file)
    n, width = tensors.shape("W_dec")
    try:
        return JumpReluDictionary(
            encoder=tensors.matrix("W_enc", transposed=True),
            encoder_bias=tensors.vector("b_enc", n),
            decoder=tensors.matrix("W_dec"),
            decoder_bias=tensors.vector("b_dec", width),
            threshold=tensors.vector("threshold", n),
        )
    except InputError as error:
        raise InputError(f"{file}: {error}") from None


def _describe(file: Path) -> Description:
    n, width = open_npz(file).shape("W_dec")
    found = _REPOSITORY.search(str(file.absolute()))
    model = f"google/gemma-2-{found[1]}{'-it' if found[2] == 'it' else ''}" if found else None
    return Description("Gemma Scope", JumpReluDictionary.kind, n, width, model)


def _hook(file: Path, site: Site) -> str:
    names = {"attn": "attn.hook_z", "mlp": "hook_mlp_out"}
    return f"blocks.{site.layer}.{names.get(site.kind, 'hook_resid_post')}"


SOURCE = register_source(Source("Gemma Scope", _example, _find, _read, _describe, _hook))

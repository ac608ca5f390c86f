"""The layout of OpenAI's autoencoders of GPT-2: `{location}_{version}/autoencoders/{layer}.pt`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from explorer_engine.dictionaries.base import Dictionary
from explorer_engine.dictionaries.files.tensors import TensorFile
from explorer_engine.dictionaries.files.torch_file import open_torch
from explorer_engine.dictionaries.kinds.normalised import EXTRA_FEATURES, NormalisedDictionary
from explorer_engine.dictionaries.kinds.relu import ReluDictionary
from explorer_engine.dictionaries.kinds.topk import TopKDictionary
from explorer_engine.dictionaries.looking import by_hook, kind_asked, matches, no_sites
from explorer_engine.dictionaries.source import Description, Source, register_source
from explorer_engine.errors import InputError
from explorer_engine.sites import Site

__all__ = ["SOURCE"]

_HOOKS = {
    "resid_delta_attn": "hook_attn_out",
    "resid_delta_mlp": "hook_mlp_out",
    "resid_post_attn": "hook_resid_mid",
    "resid_post_mlp": "hook_resid_post",
    "mlp_post_act": "mlp.hook_post",
}
"""Locations → TransformerLens's names of them."""
_KINDS = {"attn": "resid_delta_attn", "mlp": "resid_delta_mlp", "resid": "resid_post_mlp"}
_LOCATION = re.compile("|".join(_HOOKS))


def _example(site: Site) -> str:
    return f"{_KINDS.get(site.kind, 'resid_post_mlp')}_v5_32k/autoencoders/{max(0, site.layer)}.pt"


def _find(place: str, sites: Sequence[Site]) -> dict[Site, Path]:
    files = _files(place)
    kind = _KINDS.get(kind_asked(sites) or "")
    if files and kind is None and not all(map(_location, files)):
        raise InputError(
            f"{place} does not say which site its files are of: write resid={place}, or mlp=, attn="
        )
    return by_hook(((_hook_at(file, kind), file) for file in files), sites)


def _files(place: str) -> list[Path]:
    found = matches(place, "*.pt", "autoencoders/*.pt", "*/autoencoders/*.pt")
    return [file for file in found if re.fullmatch(r"\d{1,3}\.pt", file.name)]


def _left_out(place: str) -> dict[Path, str]:
    return no_sites((_hook_at(file, None), file) for file in _files(place) if _location(file))


def _location(file: Path) -> str | None:
    found = [match[0] for part in file.parts if (match := _LOCATION.search(part))]
    return found[-1] if found else None


def _hook_at(file: Path, otherwise: str | None) -> str:
    return f"blocks.{int(file.stem)}.{_HOOKS[_location(file) or otherwise or '']}"


def _read(file: Path) -> Dictionary:
    """Activations of normalised inputs are in the site's own units."""
    tensors = open_torch(file)
    k = _k(tensors)
    n, width = tensors.shape("encoder.weight")
    decoder = tensors.matrix("decoder.weight", transposed=True, spare=EXTRA_FEATURES["layer"] if k else 0)
    own: dict[str, Any] = {
        "encoder": tensors.matrix("encoder.weight"),
        "encoder_bias": tensors.vector("latent_bias", n),
        "decoder": decoder[:n],
        "decoder_bias": tensors.vector("pre_bias", width),
    }
    try:
        if k is None:
            return ReluDictionary(**own)
        return NormalisedDictionary.around(TopKDictionary(**own, k=k), "layer", decoder)
    except InputError as error:
        raise InputError(f"{file}: {error}") from None


def _k(tensors: TensorFile) -> int | None:
    """Of TopK; None of ReLU, whose inputs are not normalised. Raises InputError for other activations."""
    activation, more = tensors.values.get("activation", "ReLU"), tensors.values.get("activation_state_dict")
    if activation == "ReLU":
        return None
    match activation, more:
        case "TopK", {"k": int(k), "postact_fn": "ReLU"}:
            return k
    raise InputError(
        f"{tensors.file}: its activation {activation!r:.80} is not read here, only ReLU and TopK: use others"
    )


def _describe(file: Path) -> Description:
    tensors = open_torch(file)
    n, width = tensors.shape("encoder.weight")
    if _k(tensors) is None:
        return Description("OpenAI", ReluDictionary.kind, n, width, "gpt2")
    kind = f"{NormalisedDictionary.kind} {TopKDictionary.kind}"
    return Description("OpenAI", kind, n + EXTRA_FEATURES["layer"], width, "gpt2", "layer_norm")


def _hook(file: Path, site: Site) -> str:
    return _hook_at(file, _KINDS.get(site.kind))


SOURCE = register_source(Source("OpenAI", _example, _find, _read, _describe, _hook, left_out=_left_out))

"""The sparsify layout: folders named by the module that is read, with `cfg.json` and `sae.safetensors`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from explorer_engine.dictionaries.base import Dictionary
from explorer_engine.dictionaries.files.safetensors_file import open_safetensors
from explorer_engine.dictionaries.kinds.topk import TopKDictionary
from explorer_engine.dictionaries.looking import by_hook, entry, matches, no_sites, read_json
from explorer_engine.dictionaries.source import Description, Source, register_source
from explorer_engine.errors import InputError
from explorer_engine.sites import Site

__all__ = ["SOURCE"]

_WEIGHTS, _CONFIG = "sae.safetensors", "cfg.json"


def _example(site: Site) -> str:
    module = {"attn": ".attention", "mlp": ".mlp"}.get(site.kind, "")
    folder = "embed_tokens" if site.kind == "embed" else f"layers.{site.layer}{module}"
    return f"{folder}/{_WEIGHTS} with {_CONFIG}"


def _find(place: str, sites: Sequence[Site]) -> dict[Site, Path]:
    return by_hook(_hooks(place), sites)


def _hooks(place: str) -> Iterator[tuple[str, Path]]:
    files = matches(place, _WEIGHTS, f"*/{_WEIGHTS}", f"*/*/{_WEIGHTS}")
    return ((_hook(file), file) for file in files if (file.parent / _CONFIG).is_file())


def _hook(file: Path) -> str:
    return file.parent.resolve().name if file.parent.name in ("", "..") else file.parent.name


def _config(file: Path) -> Mapping[str, Any]:
    """Raises InputError for what is no TopK autoencoder."""
    where = file.parent / _CONFIG
    config = read_json(where)
    if any(entry(config, name, False, where) for name in ("transcode", "skip_connection")):
        raise InputError(f"{where}: it is a transcoder, from one place to another: use autoencoders")
    if (activation := entry(config, "activation", "topk", where)) != "topk" or entry(
        config, "signed", False, where
    ):
        raise InputError(f"{where}: the activation {activation:.80} is not read here, only topk: use others")
    return config


def _read(file: Path) -> Dictionary:
    k, tensors = entry(_config(file), "k", 0, file), open_safetensors(file)
    n, width = tensors.shape("W_dec")
    if "W_skip" in tensors:
        raise InputError(f"{file}: it is a transcoder, from one place to another: use autoencoders")
    try:
        return TopKDictionary(
            encoder=tensors.matrix("encoder.weight"),
            encoder_bias=tensors.vector("encoder.bias", n),
            decoder=tensors.matrix("W_dec"),
            decoder_bias=tensors.vector("b_dec", width),
            k=k,
        )
    except InputError as error:
        raise InputError(f"{file}: {error}") from None


def _describe(file: Path) -> Description:
    _config(file)
    n, width = open_safetensors(file).shape("W_dec")
    beside = file.parent.parent / "config.json"
    model = entry(read_json(beside), "model", "", beside) if beside.is_file() else ""
    return Description("sparsify", TopKDictionary.kind, n, width, model or None)


SOURCE = register_source(
    Source(
        "sparsify",
        _example,
        _find,
        _read,
        _describe,
        lambda file, site: _hook(file),
        beside=(_CONFIG, "../config.json"),
        left_out=lambda place: no_sites(_hooks(place)),
    )
)

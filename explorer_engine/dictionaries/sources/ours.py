"""Our own layout: `{site}.safetensors`, kind and settings in the file's metadata."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from safetensors.torch import save

from explorer_engine.devices import dtype_of
from explorer_engine.dictionaries.base import Dictionaries, Dictionary
from explorer_engine.dictionaries.files.safetensors_file import open_safetensors
from explorer_engine.dictionaries.kinds.normalised import NormalisedDictionary
from explorer_engine.dictionaries.registry import build
from explorer_engine.dictionaries.source import Description, Source, register_source
from explorer_engine.errors import InputError
from explorer_engine.files import whole
from explorer_engine.sites import Site

__all__ = ["SOURCE", "save_dictionaries"]


def save_dictionaries(directory: str | Path, dictionaries: Dictionaries, dtype: str = "float16") -> None:
    """Write `{site}.safetensors` for every dictionary in `dtype`, with kind and settings as its metadata."""
    directory = Path(directory)
    directory.mkdir(parents=True, exist_ok=True)
    for site, dictionary in dictionaries.items():
        tensors = {name: t.to("cpu", dtype_of(dtype)).contiguous() for name, t in dictionary.state().items()}
        metadata = {"kind": dictionary.kind, **dictionary.settings()}
        with whole(directory / _name(site)) as partial:
            partial.write_bytes(_in_order(save(tensors, metadata=metadata)))


def _in_order(content: bytes) -> bytes:
    """A file's bytes with its metadata sorted: the library writes them in an order that changes every time,
    and a file's hash would change with it."""
    size = int.from_bytes(content[:8], "little")
    head = json.loads(content[8 : 8 + size])
    head["__metadata__"] = dict(sorted(head["__metadata__"].items()))
    written = json.dumps(head, separators=(",", ":"), ensure_ascii=False).encode()
    written += b" " * (-len(written) % 8)
    return len(written).to_bytes(8, "little") + written + content[8 + size :]


def _find(place: str, sites: Sequence[Site]) -> dict[Site, Path]:
    files = {site: Path(place) / _name(site) for site in sites}
    return {site: file for site, file in files.items() if file.is_file()}


def _name(site: Site) -> str:
    return f"{site}.safetensors"


def _read(file: Path) -> Dictionary:
    opened = open_safetensors(file)
    if "kind" not in opened.values:
        raise InputError(f"{file} does not say its kind in its metadata: write it with save_dictionaries")
    try:
        return build(opened.values["kind"], opened.tensors(), opened.values)
    except InputError as error:
        raise InputError(f"{file}: {error}") from None


def _describe(file: Path) -> Description:
    dictionary = _read(file)  # tensors are mapped, not read: this costs no more than the file's head
    kind, normalises = dictionary.kind, ""
    if isinstance(dictionary, NormalisedDictionary):
        kind, normalises = f"{kind} {dictionary.inner.kind}", f"{dictionary.norm} norm"
    return Description("ours", kind, dictionary.n_features, dictionary.width, normalises=normalises)


SOURCE = register_source(Source("ours", _name, _find, _read, _describe, rank=0))

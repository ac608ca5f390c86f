"""The keys by which judgements find their world: of its dictionaries' tensors, and older ones."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from explorer_engine.world.manifest import Manifest, Part

__all__ = ["keys_of", "with_tensors"]

_TENSORS = "tensors"
_TEXT = (".json", ".md", ".txt", ".yaml", ".yml")
_LENGTH = 8
_BLOCK = 1 << 22


def with_tensors(part: Part, root: Path) -> Part:
    """The dictionaries of a world that is written, with a hash of the tensors in each safetensors file."""
    found = {
        name: {**entry, _TENSORS: tensors}
        for (name, entry), (file, _) in zip(part.files.items(), part.paths(root), strict=True)
        if file.suffix == ".safetensors" and (tensors := _hash(file)) is not None
    }
    return replace(part, files={**part.files, **found})


def keys_of(manifest: Manifest) -> tuple[str, ...]:
    """The key of a world's dictionaries, and after it those that older code gave the same; reads no file.

    It stays where only bytes around the tensors change, or files that hold text. A manifest that knows of no
    tensors keeps its key. A world without dictionaries has the key of its model.
    """
    files, older = manifest.dictionaries.files, manifest.dictionaries.fingerprint[:_LENGTH]
    if not files:
        model = manifest.model
        return _key({"model": model.fingerprint if model.files else model.place}), older
    if not any(_TENSORS in entry for entry in files.values()):
        return (older,)
    told = {
        name: entry.get(_TENSORS, entry["sha256"])
        for name, entry in files.items()
        if not name.lower().endswith(_TEXT)
    }
    return _key(told), older


def _key(told: object) -> str:
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:_LENGTH]


def _hash(file: Path) -> str | None:
    """Of names, shapes, types and values, by name; None where the file's head cannot be read."""
    found = hashlib.sha256()
    with file.open("rb") as stream:
        try:
            size = int.from_bytes(stream.read(8), "little")
            head: dict[str, Any] = json.loads(stream.read(min(size, file.stat().st_size)))
            head.pop("__metadata__", None)
            places = {name: (*tensor["data_offsets"],) for name, tensor in sorted(head.items())}
            for name, (start, end) in places.items():
                told = [name, head[name]["dtype"], head[name]["shape"], end - start]
                found.update(json.dumps(told).encode())
                stream.seek(8 + size + start)
                for at in range(start, end, _BLOCK):
                    found.update(stream.read(min(_BLOCK, end - at)))
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            return None
    return found.hexdigest()

"""A world on disk: model, dictionaries and artefact store in one folder, checked against its manifest."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from explorer_engine.errors import InputError
from explorer_engine.store.artefacts import ArtefactStore
from explorer_engine.store.migrate import is_older, migrated

__all__ = ["MANIFEST", "World", "open_world", "recorded_commands", "write_manifest"]

MANIFEST = "manifest.json"
_FORMAT = "circuit-explorer/world"
_VERSION = 1
_STORE = "world.duckdb"
_BEFORE = "before"
"""In an entry: what the file was before the change that was under way."""


@dataclass(frozen=True)
class World:
    """One model with its dictionaries and everything computed from them."""

    path: Path
    store: ArtefactStore
    key: str
    """Short hash of the dictionaries: what people say about features holds for these features only."""

    @property
    def model(self) -> Path:
        """Folder of model and tokenizer in Hugging Face layout."""
        return self.path / "model"

    @property
    def dictionaries(self) -> Path:
        """Folder of `{site}.safetensors`."""
        return self.path / "dictionaries"


def open_world(path: str | Path) -> World:
    """Check every file of a world against its manifest and open its store.

    The folder holds model/, dictionaries/, world.duckdb and manifest.json (size and SHA-256 of every file).
    A store that older code wrote is brought to this version first: a new file beside it takes its place.
    Raises InputError naming the file that is missing or damaged, or the versions when the store cannot be
    read or its folder not be written.
    """
    root = Path(path)
    if not root.is_dir():
        raise InputError(f"{root}: no world there; name the folder of one")
    files = _read_manifest(root)
    for name, known in files.items():
        _check_file(root / name, known)
    dictionaries = {
        name: known["sha256"] for name, known in files.items() if name.startswith("dictionaries/")
    }
    key = hashlib.sha256(json.dumps(dictionaries, sort_keys=True).encode()).hexdigest()[:8]
    if is_older(root / _STORE):
        _migrate(root, files)
    return World(root, ArtefactStore(root / _STORE), key)


def recorded_commands(path: str | Path) -> dict[str, str]:
    """Artefact → the command that makes it again, as a world records it; empty without a readable store."""
    try:
        store = ArtefactStore(Path(path) / _STORE)
    except InputError:
        return {}
    return {row.artefact: row.command for row in store.start.provenance()}


def write_manifest(path: str | Path) -> Path:
    """Write manifest.json for the files now in a world's folder, hidden files and itself left out."""
    root = Path(path)
    return _write(
        root,
        {
            str(file.relative_to(root).as_posix()): _entry(file)
            for file in sorted(root.rglob("*"))
            if file.is_file() and file.name != MANIFEST and not file.name.startswith(".")
        },
    )


def _migrate(root: Path, files: dict[str, dict[str, object]]) -> None:
    """Bring the store to this version; a kill at any point leaves a store that the manifest knows."""
    store = root / _STORE
    with migrated(store) as new:
        entry = _entry(new)
        _write(root, {**files, _STORE: {**entry, _BEFORE: _entry(store)}})
        new.replace(store)
        _write(root, {**files, _STORE: entry})


def _entry(file: Path) -> dict[str, object]:
    return {"size": file.stat().st_size, "sha256": _sha256(file)}


def _write(root: Path, files: Mapping[str, Mapping[str, object]]) -> Path:
    target = root / MANIFEST
    partial = root / f".{MANIFEST}.partial"
    content = {"format": _FORMAT, "version": _VERSION, "files": files}
    partial.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    partial.replace(target)
    return target


def _read_manifest(root: Path) -> dict[str, dict[str, object]]:
    file = root / MANIFEST
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InputError(f"{file}: missing") from None
    except (json.JSONDecodeError, UnicodeDecodeError):
        raise InputError(f"{file}: damaged, not JSON") from None
    if (
        not isinstance(content, dict)
        or content.get("format") != _FORMAT
        or not isinstance(content.get("files"), dict)
    ):
        raise InputError(f"{file}: not the manifest of a world")
    if content.get("version") != _VERSION:
        raise InputError(f"{file}: manifest version {content.get('version')}, this code reads {_VERSION}")
    if _STORE not in content["files"]:
        raise InputError(f"{file}: names no {_STORE}")
    return content["files"]


def _check_file(file: Path, known: dict[str, object]) -> None:
    try:
        size = file.stat().st_size
    except OSError:
        raise InputError(f"{file}: missing") from None
    before = known.get(_BEFORE)
    if isinstance(before, dict) and size == before.get("size") and _sha256(file) == before.get("sha256"):
        return
    if size != known.get("size"):
        raise InputError(f"{file}: damaged, {size} bytes instead of {known.get('size')}")
    if _sha256(file) != known.get("sha256"):
        raise InputError(f"{file}: damaged, its content differs from the manifest")


def _sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()

"""A world on disk: model, dictionaries and artefact store in one folder, checked against its manifest."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from explorer_engine.errors import InputError
from explorer_engine.store.artefacts import ArtefactStore

__all__ = ["MANIFEST", "World", "open_world", "write_manifest"]

MANIFEST = "manifest.json"
_FORMAT = "circuit-explorer/world"
_VERSION = 1
_REBUILD = "rebuild it with `make demo`"


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
    Raises InputError naming the file that is missing or damaged and the command that rebuilds it, or the
    versions when the store was written by another version of the code.
    """
    root = Path(path)
    if not root.is_dir():
        raise InputError(
            f"{root}: no world there; build the demo world with `make demo`, or name another folder"
        )
    files = _read_manifest(root)
    for name, known in files.items():
        _check_file(root / name, known)
    dictionaries = {
        name: known["sha256"] for name, known in files.items() if name.startswith("dictionaries/")
    }
    key = hashlib.sha256(json.dumps(dictionaries, sort_keys=True).encode()).hexdigest()[:8]
    return World(root, ArtefactStore(root / "world.duckdb"), key)


def write_manifest(path: str | Path) -> Path:
    """Write manifest.json for the files now in a world's folder, hidden files and itself left out."""
    root = Path(path)
    files = {
        str(file.relative_to(root).as_posix()): {"size": file.stat().st_size, "sha256": _sha256(file)}
        for file in sorted(root.rglob("*"))
        if file.is_file() and file.name != MANIFEST and not file.name.startswith(".")
    }
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
        raise InputError(f"{file}: missing; {_REBUILD}") from None
    except (json.JSONDecodeError, UnicodeDecodeError):
        raise InputError(f"{file}: damaged, not JSON; {_REBUILD}") from None
    if (
        not isinstance(content, dict)
        or content.get("format") != _FORMAT
        or not isinstance(content.get("files"), dict)
    ):
        raise InputError(f"{file}: not the manifest of a world; {_REBUILD}")
    if content.get("version") != _VERSION:
        raise InputError(
            f"{file}: manifest version {content.get('version')}, this code reads {_VERSION}; {_REBUILD}"
        )
    if "world.duckdb" not in content["files"]:
        raise InputError(f"{file}: names no world.duckdb; {_REBUILD}")
    return content["files"]


def _check_file(file: Path, known: dict[str, object]) -> None:
    try:
        size = file.stat().st_size
    except OSError:
        raise InputError(f"{file}: missing; {_REBUILD}") from None
    if size != known.get("size"):
        raise InputError(f"{file}: damaged, {size} bytes instead of {known.get('size')}; {_REBUILD}")
    if _sha256(file) != known.get("sha256"):
        raise InputError(f"{file}: damaged, its content differs from the manifest; {_REBUILD}")


def _sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()

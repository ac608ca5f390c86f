"""A world's manifest: where its model and dictionaries lie, and size and hash of every file."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from explorer_engine.circuits.fingerprint import Fingerprint
from explorer_engine.dictionaries.places import Places
from explorer_engine.errors import InputError
from explorer_engine.files import check_readable, whole
from explorer_engine.world.content import held

__all__ = ["MANIFEST", "STORE", "Manifest", "Part", "check", "entry_of", "files_of", "fingerprint_of"]

MANIFEST = "manifest.json"
STORE = "world.duckdb"
_FORMAT = "circuit-explorer/world"
_OLDEST, _CURRENT = 1, 2

Entry = Mapping[str, Any]
"""size in bytes, sha256; of dictionaries in safetensors files also `tensors`, a hash of those (`keys`)."""


@dataclass(frozen=True)
class Part:
    """The model or the dictionaries of a world."""

    name: str
    """`model` or `dictionaries`."""
    place: str
    """Its folder, absolute or relative to the world's; of dictionaries any place (`Places`)."""
    files: Mapping[str, Entry]
    """By name in that folder."""

    @classmethod
    def at(cls, name: str, place: str | Path, root: Path) -> Part:
        """What counts at a place, seen from a world's folder; raises InputError as `held` does."""
        place = Path(place).as_posix()
        seen = Places.parse(place).map(lambda one: root / one)
        files = {
            f"{one.prefix}{file}": entry
            for one in held(name, str(seen))
            for file, entry in files_of(one.folder, only=one.read).items()
        }
        return cls(name, place, files)

    def paths(self, root: Path) -> Iterator[tuple[Path, Entry]]:
        """Its files, as seen from a world's folder, with what is known of each."""
        folders = _folders(self.place, root)
        for name, entry in self.files.items():
            prefix = next((prefix for prefix in folders if prefix and name.startswith(prefix)), "")
            yield folders.get(prefix, root) / name.removeprefix(prefix), entry

    @property
    def fingerprint(self) -> str:
        """Hash of names and contents, wherever the folder lies."""
        hashes = {f"{self.name}/{name}": entry["sha256"] for name, entry in self.files.items()}
        return hashlib.sha256(json.dumps(hashes, sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True)
class Manifest:
    """Everything that belongs to one world."""

    model: Part
    dictionaries: Part
    files: Mapping[str, Entry]
    """All other files in the world's folder: the store, and what else the world carries."""

    @classmethod
    def read(cls, root: Path) -> Manifest:
        """The manifest of a world's folder, of this version or an older one.

        Raises InputError naming the file where there is none, or what is wrong with it.
        """
        file = root / MANIFEST
        try:
            content = json.loads(check_readable(file).read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise InputError(f"{file}: missing") from None
        except OSError as problem:
            raise InputError(f"{file}: {problem.strerror}: make it readable") from None
        except InputError:
            raise
        except (ValueError, RecursionError):
            raise InputError(f"{file}: damaged, not JSON") from None
        if not isinstance(content, dict) or content.get("format") != _FORMAT:
            raise InputError(f"{file}: not the manifest of a world")
        version = content.get("version")
        if version not in range(_OLDEST, _CURRENT + 1):
            raise InputError(f"{file}: manifest version {version}, this code reads {_OLDEST} to {_CURRENT}")
        try:
            found = _first_version(content) if version == 1 else _of_json(content)
        except (KeyError, TypeError, AttributeError):
            raise InputError(f"{file}: not the manifest of a world") from None
        if not all(map(_is_sound, (found.model, found.dictionaries, Part("", "", found.files)))):
            raise InputError(f"{file}: damaged, a file in it has no size or no hash")
        if STORE not in found.files:
            raise InputError(f"{file}: names no {STORE}")
        return found

    @property
    def fingerprint(self) -> Fingerprint:
        """By which circuits of this world know its model and dictionaries; reads no file."""
        return Fingerprint(self.model.fingerprint, self.dictionaries.fingerprint)

    def write(self, root: Path) -> Path:
        """Write it to a world's folder, whole or not at all."""
        parts = {
            part.name: {"place": part.place, "fingerprint": part.fingerprint, "files": part.files}
            for part in (self.model, self.dictionaries)
        }
        content = {"format": _FORMAT, "version": _CURRENT, **parts, "files": self.files}
        with whole(root / MANIFEST) as partial:
            partial.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        return root / MANIFEST

    def entries(self, root: Path) -> Iterator[tuple[Path, Entry]]:
        """Every file of the world that lies in `root`, with what is known of it."""
        for part in (self.model, self.dictionaries):
            yield from part.paths(root)
        for name, entry in self.files.items():
            yield root / name, entry


def fingerprint_of(model: Path | None, dictionaries: str | Path) -> Fingerprint:
    """That of a world made of these, from the files that count; a model that lies in no folder has none."""
    places = {"model": model, "dictionaries": dictionaries}
    found = {
        name: None if place is None else Part.at(name, place, Path()).fingerprint
        for name, place in places.items()
    }
    return Fingerprint(**found)


def files_of(
    folder: Path, known: Collection[str] = (), only: Collection[str] | None = None
) -> dict[str, Entry]:
    """The files under a folder by name, without a manifest, those `known` and all that is hidden.

    Of `only` these names, where given. A file is under itself, as `.`.
    """
    found = [folder] if folder.is_file() else sorted(folder.rglob("*"))
    names = {file.relative_to(folder): file for file in found}
    return {
        name.as_posix(): entry_of(file)
        for name, file in names.items()
        if file.is_file()
        and file.name != MANIFEST
        and not any(part.startswith(".") for part in name.parts)
        and name.as_posix() not in known
        and (only is None or name.as_posix() in only)
    }


def entry_of(file: Path) -> Entry:
    """Size and hash of a file as it is."""
    return {"size": file.stat().st_size, "sha256": _sha256(file)}


def check(manifest: Manifest, root: Path) -> None:
    """Raise InputError naming the first file that is missing or of another size than the manifest says."""
    for file, entry in manifest.entries(root):
        _check_file(file, entry, whole=False)


def damages(manifest: Manifest, root: Path) -> Iterator[str]:
    """What is wrong with each file that is missing or whose content differs; reads all of them."""
    for file, entry in manifest.entries(root):
        try:
            _check_file(file, entry, whole=True)
        except InputError as problem:
            yield str(problem)


def _folders(place: str, root: Path) -> dict[str, Path]:
    return {prefix: root / folder for prefix, folder in Places.parse(place).folders.items()}


def _of_json(content: Mapping[str, Any]) -> Manifest:
    model, dictionaries = (
        Part(name, content[name]["place"], content[name]["files"]) for name in ("model", "dictionaries")
    )
    return Manifest(model, dictionaries, content["files"])


def _is_sound(part: Part) -> bool:
    """Whether a part of a file's manifest says of each of its files what is needed."""
    return (
        isinstance(part.place, str)
        and isinstance(part.files, dict)
        and not any("\0" in name for name in (part.place, *part.files))
        and all(
            isinstance(entry, dict)
            and isinstance(entry.get("size"), int)
            and all(isinstance(entry.get(name, ""), str) for name in ("sha256", "tensors"))
            and "sha256" in entry
            for entry in part.files.values()
        )
    )


def _first_version(content: Mapping[str, Any]) -> Manifest:
    """Version 1 had model and dictionaries in the world's folder and listed all files together."""
    rest = dict(content["files"])
    parts = []
    for name in ("model", "dictionaries"):
        inside = [file for file in rest if file.startswith(f"{name}/")]
        parts.append(Part(name, name, {file.removeprefix(f"{name}/"): rest.pop(file) for file in inside}))
    return Manifest(parts[0], parts[1], rest)


def _check_file(file: Path, known: Entry, whole: bool) -> None:
    try:
        size = check_readable(file).stat().st_size
    except OSError:
        raise InputError(f"{file}: missing") from None
    if size != known["size"]:
        raise InputError(f"{file}: damaged, {size} bytes instead of {known['size']}")
    if whole and _sha256(file) != known["sha256"]:
        raise InputError(f"{file}: damaged, its content differs from the manifest")


def _sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()

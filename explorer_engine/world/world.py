"""A world on disk: an artefact store, and the model and dictionaries that it is about."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from explorer_engine.circuits.fingerprint import Fingerprint
from explorer_engine.dictionaries.places import Places
from explorer_engine.errors import InputError
from explorer_engine.store.artefacts import ArtefactStore
from explorer_engine.store.migrate import is_older, migrated
from explorer_engine.world.keys import keys_of, with_tensors
from explorer_engine.world.manifest import STORE, Manifest, Part, check, damages, entry_of, files_of
from explorer_engine.world.renewal import renewed, settle

__all__ = ["World", "dictionaries_keys", "open_world", "recorded_commands", "verify_world", "write_manifest"]


@dataclass(frozen=True)
class World:
    """One model with its dictionaries and everything computed from them."""

    path: Path
    store: ArtefactStore
    key: str
    """Short hash of the dictionaries: what people say about features holds for these features only."""
    older_keys: tuple[str, ...]
    """What older code called the same dictionaries: what was said then is kept under these."""
    model: Path
    """Folder of model and tokenizer in Hugging Face layout."""
    dictionaries: Path
    """A place that `load_dictionaries` reads."""
    fingerprint: Fingerprint
    """Of model and dictionaries: circuits carry it."""


def open_world(path: str | Path) -> World:
    """Check that a world has every file of its manifest, of the size said there, and open its store.

    The folder holds world.duckdb and manifest.json, which says where model and dictionaries lie, in this
    folder or elsewhere, and the size and SHA-256 of every file. No file is read for that, however many and
    large they are: `verify_world` compares their contents. A store that older code wrote is brought to this
    version first: a new file beside it takes its place. Raises InputError naming the file that is missing or
    of another size, or the versions when the store cannot be read or its folder not be written.
    """
    root = Path(path)
    manifest = _checked(root)
    if is_older(root / STORE):
        manifest = _migrate(root)
    keys = keys_of(manifest)
    return World(
        root,
        ArtefactStore(root / STORE),
        keys[0],
        keys[1:],
        root / manifest.model.place,
        Path(str(Places.parse(manifest.dictionaries.place).map(lambda place: root / place))),
        manifest.fingerprint,
    )


def dictionaries_keys(path: str | Path) -> tuple[str, ...]:
    """`World.key` and `World.older_keys` of a world's folder, read from its manifest alone.

    Raises InputError as that does.
    """
    return keys_of(Manifest.read(Path(path)))


def verify_world(path: str | Path) -> list[str]:
    """Compare the content of every file of a world with its manifest, however large.

    Says of each file that is missing or damaged what is wrong with it. Raises InputError where there is no
    manifest, or one that cannot be read.
    """
    root = Path(path)
    if not root.is_dir():
        raise InputError(f"{root}: no world there; name the folder of one")
    settle(root)
    manifest = Manifest.read(root)
    found = list(damages(manifest, root))
    store = root / STORE
    if store.is_file() and not is_older(store):
        try:
            ArtefactStore(store)
        except InputError as problem:
            found.append(str(problem))
    return found


def recorded_commands(path: str | Path) -> dict[str, str]:
    """Artefact → the command that makes it again, as a world records it; empty without a readable store."""
    try:
        store = ArtefactStore(Path(path) / STORE)
    except InputError:
        return {}
    return {row.artefact: row.command for row in store.start.provenance()}


def write_manifest(
    path: str | Path, model: str | Path = "model", dictionaries: str | Path = "dictionaries"
) -> Path:
    """Write manifest.json for the files now in a world's folder; hidden ones are left out.

    `model` and `dictionaries` are their folders: relative to the world's, or absolute and then not carried.
    Dictionaries may lie at any place that `load_dictionaries` reads.
    """
    root = Path(path)
    parts = [Part.at(name, place, root) for name, place in (("model", model), ("dictionaries", dictionaries))]
    inside = {f"{part.place}/{name}" for part in parts for name in part.files}
    return Manifest(parts[0], with_tensors(parts[1], root), files_of(root, inside)).write(root)


def _checked(root: Path) -> Manifest:
    if not root.is_dir():
        raise InputError(f"{root}: no world there; name the folder of one")
    settle(root)
    manifest = Manifest.read(root)
    try:
        check(manifest, root)
    except InputError:
        settle(root)  # it may be published at this moment
        newer = Manifest.read(root)
        if newer == manifest:
            raise
        check(newer, root)
        return newer
    return manifest


def _migrate(root: Path) -> Manifest:
    """Bring the store to this version, where nobody has done so meanwhile; returns the manifest."""
    store = root / STORE
    try:
        with renewed(root) as folder:
            manifest = _checked(root)
            if is_older(store):
                with migrated(store) as new:
                    replace(manifest, files={**manifest.files, STORE: entry_of(new)}).write(folder)
                    new.replace(folder / STORE)
    except OSError as problem:
        raise InputError(
            f"{store}: written by older code, and its new version cannot be put beside it "
            f"({problem.strerror or problem}); make its folder writable, or copy it where you may write"
        ) from None
    return _checked(root)

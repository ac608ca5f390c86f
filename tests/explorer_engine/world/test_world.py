"""A world folder opens only when every file is as its manifest says."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest

from explorer_engine.errors import InputError
from explorer_engine.world import manifest
from explorer_engine.world.world import dictionaries_keys, open_world, verify_world, write_manifest
from tests.explorer_engine.store.small_world import build, small_world


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "world"
    store = build(small_world(), tmp_path)
    (root / "model").mkdir(parents=True)
    (root / "dictionaries").mkdir()
    store.rename(root / "world.duckdb")
    (root / "model" / "config.json").write_text("{}")
    (root / "dictionaries" / "embed.safetensors").write_bytes(b"abc")
    (root / "dictionaries" / ".DS_Store").write_bytes(b"?")
    for hidden in (root / ".cache" / "kept", root / "model" / ".git" / "objects"):
        hidden.mkdir(parents=True)
        (hidden / "blob").write_bytes(b"?")
    write_manifest(root)
    return root


def test_a_whole_world_opens(folder: Path) -> None:
    world = open_world(folder)
    assert world.store.start.world().title == "Small"
    assert (world.model / "config.json").is_file() and world.dictionaries.name == "dictionaries"
    content = json.loads((folder / "manifest.json").read_text())
    assert list(content["files"]) == ["world.duckdb"]
    assert content["model"]["place"] == "model" and list(content["model"]["files"]) == ["config.json"]
    assert content["dictionaries"]["place"] == "dictionaries"
    assert list(content["dictionaries"]["files"]) == ["embed.safetensors"]


def test_the_key_stands_for_the_dictionaries_alone(folder: Path) -> None:
    before = open_world(folder).key
    assert dictionaries_keys(folder)[0] == before
    (folder / "model" / "config.json").write_text('{"changed": true}')
    write_manifest(folder)
    assert open_world(folder).key == before
    (folder / "dictionaries" / "embed.safetensors").write_bytes(b"others")
    write_manifest(folder)
    assert open_world(folder).key != before


@pytest.mark.parametrize(
    "name", ["dictionaries/embed.safetensors", "model/config.json", "world.duckdb", "manifest.json"]
)
def test_a_missing_file_is_named(folder: Path, name: str) -> None:
    (folder / name).unlink()
    with pytest.raises(InputError, match=f"{name}: missing"):
        open_world(folder)


def test_a_damaged_file_is_named(folder: Path) -> None:
    (folder / "dictionaries" / "embed.safetensors").write_bytes(b"abd")
    (damage,) = verify_world(folder)
    assert re.search(r"embed\.safetensors: damaged, its content differs", damage)
    (folder / "dictionaries" / "embed.safetensors").write_bytes(b"ab")
    with pytest.raises(InputError, match=r"embed\.safetensors: damaged, 2 bytes instead of 3"):
        open_world(folder)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "damaged, not JSON"),
        ("[]", "not the manifest of a world"),
        (
            '{"format": "circuit-explorer/world", "version": 9, "files": {}}',
            "version 9, this code reads 1 to 2",
        ),
        ('{"format": "circuit-explorer/world", "version": 2, "files": {}}', "not the manifest of a world"),
        ('{"format": "circuit-explorer/world", "version": 1, "files": {}}', "names no world.duckdb"),
    ],
)
def test_a_manifest_that_is_none_is_told(folder: Path, content: str, message: str) -> None:
    (folder / "manifest.json").write_text(content)
    with pytest.raises(InputError, match=message):
        open_world(folder)


def _first_version(folder: Path) -> None:
    """The manifest as version 1 wrote it: all files in one list, by their path in the world."""
    content = json.loads((folder / "manifest.json").read_text())
    files = content["files"]
    for part in ("model", "dictionaries"):
        files |= {f"{part}/{name}": entry for name, entry in content[part]["files"].items()}
    content = {"format": content["format"], "version": 1, "files": files}
    (folder / "manifest.json").write_text(json.dumps(content))


def test_a_manifest_of_version_1_is_read_and_the_key_stays(folder: Path) -> None:
    newer = open_world(folder)
    _first_version(folder)
    older = open_world(folder)
    assert (older.key, older.model, older.dictionaries) == (newer.key, newer.model, newer.dictionaries)
    (folder / "model" / "config.json").write_text("[]")
    (damage,) = verify_world(folder)
    assert re.search(r"config\.json: damaged, its content differs", damage)


def test_model_and_dictionaries_may_lie_elsewhere_and_are_not_carried(folder: Path, tmp_path: Path) -> None:
    key = open_world(folder).key
    places = {name: (folder / name).rename(tmp_path / name) for name in ("model", "dictionaries")}
    with pytest.raises(InputError, match=r"config\.json: missing"):
        open_world(folder)
    write_manifest(folder, **places)
    world = open_world(folder)
    assert (world.model, world.dictionaries) == (tmp_path / "model", tmp_path / "dictionaries")
    assert world.key == key, "the place does not matter to what was said about features"
    (tmp_path / "dictionaries" / "embed.safetensors").write_bytes(b"abcd")
    with pytest.raises(InputError, match=r"embed\.safetensors: damaged"):
        open_world(folder)


def test_a_world_opens_by_sizes_and_is_verified_by_content(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert verify_world(folder) == []
    hashed = []
    sha256 = manifest._sha256
    monkeypatch.setattr(manifest, "_sha256", lambda file: hashed.append(file) or sha256(file))
    (folder / "dictionaries" / "embed.safetensors").write_bytes(b"abd")
    open_world(folder)
    assert not hashed, "a store of ten gigabytes is not read to show a page"
    (damage,) = verify_world(folder)
    assert re.search(r"embed\.safetensors: damaged, its content differs", damage)
    (folder / "dictionaries" / "embed.safetensors").write_bytes(b"ab")
    with pytest.raises(InputError, match=r"embed\.safetensors: damaged, 2 bytes instead of 3"):
        open_world(folder)


def test_no_folder_at_all(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no world there; name the folder of one"):
        open_world(tmp_path / "nowhere")


BROKEN = [None, [], {}, {"size": "5", "sha256": ""}, {"size": 5}, {"size": 5, "sha256": 1}]


def written(root: Path, **files: object) -> Path:
    """A folder with a manifest that says this of other files than the store."""
    sound = {"size": 0, "sha256": ""}
    part = {"place": "model", "files": {}}
    content = {"format": "circuit-explorer/world", "version": 2, "model": part, "dictionaries": part}
    (root / "world.duckdb").touch()
    told = json.dumps({**content, "files": {"world.duckdb": sound, **files}})
    (root / "manifest.json").write_text(told)
    return root


@pytest.mark.parametrize("entry", BROKEN)
def test_a_manifest_whose_entries_are_damaged_is_told(tmp_path, entry):
    with pytest.raises(InputError, match=r"manifest\.json: damaged"):
        open_world(written(tmp_path, damaged=entry))


def test_a_manifest_that_nests_without_end_is_told(tmp_path):
    (tmp_path / "manifest.json").write_text("[" * 200_000)
    with pytest.raises(InputError, match=r"manifest\.json: damaged, not JSON"):
        open_world(tmp_path)


def test_a_manifest_that_names_what_never_ends_is_told(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    written(tmp_path, pipe={"size": 0, "sha256": ""})
    with pytest.raises(InputError, match="is a pipe"):
        open_world(tmp_path)

"""A world folder opens only when every file is as its manifest says."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from explorer_engine.errors import InputError
from explorer_engine.store.world import open_world, write_manifest
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
    write_manifest(root)
    return root


def test_a_whole_world_opens(folder: Path) -> None:
    world = open_world(folder)
    assert world.store.start.world().title == "Small"
    assert (world.model / "config.json").is_file() and world.dictionaries.name == "dictionaries"
    files = json.loads((folder / "manifest.json").read_text())["files"]
    assert sorted(files) == ["dictionaries/embed.safetensors", "model/config.json", "world.duckdb"]


def test_the_key_stands_for_the_dictionaries_alone(folder: Path) -> None:
    before = open_world(folder).key
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
    with pytest.raises(InputError, match=r"embed\.safetensors: damaged, its content differs"):
        open_world(folder)
    (folder / "dictionaries" / "embed.safetensors").write_bytes(b"ab")
    with pytest.raises(InputError, match=r"embed\.safetensors: damaged, 2 bytes instead of 3"):
        open_world(folder)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "damaged, not JSON"),
        ("[]", "not the manifest of a world"),
        ('{"format": "circuit-explorer/world", "version": 9, "files": {}}', "version 9, this code reads 1"),
        ('{"format": "circuit-explorer/world", "version": 1, "files": {}}', "names no world.duckdb"),
    ],
)
def test_a_manifest_that_is_none_is_told(folder: Path, content: str, message: str) -> None:
    (folder / "manifest.json").write_text(content)
    with pytest.raises(InputError, match=message):
        open_world(folder)


def test_no_folder_at_all(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no world there; name the folder of one"):
        open_world(tmp_path / "nowhere")

"""Worlds of every older version open as this version's, row for row; a kill leaves one that opens."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

import duckdb
import pytest

from explorer_engine.errors import InputError
from explorer_engine.store import migrate
from explorer_engine.store.artefacts import ArtefactStore
from explorer_engine.store.schema import MIGRATIONS, OLDEST_VERSION, current_version
from explorer_engine.world import world
from explorer_engine.world.manifest import Manifest
from explorer_engine.world.renewal import renewed
from explorer_engine.world.world import open_world, write_manifest
from tests.explorer_engine.store.small_world import build, small_world

VERSIONS = {int(file.stem): file for file in (Path(__file__).parent / "versions").glob("*.sql")}


def content(store: Path) -> dict[str, list[tuple]]:
    """All rows of all tables, the derived ones too."""
    with duckdb.connect(str(store), read_only=True) as connection:
        tables = [name for (name,) in connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()]
        return {name: connection.execute(f"SELECT * FROM {name}").fetchall() for name in sorted(tables)}


@pytest.fixture(params=VERSIONS)
def older(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """The small world with a store of an older version."""
    root = tmp_path / "world"
    (root / "dictionaries").mkdir(parents=True)
    (root / "dictionaries" / "embed.safetensors").write_bytes(b"abc")
    with duckdb.connect(str(root / "world.duckdb")) as connection:
        connection.execute(VERSIONS[request.param].read_text(encoding="utf-8"))
    write_manifest(root)
    return root


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[tuple]]:
    return content(build(small_world(), tmp_path_factory.mktemp("small")))


def test_every_older_version_is_tested_and_scripts_are_of_known_versions() -> None:
    assert sorted(VERSIONS) == list(range(OLDEST_VERSION, current_version()))
    assert set(MIGRATIONS) <= set(range(OLDEST_VERSION + 1, current_version() + 1))


def test_an_older_world_opens_as_this_version_row_for_row(older: Path, expected: dict) -> None:
    assert open_world(older).store.start.world().title == "Small"
    assert content(older / "world.duckdb") == expected
    assert sorted(file.name for file in older.iterdir()) == ["dictionaries", "manifest.json", "world.duckdb"]
    entry = json.loads((older / "manifest.json").read_text())["files"]["world.duckdb"]
    assert sorted(entry) == ["sha256", "size"]


def test_the_key_that_judgements_go_by_stays(older: Path) -> None:
    copy = shutil.copytree(older, older.with_name("copy"))
    build(small_world(), copy.parent).rename(copy / "world.duckdb")
    write_manifest(copy)
    assert open_world(older).key == open_world(copy).key


@pytest.mark.parametrize("older", [1], indirect=True)
def test_version_1_called_contrasts_agreement(older: Path) -> None:
    with duckdb.connect(str(older / "world.duckdb")) as connection:
        connection.execute("UPDATE circuit SET kind = 'agreement' WHERE id = 'behaviour-0'")
    write_manifest(older)
    kinds = {row.id: row.kind for row in open_world(older).store.circuits.page().rows}
    assert kinds == {"behaviour-0": "contrast", "classifier-job": "classifier"}


@pytest.mark.parametrize(
    "name, needs",
    [("shift+retrain", "labels"), ("words deleted", "words of the attribute"), ("random", "nothing")],
)
@pytest.mark.parametrize("older", [1, 2], indirect=True)  # later ones say it themselves
def test_rows_of_the_table_say_what_they_needed(older: Path, name: str, needs: str) -> None:
    with duckdb.connect(str(older / "world.duckdb")) as connection:
        connection.execute("UPDATE shift_run SET name = ? WHERE name = 'original'", [name])
    write_manifest(older)
    found = {run.name: run.needs for run in open_world(older).store.classifiers.runs("job")}
    assert found == {name: needs, "oracle": "balanced labels"}


class Killed(BaseException):
    """Nobody catches it, like a kill."""


@pytest.mark.parametrize("written", [False, True])
def test_killed_at_its_manifest_the_world_opens_the_next_time(
    older: Path, expected: dict, monkeypatch: pytest.MonkeyPatch, written: bool
) -> None:
    write = Manifest.write

    def stop(*args: Any) -> Path:
        if written:
            write(*args)
        raise Killed

    monkeypatch.setattr(Manifest, "write", stop)
    with pytest.raises(Killed):
        open_world(older)
    monkeypatch.undo()
    assert open_world(older).store.start.world().title == "Small"
    assert content(older / "world.duckdb") == expected


@pytest.mark.parametrize("older", [max(VERSIONS)], indirect=True)
def test_what_is_published_while_an_older_world_is_opened_stays(
    older: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    migrate_then = world._migrate

    def published_first(root: Path) -> Manifest:
        with renewed(root) as folder:
            shutil.copytree(root / "dictionaries", folder / "dictionaries")
            (folder / "dictionaries" / "embed.safetensors").write_bytes(b"new ones")
            build(small_world(), tmp_path).rename(folder / "world.duckdb")
            write_manifest(folder)
        return migrate_then(root)

    monkeypatch.setattr(world, "_migrate", published_first)
    assert (open_world(older).dictionaries / "embed.safetensors").read_bytes() == b"new ones"
    assert world.verify_world(older) == []


def test_what_a_killed_process_left_is_no_obstacle(older: Path, expected: dict) -> None:
    (older / ".world.duckdb.building").write_bytes(b"half of it")
    with duckdb.connect(str(older / ".world.duckdb.migrating")) as connection:
        connection.execute("CREATE TABLE shift_run AS SELECT 1 AS label")
    open_world(older)
    assert content(older / "world.duckdb") == expected
    assert sorted(file.name for file in older.iterdir()) == ["dictionaries", "manifest.json", "world.duckdb"]


def test_a_row_that_does_not_fit_leaves_the_old_world(older: Path) -> None:
    with duckdb.connect(str(older / "world.duckdb")) as connection:
        connection.execute("UPDATE circuit_node SET feature = 50 WHERE id = 'embed/1'")
    write_manifest(older)
    before = (older / "world.duckdb").read_bytes()
    with pytest.raises(InputError, match=r"circuit_node: .*feature 50 is not in feature"):
        open_world(older)
    assert (older / "world.duckdb").read_bytes() == before


def test_a_world_that_cannot_be_written_says_what_to_do(older: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise duckdb.IOException("IO Error: Cannot open file: Permission denied")

    if os.geteuid() != 0:
        older.chmod(0o555)
    else:  # root may write anywhere
        connect = duckdb.connect
        monkeypatch.setattr(
            migrate.duckdb,
            "connect",
            lambda path, *a, **k: refuse() if ".migrating" in path else connect(path, *a, **k),
        )
    with pytest.raises(InputError, match=r"older code.*make its folder writable, or copy it"):
        open_world(older)
    older.chmod(0o755)


def test_a_store_alone_says_how_it_is_brought_to_this_version(older: Path) -> None:
    with pytest.raises(InputError, match="written by older code; open its world once"):
        ArtefactStore(older / "world.duckdb")

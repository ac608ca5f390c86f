"""Damaged stores are told for what they are, and every statement that was acknowledged comes back."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
from contextlib import closing

import duckdb
import pytest

from explorer_engine.errors import InputError
from explorer_engine.store.judgement_file import Damaged, Locked
from explorer_engine.store.judgement_rescue import backup, copy_opened, repair, restore
from explorer_engine.store.judgements import JudgementStore

NAMES = ("j.duckdb", "j.duckdb.wal", "j.jsonl")
TRIES = int(os.environ.get("DAMAGES", "3"))
"""Of each kind of damage: `DAMAGES=8` feeds 133 damaged sets of files."""

WRITER = """
import sys
from explorer_engine.store.judgements import JudgementStore
store = JudgementStore(sys.argv[1])
for number in range(int(sys.argv[2])):
    store.judge("Bo", f"embed/{number}", "spurious", "c")
print("said", flush=True)
sys.stdin.read()
"""


def flip(content: bytearray, r: random.Random) -> None:
    content[r.randrange(len(content))] ^= 1 << r.randrange(8)


def zero(content: bytearray, r: random.Random) -> None:
    at = r.randrange(len(content))
    content[at : at + 512] = bytes(len(content[at : at + 512]))


def cut(content: bytearray, r: random.Random) -> None:
    del content[r.randrange(1, len(content)) :]


def gone(content: bytearray, r: random.Random) -> None:
    content.clear()


@pytest.fixture(scope="module")
def left(tmp_path_factory):
    """The three files that a killed process leaves: half of the statements are in the .wal alone."""
    folder = tmp_path_factory.mktemp("left")
    with closing(JudgementStore(folder / "j.duckdb")) as store:
        for number in range(20):
            store.judge("Ada", f"embed/{number}", "relevant", "c")
        store.undo("Ada")
    process = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(folder / "j.duckdb"), "20"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None and process.stdout.readline() == b"said\n"
    process.kill()
    process.wait()
    assert all((folder / name).stat().st_size for name in NAMES)
    return folder


@pytest.fixture(scope="module")
def told(left):
    with copy_opened(left / "j.duckdb") as store:
        assert len(store.events()) == 41 and store.notice is None
        return store.events()


@pytest.fixture
def files(left, tmp_path):
    """A fresh copy of them."""

    def files(name):
        folder = tmp_path / name
        shutil.copytree(left, folder)
        return folder / "j.duckdb"

    return files


def opened_or_repaired(path):
    """The statements as the app gets them, or after the command that the message names."""
    before = {file.name: file.read_bytes() for file in path.parent.iterdir()}
    try:
        with closing(JudgementStore(path)) as store:
            return store.events(), store.notice
    except Damaged as problem:
        assert "judgements repair" in str(problem) and "process" not in str(problem)
        found = {file.name: file.read_bytes() for file in path.parent.iterdir()}
        assert found == before, "nothing is changed or made beside what is damaged"
        put = repair(path)
        kept = {file.name: file.read_bytes() for file in put.aside.iterdir()}
        assert kept == before, "what was there is kept"
        with closing(JudgementStore(path)) as store:
            return store.events(), str(problem)


@pytest.mark.parametrize("damage", [flip, zero, cut, gone], ids=lambda damage: damage.__name__)
@pytest.mark.parametrize("which", [*[(name,) for name in NAMES], NAMES[:2], NAMES[1:]], ids="+".join)
def test_no_statement_is_lost_while_one_of_file_and_log_is_whole(files, told, damage, which):
    for seed in range(1 if damage is gone else TRIES):
        path, r = files(f"{seed}"), random.Random(seed)
        for name in which:
            file = path.with_name(name)
            content = bytearray(file.read_bytes())
            damage(content, r)
            file.write_bytes(content) if damage is not gone else file.unlink()
        events, said = opened_or_repaired(path)
        if which != NAMES[1:]:  # then the file holds what it had taken up
            assert events == told, (seed, said)
        else:
            assert set(told[:21]) <= set(events), (seed, said)
            assert events == told or said, (seed, said)
        shutil.rmtree(path.parent)


def test_a_lost_write_ahead_log_is_told(files, told):
    path = files("one")
    path.with_name("j.duckdb.wal").unlink()
    with closing(JudgementStore(path)) as store:
        assert store.events() == told
        assert "20 statements were missing from j.duckdb; back from j" in store.notice
        assert store.judge("Cy", "embed/1", "unsure", "c").id > max(event.id for event in told)


def test_nothing_is_made_beside_an_orphan(files, told):
    path = files("one")
    path.unlink()
    with pytest.raises(Damaged, match=r"j\.duckdb\.wal: holds statements, but its store j\.duckdb is gone"):
        JudgementStore(path)
    assert not path.exists() and path.with_name("j.duckdb.wal").exists()
    put = repair(path)
    assert put.n_events == len(told) and (put.aside / "j.duckdb.wal").exists()


@pytest.mark.parametrize("seed", range(TRIES))
def test_of_an_older_store_without_a_log_all_before_the_damage_comes_back(files, told, seed):
    path, r = files("one"), random.Random(seed)
    path.with_name("j.jsonl").unlink()
    wal = path.with_name("j.duckdb.wal")
    content = bytearray(wal.read_bytes())
    at = r.randrange(len(content) // 2, len(content))
    content[at] ^= 8
    wal.write_bytes(content)
    with pytest.raises(Damaged, match="not a readable judgement store"):
        JudgementStore(path)
    put = repair(path)
    assert any("is damaged from byte" in said for said in put.lost)
    with closing(JudgementStore(path)) as store:
        kept = store.events()
        assert kept == told[: len(kept)] and len(kept) > 21 + 20 * (at / len(content) - 0.2)


def test_an_empty_file_of_a_full_disk_is_mended(tmp_path):
    (tmp_path / "j.duckdb").touch()
    with closing(JudgementStore(tmp_path / "j.duckdb")) as store:
        assert store.judge("Ada", "embed/1", "spurious").id == 1


def test_a_backup_while_another_process_writes_holds_all_that_was_said(tmp_path):
    path = tmp_path / "data" / "j.duckdb"
    process = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path), "30"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdout is not None and process.stdout.readline() == b"said\n"
    try:
        with pytest.raises(Locked, match="has the judgements open"):
            JudgementStore(path)
        assert backup(path, tmp_path / "saved.duckdb") == (30, 0)
        shutil.copy(path.with_suffix(".jsonl"), tmp_path / "copied.jsonl")
        for saved in ("saved.duckdb", "copied.jsonl"):
            with pytest.raises(Locked):
                restore(path, tmp_path / saved)
        with pytest.raises(Locked):
            repair(path)
    finally:
        process.kill()
        process.wait()
    for saved in ("saved.duckdb", "copied.jsonl"):
        put = restore(tmp_path / saved[:3] / "j.duckdb", tmp_path / saved)
        assert (put.n_events, put.aside) == (30, None)


def test_what_a_restored_backup_replaces_is_kept(files, told, tmp_path):
    path = files("one")
    backup(path, tmp_path / "saved.duckdb")
    with closing(JudgementStore(path)) as store:
        store.label("Cy", "embed/1", "said later")
    put = restore(path, tmp_path / "saved.duckdb")
    with closing(JudgementStore(path)) as store:
        assert store.events() == told and store.notice is None
    with closing(JudgementStore(put.aside / "j.duckdb")) as store:
        assert store.labels()["embed/1"].text == "said later"


@pytest.mark.parametrize("content", [b"", b"no statement\n", b"\x00" * 100])
def test_what_is_no_backup_changes_nothing(files, told, tmp_path, content):
    path = files("one")
    for name in ("saved.duckdb", "saved.jsonl"):
        (tmp_path / name).write_bytes(content)
        if content or name.endswith("jsonl"):
            with pytest.raises(InputError, match="saved"):
                restore(path, tmp_path / name)
    with closing(JudgementStore(path)) as store:
        assert store.events() == told


def test_another_programs_database_is_not_taken_for_a_store(tmp_path):
    with duckdb.connect(str(tmp_path / "j.duckdb")) as connection:
        connection.execute("CREATE TABLE theirs (n INTEGER)")
    with pytest.raises(InputError, match=r"it holds other tables.; choose another file"):
        JudgementStore(tmp_path / "j.duckdb")
    with duckdb.connect(str(tmp_path / "j.duckdb")) as connection:
        assert connection.execute("SELECT count(*) FROM duckdb_tables()").fetchall() == [(1,)]


def test_a_log_that_cannot_be_read_is_not_replaced(files, told):
    path = files("one")
    log = path.with_name("j.jsonl")
    kept = log.rename(log.with_name("kept"))
    log.mkdir()
    with pytest.raises(InputError, match="cannot be written"):
        JudgementStore(path)
    log.rmdir()
    kept.rename(log)
    with closing(JudgementStore(path)) as store:
        assert store.events() == told and store.notice is None

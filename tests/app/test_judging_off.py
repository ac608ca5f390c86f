"""Where nothing can be said pages are read as before, and a line says why; what was typed is kept."""

from __future__ import annotations

import errno
import subprocess
import sys
from contextlib import closing

import duckdb
import pytest

from app import judgement_stores, world
from explorer_engine.errors import InputError
from explorer_engine.store.judgement_log import JudgementLog
from explorer_engine.store.judgements import JudgementStore
from tests.markup import parse, select
from tests.precompute.disk import small_disk

PAGES = ("behaviours", "circuit", "features", "judge", "shift")
HOLDER = """
import sys
from explorer_engine.store.judgements import JudgementStore
store = JudgementStore(sys.argv[1])
store.label("Bo", "embed/1", "first")
print("open", flush=True)
for line in sys.stdin:
    store.label("Bo", line.strip(), "said elsewhere")
    print("said", flush=True)
"""


@pytest.fixture
def path(tmp_path):
    return tmp_path / "judgements.duckdb"


@pytest.fixture
def elsewhere(path):
    """Another server has the judgements open; `elsewhere(target)` labels something there."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdin is not None and process.stdout is not None
    assert process.stdout.readline() == "open\n"

    def say(target):
        process.stdin.write(f"{target}\n")
        process.stdin.flush()
        assert process.stdout.readline() == "said\n"

    yield say
    process.kill()
    process.wait()


def words(at, markup):
    assert not at.exception, at.exception[0].message
    return parse(markup(at)).text


def offered(at):
    """The buttons by which something is said."""
    return {button.label for button in at.button} & {"Spurious", "Label", "Undo"}


@pytest.mark.parametrize("page", PAGES)
def test_beside_another_server_pages_are_read_and_nothing_is_offered(elsewhere, page, open_page, markup):
    at = open_page(page)
    said = words(at, markup)
    assert "has the judgements open" in said and len(said) > 500
    assert not offered(at) and not select(markup(at), data_act="spurious")
    assert world.judgements().labels()["embed/1"].text == "first"


def test_what_is_said_at_the_other_server_is_seen_and_judging_comes_back(elsewhere, path, monkeypatch):
    monkeypatch.setattr(judgement_stores, "_PATIENCE", 0.0)
    assert world.judgements().closed
    elsewhere("embed/2")
    assert world.judgements().labels()["embed/2"].text == "said elsewhere"


@pytest.mark.parametrize("page", PAGES)
def test_with_a_damaged_store_pages_are_read(path, page, open_page, markup):
    path.write_bytes(b"no store at all" * 500)
    at = open_page(page)
    assert "not a readable judgement store" in words(at, markup) and not offered(at)
    path.unlink()


def test_judging_goes_on_once_the_store_is_well(path, open_page, markup, monkeypatch):
    monkeypatch.setattr(judgement_stores, "_PATIENCE", 0.0)
    path.write_bytes(b"no store at all" * 500)
    assert "Label" not in offered(open_page("features"))
    path.unlink()
    assert "Label" in offered(open_page("features"))
    world.judgements().close()


def test_of_a_store_on_a_read_only_disk_everything_is_read(tmp_path):
    (tmp_path / "small").mkdir()
    with small_disk(tmp_path / "small", 16 << 20):
        path = tmp_path / "small" / "judgements.duckdb"
        with closing(JudgementStore(path)) as store:
            store.label("Bo", "embed/1", "said before")
        subprocess.run(["mount", "-o", "remount,ro", str(tmp_path / "small")], check=True)
        kept = judgement_stores.Kept(path, ()).get()
        assert kept.closed and "cannot be written" in kept.closed
        assert kept.labels()["embed/1"].text == "said before"
        with pytest.raises(InputError, match="cannot be written"):
            kept.label("Bo", "embed/1", "said now")


def full(self, events):
    raise OSError(errno.ENOSPC, "No space left on device")


def test_on_a_full_disk_the_click_says_so_and_what_was_typed_stays(open_page, markup, monkeypatch):
    at = open_page("features", feature="resid_0/1")
    at.session_state.annotator = "Ada"
    next(b for b in at.button if b.label == "Label").click().run()
    with monkeypatch.context() as patched:
        patched.setattr(JudgementLog, "append", full)
        field = next(t for t in at.text_input if t.label == "Label")
        field.input("commas after names").run()
        assert not at.exception
        assert any("the disk is full, so nothing was kept" in toast.value for toast in at.toast)
        field = next(t for t in at.text_input if t.label == "Label")
        assert field.value == "commas after names"
        assert world.judgements().labels() == {}
    field.input("commas after names ").run()
    assert world.judgements().labels()["resid_0/1"].text == "commas after names"


def test_a_store_that_duckdb_gives_up_is_opened_again(monkeypatch):
    def broken(self, events):
        raise duckdb.FatalException("FATAL Error: database has been invalidated")

    first = world.judgements()
    first.label("Ada", "embed/1", "said before")
    with monkeypatch.context() as patched:
        patched.setattr(JudgementLog, "append", broken)
        with pytest.raises(InputError):
            first.label("Ada", "embed/2", "lost")
    assert first.closed
    again = world.judgements()
    assert again is not first and not again.closed
    again.label("Ada", "embed/3", "goes on")
    assert {target: label.text for target, label in again.labels().items()} == {
        "embed/1": "said before", "embed/3": "goes on"
    }  # fmt: skip
    again.close()


def test_a_full_disk_loses_nothing_and_is_mended(tmp_path):
    (tmp_path / "small").mkdir()
    with small_disk(tmp_path / "small", 2 << 20) as disk:
        path = tmp_path / "small" / "judgements.duckdb"
        store = JudgementStore(path)
        said = []
        with pytest.raises(InputError, match="the disk is full, so nothing was kept"):
            while True:
                said.append(store.note("Ada", "embed/1", "x" * 2000))
        assert list(store.events()) == said
        disk.grow(4 << 20)
        store.close()
        with closing(JudgementStore(path)) as again:
            assert list(again.events()) == said
            again.note("Ada", "embed/1", "there is room")

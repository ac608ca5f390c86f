"""What people say is kept as they said it: events, undo, votes, labels, migration, one process at a time."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from explorer_engine.errors import InputError
from explorer_engine.formats.judgement_lines import read_events, to_lines
from explorer_engine.store.judgement_file import MIGRATIONS
from explorer_engine.store.judgements import JudgementStore
from explorer_engine.store.opinions import Votes

HOSTILE = "<script>alert(1)</script> \u202e'; DROP TABLE event; -- $x$ \x00 \U0001f469\u200d\U0001f52c"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[JudgementStore]:
    opened = JudgementStore(tmp_path / "judgements.duckdb")
    yield opened
    opened.close()


def test_statements_survive_closing(tmp_path: Path) -> None:
    first = JudgementStore(tmp_path / "data" / "judgements.duckdb")
    said = [first.judge("Ada", "resid_0/1", "spurious", "c"), first.label("Ada", "resid_0/1", HOSTILE)]
    first.close()
    second = JudgementStore(tmp_path / "data" / "judgements.duckdb")
    assert list(second.events()) == said
    assert second.labels()["resid_0/1"].text == HOSTILE.strip()
    second.close()


def test_the_last_word_of_each_person_counts(store: JudgementStore) -> None:
    store.judge("Ada", "embed/1", "spurious", "c")
    store.judge("Bela", "embed/1", "relevant", "c")
    store.judge("Ada", "embed/1", "unsure", "c")
    store.judge("Ada", "embed/1", "relevant", "other circuit")
    assert store.votes("c") == {"embed/1": Votes(relevant=("Bela",), unsure=("Ada",))}
    assert store.mine("Ada", "c") == {"embed/1": "unsure"} and store.mine("Bela", "c") == {
        "embed/1": "relevant"
    }
    assert len(store.events()) == 4


def test_a_judgement_can_be_taken_back(store: JudgementStore) -> None:
    store.judge("Ada", "embed/1", "spurious", "c")
    store.judge("Ada", "embed/1", None, "c")
    assert store.mine("Ada", "c") == {} and store.votes("c") == {} and not store.judged()
    store.label("Ada", "embed/1", "a name")
    store.label("Ada", "embed/1", "  ")
    assert store.labels() == {}


def test_undo_is_an_event_and_brings_back_what_was_before(store: JudgementStore) -> None:
    store.judge("Ada", "embed/1", "relevant", "c")
    spurious = store.judge("Ada", "embed/1", "spurious", "c")
    store.judge("Bela", "embed/1", "spurious", "c")
    assert store.undo("Ada", "c") == spurious
    assert store.mine("Ada", "c") == {"embed/1": "relevant"}
    assert store.undo("Ada", "c") is not None and store.mine("Ada", "c") == {}
    assert store.undo("Ada", "c") is None
    assert store.mine("Bela", "c") == {"embed/1": "spurious"}
    assert [event.kind for event in store.events()] == ["judgement"] * 3 + ["undo"] * 2
    store.judge("Ada", "embed/1", "unsure", "c")
    assert store.mine("Ada", "c") == {"embed/1": "unsure"}


def test_undo_in_one_scope_leaves_others(store: JudgementStore) -> None:
    store.judge("Ada", "embed/1", "spurious", "c")
    store.label("Ada", "embed/1", "a name")
    undone = store.undo("Ada", "c")
    assert undone is not None and undone.kind == "judgement"
    assert store.labels()["embed/1"].text == "a name"


def test_policies_of_what_to_ablate(store: JudgementStore) -> None:
    said = {
        "embed/1": ["spurious", "spurious", "relevant"],
        "embed/2": ["relevant", "spurious", "unsure"],
        "embed/3": ["spurious", "unsure", "skip"],
        "embed/4": ["relevant", "skip", "unsure"],
    }
    for target, judgements in said.items():
        for name, judgement in zip(("Ada", "Bela", "Chen"), judgements, strict=True):
            store.judge(name, target, judgement, "c")  # type: ignore[arg-type]
    assert store.spurious("c", "mine", "Ada") == {"embed/1", "embed/3"}
    assert store.spurious("c", "mine", "Dora") == frozenset()
    assert store.spurious("c", "majority") == {"embed/1", "embed/3"}
    assert store.spurious("c", "any") == {"embed/1", "embed/2", "embed/3"}
    assert store.spurious("another circuit", "any") == frozenset()
    assert store.votes("c")["embed/2"].majority == "unsure" and Votes().majority is None


def test_opinions_gather_what_each_person_says(store: JudgementStore) -> None:
    store.label("Ada", "embed/1", "old name")
    store.label("Ada", "embed/1", "new name")
    store.rate("Ada", "embed/1", "interpretability", 88)
    store.judge("Bela", "embed/1", "relevant", "c")
    store.note("Bela", "embed/1", "also letters")
    ada, bela = store.opinions("embed/1")
    assert (ada.annotator, ada.label, ada.interpretability, ada.judgement) == ("Ada", "new name", 88, None)
    assert (bela.judgement, bela.note, bela.label) == ("relevant", "also letters", None)
    assert [o.judgement for o in store.opinions("embed/1", "other")] == [None, None]
    assert store.labels("Bela") == {} and store.labels()["embed/1"].annotator == "Ada"
    assert store.judged() == {"embed/1"} and store.judged("Ada") == frozenset()
    rows = store.export_rows()
    assert [(row["target"], row["annotator"], row["label"]) for row in rows] == [
        ("embed/1", "Ada", "new name"),
        ("embed/1", "Bela", None),
    ]


def test_the_version_changes_with_every_statement(store: JudgementStore) -> None:
    versions = [store.version]
    for act in (lambda: store.judge("Ada", "embed/1", "spurious"), lambda: store.undo("Ada")):
        act()
        versions.append(store.version)
    assert len(set(versions)) == 3


def test_import_keeps_time_author_and_undo(store: JudgementStore, tmp_path: Path) -> None:
    store.judge("Ada", "embed/1", "relevant", "c")
    store.judge("Ada", "embed/1", "spurious", "c")
    store.undo("Ada")
    other = JudgementStore(tmp_path / "other.duckdb")
    other.judge("Bela", "embed/1", "spurious", "c")
    assert other.add_all(store.events()) == 3
    assert other.mine("Ada", "c") == {"embed/1": "relevant"} and other.mine("Bela", "c") == {
        "embed/1": "spurious"
    }
    assert [event.time for event in other.events("Ada")] == [event.time for event in store.events()]
    other.close()


@pytest.mark.parametrize(
    ("name", "target", "judgement", "message"),
    [
        (" ", "embed/1", "spurious", "needs its author's name"),
        (" Imported: me", "embed/1", "spurious", "those of imported files; choose another"),
        ("A" * 81, "embed/1", "spurious", "81 characters"),
        ("Ada", "", "spurious", "needs a target"),
        ("Ada", "embed/1", "wrong", "'wrong' is not one of"),
    ],
)
def test_bad_statements_are_refused(
    store: JudgementStore, name: str, target: str, judgement: str, message: str
) -> None:
    with pytest.raises(InputError, match=message):
        store.judge(name, target, judgement)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="outside 0–100"):
        store.rate("Ada", "embed/1", "complexity", 101)
    with pytest.raises(InputError, match="2001 characters"):
        store.note("Ada", "embed/1", "x" * 2001)
    assert store.events() == ()


def test_many_threads_lose_nothing(store: JudgementStore) -> None:
    def say(name: str) -> None:
        for number in range(20):
            store.judge(name, f"embed/{number}", "spurious", "c")

    threads = [threading.Thread(target=say, args=(f"person {i}",)) for i in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(store.events()) == 120
    assert all(len(votes.spurious) == 6 for votes in store.votes("c").values())


def test_a_second_process_is_told_who_has_the_file(store: JudgementStore) -> None:
    code = (
        "import sys; from explorer_engine.store.judgements import JudgementStore\n"
        "from explorer_engine.errors import InputError\n"
        "try: JudgementStore(sys.argv[1])\n"
        "except InputError as error: print(error)"
    )
    told = subprocess.run(
        [sys.executable, "-c", code, str(store.path)], capture_output=True, text=True, check=True
    )
    assert "has the judgements open; stop it, or choose another file" in told.stdout
    assert "process" in told.stdout


def test_a_judgement_keeps_what_was_seen_and_how_long_it_took(store: JudgementStore, tmp_path: Path) -> None:
    told = store.judge("Ada", "embed/1", "spurious", "c", seen="tokens,contexts", seconds=3.14)
    store.judge("Ada", "embed/2", "relevant", "c")
    assert (told.seen, told.seconds) == ("contexts,tokens", 3.1)
    lines = to_lines(store.events())
    (tmp_path / "said.jsonl").write_text(lines, "utf-8")
    assert tuple(read_events(tmp_path / "said.jsonl")) == store.events()
    assert "seen" not in lines.splitlines()[1], "a line says nothing of what was not recorded"
    for wrong in ({"seen": "the answer"}, {"seconds": -1.0}, {"seconds": float("nan")}):
        with pytest.raises(InputError):
            store.judge("Ada", "embed/1", "unsure", "c", **wrong)
    assert len(store.events()) == 2


def of_version(path: Path, version: int) -> Path:
    """A store as older code left it, with one judgement."""
    with duckdb.connect(str(path)) as connection:
        for script in MIGRATIONS[:version]:
            connection.execute(script.read_text(encoding="utf-8"))
        connection.execute("INSERT INTO schema_version VALUES (?)", [version])
        connection.execute(
            """INSERT INTO event (time, annotator, kind, target, value)
               VALUES (TIMESTAMP '2026-01-02 03:04:05', 'Ada', 'judgement', 'embed/1', 'spurious')"""
        )
    return path


def test_what_was_judged_before_that_was_recorded_counts(tmp_path: Path) -> None:
    store = JudgementStore(of_version(tmp_path / "judgements.duckdb", 4))
    assert [(e.value, e.seen, e.seconds) for e in store.events()] == [("spurious", None, None)]
    store.judge("Ada", "embed/2", "relevant", seen="", seconds=2.0)
    assert store.mine("Ada") == {"embed/1": "spurious", "embed/2": "relevant"}
    store.undo("Ada")
    assert store.mine("Ada") == {"embed/1": "spurious"}
    store.close()


def test_a_store_of_older_code_is_read_where_it_cannot_be_written(tmp_path: Path) -> None:
    path = of_version(tmp_path / "judgements.duckdb", 4)
    assert JudgementStore(path, readable_only="why").mine("Ada") == {"embed/1": "spurious"}


def test_a_file_of_version_1_is_migrated_and_kept_aside(tmp_path: Path) -> None:
    path = tmp_path / "judgements.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute(MIGRATIONS[0].read_text(encoding="utf-8"))
        connection.execute("INSERT INTO schema_version VALUES (1)")
        connection.execute(
            """INSERT INTO event (time, annotator, kind, target, value)
               VALUES (TIMESTAMP '2026-01-02 03:04:05', 'Ada', 'judgement', 'embed/1', 'spurious')"""
        )
    store = JudgementStore(path)
    (event,) = store.events()
    assert (event.annotator, event.value, event.scope) == ("Ada", "spurious", "")
    assert store.mine("Ada") == {"embed/1": "spurious"}
    store.judge("Ada", "embed/1", "relevant", "c")
    assert store.mine("Ada", "c") == {"embed/1": "relevant"}
    store.close()
    with duckdb.connect(str(tmp_path / "judgements.duckdb.v1"), read_only=True) as old:
        assert old.execute("SELECT version FROM schema_version").fetchall() == [(1,)]
        assert old.execute("SELECT count(*) FROM event").fetchall() == [(1,)]
    again = JudgementStore(path)
    assert len(again.events()) == 2
    again.close()


def test_a_file_of_newer_code_is_refused_unharmed(tmp_path: Path) -> None:
    path = tmp_path / "judgements.duckdb"
    JudgementStore(path).close()
    with duckdb.connect(str(path)) as connection:
        connection.execute("INSERT INTO schema_version VALUES (99)")
    with pytest.raises(InputError, match="schema version 99, this code knows 5; update the code"):
        JudgementStore(path)


def test_what_is_no_judgement_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "judgements.duckdb").write_bytes(b"no database" * 1000)
    with pytest.raises(InputError, match="not a readable judgement store"):
        JudgementStore(tmp_path / "judgements.duckdb")


def test_a_place_that_is_no_file_is_refused_at_once(tmp_path):
    os.mkfifo(tmp_path / "pipe.duckdb")
    (tmp_path / "circle.duckdb").symlink_to("circle.duckdb")
    os.mkfifo(tmp_path / "logged.jsonl")
    for name in ("pipe", "circle", "logged"):
        with pytest.raises(InputError, match=rf"{name}\."):
            JudgementStore(tmp_path / f"{name}.duckdb")

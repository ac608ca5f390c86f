"""Judgements in and out: nothing lost, nothing twice, nobody overwritten by an imported source."""

from __future__ import annotations

import csv
import json
from contextlib import closing

import pytest

from explorer_engine.store.judgements import JudgementStore
from explorer_engine.store.opinions import IMPORTED
from explorer_engine.world.world import open_world
from precompute.cli import main
from tests.worlds import build_world


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    return build_world(tmp_path_factory.mktemp("judged") / "world")


@pytest.fixture
def call(world, tmp_path, capsys):
    """Calls the command on the judgements in a folder; what it said."""

    def call(action, *more, place="here", status=0):
        given = ["--world", str(world), "--judgements", str(tmp_path / place)]
        assert main(["judgements", action, *map(str, more), *given]) == status
        said = capsys.readouterr()
        return said.err if status else said.out

    return call


def opened(world, folder):
    return closing(JudgementStore(folder / f"judgements-{open_world(world).key}.duckdb"))


@pytest.fixture
def told(world, tmp_path):
    """What two people said, some of it taken back."""
    with opened(world, tmp_path / "here") as store:
        store.label("Ada", "resid_0/3", "commas; =1+1")
        store.judge("Bo", "resid_0/3", "spurious", "classifier-job")
        store.note("Ada", "resid_0/3", "twice\na line")
        store.rate("Bo", "embed/1", "interpretability", 70)
        store.judge("Bo", "embed/1", "relevant", "classifier-job")
        store.undo("Bo")
        return store.events()


def test_every_statement_comes_back_once(world, tmp_path, told, call):
    call("export", "--out", tmp_path / "all.jsonl")
    assert "6 statements" in call("import", tmp_path / "all.jsonl", place="there")
    assert "0 statements" in call("import", tmp_path / "all.jsonl", place="there")
    with opened(world, tmp_path / "there") as store:
        assert store.events() == told
        store.judge("Cy", "embed/1", "unsure", "classifier-job")
        store.undo("Cy")
        store.undo("Bo")
    call("export", "--out", tmp_path / "more.jsonl", place="there")
    with opened(world, tmp_path / "here") as store:
        for number in range(9):  # ids of other statements here than there
            store.label("Di", f"embed/{number}", "its own, meanwhile")
    assert "3 statements" in call("import", tmp_path / "more.jsonl")
    with opened(world, tmp_path / "here") as store:
        assert store.mine("Cy", "classifier-job") == {}
        assert store.mine("Bo", "classifier-job") == {"resid_0/3": "spurious"}
        said = {opinion.annotator: opinion for opinion in store.opinions("embed/1")}
        assert said.keys() == {"Di"}, "Bo's rating was taken back there"
        assert len(store.labels("Di")) == 9


def test_an_imported_source_stands_behind_people(world, tmp_path, told, call):
    rows = [
        {"Name": "resid_0/3", "Annotation": "punctuation", "Notes": "as published"},
        {"Name": "embed/2", "Annotation": "his"},
        {"Name": "embed/2", "Annotation": "her"},
        {"Name": "embed/3"},
    ]
    (tmp_path / "pythia.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert "1 without an annotation" in (said := call("import", tmp_path / "pythia.jsonl"))
    assert "3 new statements of imported: pythia" in said
    assert "0 new statements" in call("import", tmp_path / "pythia.jsonl")
    with opened(world, tmp_path / "here") as store:
        labels = store.labels()
        assert (labels["resid_0/3"].text, labels["resid_0/3"].annotator) == ("commas; =1+1", "Ada")
        assert (labels["embed/2"].text, labels["embed/2"].annotator) == ("his; her", f"{IMPORTED}pythia")
        assert {said.annotator for said in store.opinions("resid_0/3")} == {"Ada", "Bo", f"{IMPORTED}pythia"}


def test_labels_go_out_as_published_and_as_a_table(tmp_path, told, call):
    call("export", "--out", tmp_path / "labels.jsonl", "--form", "published")
    (row,) = map(json.loads, (tmp_path / "labels.jsonl").read_text().splitlines())
    assert (row["Name"], row["Annotation"], row["Notes"]) == ("resid_0/3", "commas; =1+1", "twice\na line")
    call("export", "--out", tmp_path / "now.csv", "--form", "csv")
    rows = list(csv.DictReader((tmp_path / "now.csv").open(newline="")))
    assert {(row["target"], row["annotator"]) for row in rows} == {
        ("resid_0/3", "Ada"), ("resid_0/3", "Bo"), ("embed/1", "Bo"),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"kind": "rumour"}, "line 1: kind 'rumour' is not one of"),
        ({"value": "guilty", "kind": "judgement"}, "line 1: judgement 'guilty'"),
        ({"time": "yesterday"}, "line 1: time 'yesterday' is no date"),
        ({"target": 7}, "line 1: target is 7"),
        ({"undoes": "2"}, "line 1: id and undoes are numbers"),
        ({"undoes": {}}, "line 1: id and undoes are numbers"),
    ],
)
def test_a_damaged_statement_is_told_and_nothing_is_kept(tmp_path, told, call, change, said):
    call("export", "--out", tmp_path / "all.jsonl")
    rows = [json.loads(line) for line in (tmp_path / "all.jsonl").read_text().splitlines()]
    rows[0] |= change
    (tmp_path / "bad.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert said in call("import", tmp_path / "bad.jsonl", place="there", status=2)
    call("export", "--out", tmp_path / "none.jsonl", place="there")
    assert (tmp_path / "none.jsonl").read_text() == ""


def test_explanations_go_in_and_out_as_they_came(world, tmp_path, told, call):
    rows = [
        {"site": "resid_0", "feature": 3, "explanation": "commas", "by": "us", "score": 0.5},
        {"site": "embed", "feature": 2, "explanation": "his <b>"},
        {"site": "embed", "feature": 99, "explanation": "no such feature"},
    ]
    (tmp_path / "ours.v2.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    said = call("import", tmp_path / "ours.v2.jsonl")
    assert "2 examples, 1 dropped (1 of features that this world does not have, as embed/99)" in said
    assert "2 new explanations" in said and "0 new" in call("import", tmp_path / "ours.v2.jsonl")
    call("export", "--form", "explanations", "--out", tmp_path / "out.jsonl")
    assert list(map(json.loads, (tmp_path / "out.jsonl").read_text().splitlines())) == rows[:2]
    with opened(world, tmp_path / "here") as store:
        assert store.labels()["resid_0/3"].annotator == "Ada" and store.events() == told
        assert [e.source for e in store.explanations.of("embed/2")] == ["imported: ours"]
    (tmp_path / "bad.jsonl").write_text(json.dumps({**rows[0], "explanation": "new"}) + "\n{")
    assert "bad.jsonl, line 2 is not JSON" in call("import", tmp_path / "bad.jsonl", status=2)
    with opened(world, tmp_path / "here") as store:
        assert store.explanations.n == 2


def test_statements_about_behaviours_that_are_gone_are_listed(world, tmp_path, call):
    assert "0 statements are about behaviours" in call("check")
    with opened(world, tmp_path / "here") as store:
        store.label("Ada", "behaviour-0@00000000", "old <b>lists")
        store.judge("Bo", "embed/1", "spurious", "behaviour-99999999999@0")
        store.judge("Bo", "embed/2", "relevant", "behaviour-99@0")
    said = call("check")
    assert "Ada, behaviour-0@00000000, label: old <b>lists" in said
    assert "Bo, behaviour-99@0, judgement of embed/2: relevant" in said and "2 statements are" in said


def test_a_backup_is_put_back_and_a_damaged_store_repaired(world, tmp_path, told, call):
    (store,) = (tmp_path / "here").glob("*.duckdb")
    assert "6 statements and 0 explanations, all of" in call("backup", "--out", tmp_path / "saved.duckdb")
    assert "6 statements and 0 explanations, all readable" in call("check")
    store.write_bytes(b"block " * 2000)
    for action in ("check", "export", "import"):
        more = {"check": (), "export": ("--out", tmp_path / "x"), "import": (tmp_path / "saved.duckdb",)}
        said = call(action, *more[action], status=2)
        assert f"{store.name}: not a readable judgement store" in said and "judgements repair" in said
    assert "6 statements" in (said := call("repair")) and "is kept in" in said
    with opened(world, tmp_path / "here") as again:
        assert again.events() == told
        again.label("Cy", "embed/2", "later")
    assert "is kept in" in call("restore", tmp_path / "saved.duckdb")
    with opened(world, tmp_path / "here") as again:
        assert again.events() == told
    assert "no such file" in call("restore", tmp_path / "nothing.duckdb", status=2)
    assert "no judgements there" in call("backup", "--out", tmp_path / "none", place="nowhere", status=2)


def test_an_organiser_hides_statements_and_closes_names(world, tmp_path, told, call):
    assert "1 statements are hidden" in call("hide", 1, "--by", "Org")
    assert "closed" in (said := call("close", "Bo", "--hide")) and "2 statements are hidden" in said
    with opened(world, tmp_path / "here") as store:
        assert store.labels() == {} and store.judged() == frozenset()
    assert "1 statements are shown again" in call("hide", 1, "--undo")
    assert "open again" in call("close", "Bo", "--undo")
    with opened(world, tmp_path / "here") as store:
        assert store.labels()["resid_0/3"].annotator == "Ada" and set(told) <= set(store.events())


def test_what_was_said_under_the_older_key_is_exported(world, tmp_path, call):
    (tmp_path / "here").mkdir()
    (older,) = open_world(world).older_keys
    with closing(JudgementStore(tmp_path / "here" / f"judgements-{older}.duckdb")) as store:
        store.label("Ada", "embed/1", "from before")
    call("export", "--out", tmp_path / "all.jsonl")
    assert "from before" in (tmp_path / "all.jsonl").read_text()


def test_an_export_of_nothing_leaves_an_older_one_as_it_is(tmp_path, told, call):
    call("export", "--out", tmp_path / "all.jsonl")
    before = (tmp_path / "all.jsonl").read_text()
    said = call("export", "--out", tmp_path / "all.jsonl", place="misspelt", status=2)
    assert "no judgements there" in said and (tmp_path / "all.jsonl").read_text() == before


def test_a_line_of_the_log_that_is_no_statement_is_damage_that_is_told(world, tmp_path, told, call):
    (log,) = (tmp_path / "here").glob("*.jsonl")
    log.write_text(log.read_text() + "1.5\n[]\n")
    assert "6 statements" in call("check")


def test_backups_by_date_keep_the_newest_and_each_can_be_put_back(world, tmp_path, told, call):
    kept = tmp_path / "kept"
    kept.mkdir()
    mine = [kept / "notes.txt", kept / f"judgements-{open_world(world).key}.2026-01-01.duckdb"]
    for file in mine:
        file.write_text("mine")
    said = [call("backup", "--into", kept, "--keep", 2) for _ in range(3)]
    assert all("6 statements and 0 explanations" in line for line in said)
    files = sorted(set(kept.iterdir()) - set(mine))
    assert [str(file) for file in files] == [line.partition(": ")[0] for line in said[1:]], "the newest two"
    assert all(file.read_text() == "mine" for file in mine), "nothing else is touched"
    with opened(world, tmp_path / "here") as store:
        store.label("Cy", "resid_0/3", "said after the backup")
    assert "6 statements" in call("restore", files[-1])
    with opened(world, tmp_path / "here") as store:
        assert store.events() == told


def test_a_scheduled_backup_of_a_world_where_nobody_said_anything_is_no_failure(tmp_path, call):
    (tmp_path / "here").mkdir()
    assert "nothing has been said yet" in call("backup", "--into", tmp_path / "kept")
    assert "no judgements there" in call("backup", "--into", tmp_path / "kept", place="elsewhere", status=2)

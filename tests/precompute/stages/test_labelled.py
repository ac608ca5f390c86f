"""Stage `labelled`: a file of labelled texts becomes the files that the classifiers' stage reads."""

from __future__ import annotations

import json

import datasets
import pytest

from explorer_engine.errors import InputError
from explorer_engine.shift.splits import SplitSizes
from precompute.engine.run import run_stages
from precompute.stages import labelled
from precompute.stages.labelled import ClassifierOptions, stage

SIZES = SplitSizes(training=8, development=8, test=4, generic=8)
WORDS = (("he",), ("she", "Ann"))


def options(file, **more):
    given = {
        "classes": (21, 13),
        "attributes": ("m", "f"),
        "label": "job",
        "attribute": "sex",
        "sizes": SIZES,
    }
    return ClassifierOptions(str(file), "resid_1", **{**given, **more})


@pytest.fixture
def file(tmp_path):
    """Texts of three jobs, told by number, and two genders."""
    jobs, genders = {21: "teaches", 13: "nurses", 7: "cooks"}, {"m": "He", "f": "Ann, she"}
    rows = [
        {"text": f"{genders[sex]} {does} {k}.", "job": job, "sex": sex}
        for k in range(12) for job, does in jobs.items() for sex in genders
    ]  # fmt: skip
    path = tmp_path / "bios.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in [*rows, rows[0]]))
    return path


def read(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_each_draw_has_its_splits_and_other_labels_serve_the_annotator(file, tmp_path):
    run_stages([stage([options(file, attribute_words=WORDS, draws=2)])], tmp_path / "work")
    task = tmp_path / "work" / "labelled" / "bios"
    assert {row["label"] for row in read(task / "generic.jsonl")} == {0, 1, 2}
    for draw in ("draw-0", "draw-1"):
        for name, n in (("ambiguous", 8), ("balanced", 8), ("test", 4)):
            rows = read(task / draw / f"{name}.jsonl")
            assert len(rows) == n
            for row in rows:
                assert row["label"] == int("nurses" in row["text"])
                assert row["attribute"] == int("she" in row["text"])
        deleted = read(task / draw / "words-deleted-test.jsonl")
        assert all(
            not {"He", "he", "she", "Ann"} & set(row["text"].replace(",", "").split()) for row in deleted
        )
        assert [row["label"] for row in deleted] == [row["label"] for row in read(task / draw / "test.jsonl")]


def test_without_words_nothing_is_deleted_and_without_generic_texts_nothing_is_judged(file, tmp_path):
    given = options(file, sizes=SplitSizes(8, 8, 4, 0))
    run_stages([stage([given])], tmp_path / "work")
    task = tmp_path / "work" / "labelled" / "bios"
    assert sorted(path.name for path in task.rglob("*.jsonl")) == sorted(
        ["ambiguous.jsonl", "balanced.jsonl", "test.jsonl"] * 3
    )


def test_test_texts_can_be_of_a_file_of_their_own(file, tmp_path):
    rows = [
        {"text": f"{sex} {job} {k} in another year", "job": job, "sex": sex}
        for k in range(3) for job in (21, 13) for sex in "mf"
    ]  # fmt: skip
    (tmp_path / "later.jsonl").write_text("".join(json.dumps(row) + "\n" for row in [*rows, read(file)[0]]))
    run_stages([stage([options(file, test=str(tmp_path / "later.jsonl"))])], tmp_path / "work")
    task = tmp_path / "work" / "labelled" / "bios"
    for path in task.rglob("*.jsonl"):
        assert all(("year" in row["text"]) == (path.name == "test.jsonl") for row in read(path)), path
    assert len(read(task / "draw-0" / "test.jsonl")) == 4


def test_a_data_set_of_the_hub_is_read_by_its_splits(tmp_path, monkeypatch):
    """As Bias in Bios is published: professions and genders are numbers."""
    asked = []

    def load_dataset(name, configuration, split, revision, streaming):
        asked.append((name, configuration, split, revision, streaming))
        rows = [
            {"hard_text": f"{split} {job} {sex} {k}", "profession": job, "gender": sex}
            for k in range(8) for job in (21, 13, 2) for sex in (0, 1)
        ]  # fmt: skip
        return datasets.Dataset.from_list(rows).to_iterable_dataset()

    monkeypatch.setattr(datasets, "load_dataset", load_dataset)
    at = {"commit": "one"}
    monkeypatch.setattr(labelled, "commit_of", lambda _: at["commit"])
    given = options(
        "LabHC/bias_in_bios@main", name="professor-nurse", test="test", text="hard_text", label="profession",
        attribute="gender", attributes=(0, 1), sizes=SIZES,
    )  # fmt: skip
    for at["commit"], times in (("one", 1), ("one", 1), ("two", 2)):
        run_stages([stage([given])], tmp_path / "work")
        assert len(asked) == 2 * times, "read again at another commit only"
    assert asked[:2] == [("LabHC/bias_in_bios", None, split, "main", True) for split in ("train", "test")]
    for path in (tmp_path / "work" / "labelled" / "professor-nurse").rglob("*.jsonl"):
        split = "test" if path.name == "test.jsonl" else "train"
        assert {row["text"].split()[0] for row in read(path)} == {split}


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"label": "work"}, "no column 'work': choose one of text, job, sex"),
        ({"classes": (21, 99)}, "column 'job' never is 99: it holds 13, 21, 7"),
        ({"classes": (21, 21)}, "classes are \\[21, 21\\]: give two different values"),
        ({"site": "attn_1"}, "the probe reads attn_1: choose a resid site"),
        ({"attribute_words": (("he",),)}, "attribute_words has 1 entries: give two"),
    ],
)
def test_what_cannot_work_is_said(file, tmp_path, more, said):
    with pytest.raises(InputError, match=said):
        given = {"classes": (21, 13), "attributes": ("m", "f"), "site": "resid_1", "label": "job", **more}
        run_stages(
            [stage([ClassifierOptions(str(file), attribute="sex", sizes=SIZES, **given)])], tmp_path / "work"
        )


def test_a_text_with_two_labels_is_left_out_and_it_is_said(file, tmp_path, capsys):
    with file.open("a") as lines:
        for text, job in (("He teaches 0.", 13), ("He nurses 1.", 7)):
            lines.write(json.dumps({"text": text, "job": job, "sex": "m"}) + "\n")
    run_stages([stage([options(file, sizes=SplitSizes(64, 4, 4, 64))])], tmp_path / "work")
    assert "bios.jsonl: 2 of 72 texts occur with several job or sex: left out" in capsys.readouterr().out
    found = {row["text"] for path in (tmp_path / "work").rglob("*.jsonl") for row in read(path)}
    assert "He teaches 2." in found and not found & {"He teaches 0.", "He nurses 1."}

"""`precompute shift --model`: a task of one's own, and what is said of texts that will not do."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from random import Random

import pytest
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast

from explorer_engine.formats.circuit_json import circuit_from_json
from explorer_engine.shift.options import StudyOptions
from explorer_engine.shift.splits import SplitSizes
from precompute.cli import main
from precompute.source import Source
from precompute.stages.classifiers import Classifiers
from precompute.stages.labelled import ClassifierOptions, labelled_tasks, stage
from tests.golden.load import FOLDER

JOBS = {"nurse": range(20, 30), "professor": range(30, 40)}
GENDERS = {"f": range(40, 50), "m": range(50, 60)}
SMALL = {
    "probes": 2, "draws": 1, "features": 6, "circuit-texts": 8, "tested-texts": 4,
    "training": 48, "development": 24, "test": 16, "generic": 40,
}  # fmt: skip


@pytest.fixture(scope="module")
def model(tmp_path_factory) -> Path:
    """The golden model with a tokenizer of made-up words: w17 is token 17."""
    folder = tmp_path_factory.mktemp("own") / "model"
    shutil.copytree(FOLDER / "model", folder)
    words = Tokenizer(models.WordLevel({"[UNK]": 0} | {f"w{i}": i for i in range(1, 300)}, unk_token="[UNK]"))
    words.pre_tokenizer = pre_tokenizers.Whitespace()
    PreTrainedTokenizerFast(tokenizer_object=words, unk_token="[UNK]").save_pretrained(folder)
    return folder


def rows(n: int = 60) -> list[dict[str, str]]:
    """n texts of each group: words that tell the job, more that tell the gender, and others."""
    random, found = Random(0), []
    for _ in range(n):
        for job, of_job in JOBS.items():
            for gender, of_gender in GENDERS.items():
                words = random.choices(of_job, k=2) + random.choices(of_gender, k=3)
                words += random.choices(range(60, 300), k=random.randint(4, 8))
                random.shuffle(words)
                found.append({"bio": " ".join(f"w{word}" for word in words), "job": job, "gender": gender})
    return found


@pytest.fixture
def shift(model, tmp_path, capsys):
    """Calls the command on rows: the file's content and stderr; or, where it must fail, stderr alone."""

    def call(given=None, attribute: str | None = "gender", status: int = 0, **more):
        data = tmp_path / "bios.jsonl"
        data.write_text("".join(json.dumps(row) + "\n" for row in (rows() if given is None else given)))
        options = {"model": model, "dictionaries": FOLDER / "dictionaries", "data": data, **SMALL, **more}
        options |= {"text-column": "bio", "label-column": "job", "out": tmp_path / "shift.json"}
        options |= {"attribute-column": attribute} if attribute else {}
        flags = [part for name, value in options.items() for part in (f"--{name}", *_parts(value))]
        assert main(["shift", *flags]) == status
        said = capsys.readouterr().err
        return said if status else (json.loads((tmp_path / "shift.json").read_text()), said)

    return call


def _parts(value) -> list[str]:
    return list(map(str, value)) if isinstance(value, list) else [str(value)]


def test_its_rows_are_those_of_a_recipe_with_the_same_texts(shift, model, tmp_path):
    content, _ = shift()
    options = StudyOptions(probes=2, features=6, circuit_texts=8, tested_texts=4)
    given = ClassifierOptions(
        str(tmp_path / "bios.jsonl"), "resid_1", ("nurse", "professor"), ("f", "m"),
        text="bio", label="job", attribute="gender", draws=1, sizes=SplitSizes(48, 24, 16, 40),
    )  # fmt: skip
    stage([given]).run("bios", tmp_path / "work")
    (task,) = labelled_tasks([given], tmp_path / "work")
    source = Source(model, FOLDER / "dictionaries", Path())
    study = Classifiers(options, source, {"bios": task}, None).study("bios")
    assert [row["name"] for row in content["rows"]] == [run.name for run in study.runs]
    for row, run in zip(content["rows"], study.runs, strict=True):
        for key in ("label", "attribute", "worst"):
            share = getattr(run.accuracies, key)
            assert row["accuracies"][key]["value"] == pytest.approx(share.value, abs=1e-9)
            assert row["accuracies"][key]["interval"] == pytest.approx([share.low, share.high], abs=1e-9)
        assert [group["value"] for group in row["groups"]] == [share.value for share in run.accuracies.groups]
        assert all(group["interval"] for group in row["groups"]), (
            "they are known where they were just computed"
        )
        assert row["n_ablated"] == run.n_ablated and row["seeds"] == {"probes": [0, 1], "intervals": 0}
        assert {"command", "made_at", "code_version", "model_hash", "data_sha256"} <= row["provenance"].keys()
    assert content["task"]["groups"] == ["f nurse", "m nurse", "f professor", "m professor"]
    assert content["texts"] == {"ambiguous": 48, "balanced": 24, "test": 16}
    assert [f["feature"] for f in content["features"]] == [str(f.ref) for f in study.features]
    assert circuit_from_json(content["circuit"]).nodes
    missing = {of["what"]: of["why"] for of in content["missing"]}
    assert "label_words" in missing["cbp"] and "come with a world" in missing["readers"]


def test_words_give_the_rows_that_take_them(shift):
    words = {
        "label-words": [",".join(f"w{k}" for k in of) for of in JOBS.values()],
        "attribute-words": [",".join(f"w{k}" for k in of) for of in GENDERS.values()],
    }
    content, _ = shift(**words)
    names = {row["name"] for row in content["rows"]}
    assert {"cbp", "words deleted", "words deleted+retrain"} <= names
    assert {of["what"] for of in content["missing"]} & {"cbp", "words deleted"} == set()


def test_without_an_attribute_it_says_what_is_missing_and_why(shift):
    content, _ = shift([{name: row[name] for name in ("bio", "job")} for row in rows()], attribute=None)
    assert {row["name"] for row in content["rows"]} == {"original"}
    for row in content["rows"]:
        label = row["accuracies"].pop("label")
        assert 0 < label["value"] <= 1 and len(label["interval"]) == 2 and label["name"] == "Job"
        assert all(figure["value"] is None is figure["interval"] for figure in row["accuracies"].values())
        assert row["groups"] == row["draws"] == []
    assert content["task"]["attributes"] is content["task"]["groups"] is None
    missing = {of["what"]: of["why"] for of in content["missing"]}
    assert {"attribute", "groups", "oracle", "shift", "neuron skyline"} <= missing.keys()
    assert all("--attribute-column" in missing[what] for what in ("attribute", "shift", "oracle"))
    assert content["features"] and content["circuit"]["nodes"]


def test_long_texts_are_cut_and_counted(shift):
    content, said = shift(longest=10)
    n = sum(len(row["bio"].split()) > 10 for row in rows())
    assert f"{n} of 240 texts are longer than 10 tokens: they are cut there" in said
    assert content["data"] | {"file": ""} == {"file": "", "texts": 240, "cut": n, "longest": 10}


def changed(number: int, **values):
    found = rows()
    found[number] |= values
    return found


@pytest.mark.parametrize(
    "given, said",
    [
        (
            [row for row in rows() if row["job"] == "nurse"],
            "column 'job' must hold two different values, and holds 'nurse' 120 times",
        ),
        (
            changed(5, job="cook"),
            "and holds 'professor' 120 times, 'nurse' 119 times, 'cook' 1 times: leave other texts out",
        ),
        (changed(5, gender="x"), "column 'gender' must hold two different values"),
        (
            [row for row in rows() if (row["job"], row["gender"]) != ("nurse", "m")],
            "no text has the job 'nurse' and the gender 'm'",
        ),
        (changed(5, bio=" "), "line 6: bio is empty: leave empty texts out"),
        (
            changed(7, bio=rows()[2]["bio"]),
            "line 8: the same text as in line 3: one could be learnt from and the other tested",
        ),
        (changed(7, bio=["w1"]), "line 8: bio is ['w1']: expected a text"),
        (rows(2), "4 texts have the job 'nurse': a probe and its test take 12 of each: add some"),
        (
            [row for k, row in enumerate(rows()) if k < 8 or row["gender"] == "f"],
            "too few texts of a group (f nurse",
        ),
        ([{"bio": "w1"}], "no column 'job': choose one of bio"),
    ],
)
def test_texts_that_will_not_do_are_told_in_a_line(shift, given, said, tmp_path):
    told = shift(given, status=2)
    assert said in told and len(told.splitlines()) == 1 and "bios.jsonl" in told
    assert not (tmp_path / "shift.json").exists()


def test_texts_that_are_the_same_once_they_are_cut_are_told(shift):
    first = rows()[2]["bio"].split()
    said = shift(changed(7, bio=" ".join([*first[:8], "w299", "w298"])), status=2, longest=8)
    assert "line 8: the same text, cut to 8 tokens as in line 3" in said


@pytest.mark.parametrize(
    "more, said",
    [
        ({"site": "resid_9"}, "resid_9: "),
        ({"site": "attn_0"}, "the probe reads attn_0: choose a resid site"),
        ({"policy": "any"}, "--policy goes with --world: leave it out"),
        ({"probes": 0}, "probes 0: must be 1 or more"),
    ],
)
def test_options_that_do_not_fit_are_told(shift, more, said):
    assert said in shift(status=2, **more)


def test_what_is_left_out_of_the_command_is_told(tmp_path, capsys):
    assert main(["shift", "--model", "x", "--out", str(tmp_path / "shift.json")]) == 2
    assert "--dictionaries is missing" in capsys.readouterr().err
    assert main(["shift", "--out", str(tmp_path / "shift.json")]) == 2
    assert "give --world DIR" in capsys.readouterr().err

"""`precompute init`: a recipe fitted to a model, dictionaries and text, which then makes a world."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from transformers import AutoTokenizer

from explorer_engine.formats.context_files import contexts_json
from explorer_engine.store.artefacts import ArtefactStore
from precompute.cli import main
from precompute.recipe.tables import read_recipe
from tests.precompute.tiny_world import rows


def told(clusters):
    """What a file of clusters says, in any order."""
    return sorted((entry["context"], entry["answer"]) for entry in clusters.values())


GENDERS, JOBS = ("men", "women"), ("teaching", "nursing")
TEXT = Path(__file__).parents[2] / "precompute"


@pytest.fixture
def given(built, tmp_path):
    """The arguments that name a model, its dictionaries and text, and where the recipe goes."""
    recipe = tmp_path / "mine.toml"
    model = ["--model", str(built.world / "model"), "--dictionaries", str(built.world / "dictionaries")]
    return recipe, ["init", str(recipe), *model, "--text", str(TEXT)]


def labelled_texts(built, file):
    """The tiny world's biographies as a table of other columns than the default ones."""
    tokenizer = AutoTokenizer.from_pretrained(built.world / "model")
    stored = rows(built.store, "SELECT tokens, label, attribute FROM classifier_text ORDER BY ALL")
    with file.open("w", newline="") as lines:
        table = csv.writer(lines)
        table.writerow(["id", "biography", "work", "about"])
        for k, row in enumerate(stored):
            text = tokenizer.decode(row["tokens"])
            table.writerow([k, text, JOBS[row["label"]], GENDERS[row["attribute"]]])
    return file


def clusters(built, folder):
    """A file of clusters for each of two behaviours of the tiny world, with a context too many in one."""
    folder.mkdir()
    store = ArtefactStore(built.store)
    for name, behaviour in (("numbers", 0), ("words", 1)):
        entries = json.loads(contexts_json(store.behaviours.contexts(behaviour, limit=3).rows))
        bad = {"bad": {"context": ["a"], "answer": " several tokens"}} if name == "numbers" else {}
        (folder / f"{name}.json").write_text(json.dumps(entries | bad))
    return folder


def test_a_fitted_recipe_makes_a_world(given, built, tmp_path, capsys):
    recipe, init = given
    pairs, texts = built.world / "pairs" / "simple.jsonl", labelled_texts(built, tmp_path / "bios.csv")
    published = clusters(built, tmp_path / "published")
    given = ["--pairs", str(pairs), "--classifier", str(texts), "--clusters", str(published)]
    assert main([*init, *given]) == 0
    assert "numbers.json: 3 examples, 1 dropped (1 answer of several tokens)" in capsys.readouterr().out
    found = read_recipe(recipe)
    (task,) = found.classifiers
    assert dict(zip(task.classes, task.attributes, strict=True)) == {"teaching": "men", "nursing": "women"}
    assert found.text.training_windows == 0, "nothing is trained"
    assert found.text.documents < 3000, "this text has fewer windows"
    text = recipe.read_text()
    assert "\n[language_model]" not in text
    small = {"documents": 40, "test_windows": 20, "max_loss": 8.0, "clusters": 3, "n_nodes": 20, "steps": 2}
    small |= {"probes": 2, "circuit_texts": 16, "draws": 2}
    small |= {"circuit_contexts": 3, "circuit_nodes": 10, "swept": [2, 10]}
    lines = [line.split(" = ")[0] for line in text.splitlines()]
    for name, value in small.items():
        text = text.replace(text.splitlines()[lines.index(name)], f"{name} = {value}")
    recipe.write_text(text)
    places = ["--out", str(tmp_path / "world"), "--work", str(tmp_path / "work")]
    assert main(["run", str(recipe), *places]) == 0
    store = tmp_path / "world" / "world.duckdb"
    found = rows(store, "SELECT id FROM circuit WHERE kind = 'contrast' ORDER BY id")
    assert [row["id"] for row in found] == ["simple", "simple-summed"]
    assert len(rows(store, "SELECT site FROM dictionary")) == len(
        list((built.world / "dictionaries").iterdir())
    )
    for behaviour, name in zip((200, 201), ("numbers", "words"), strict=True):
        there = ArtefactStore(store).behaviours
        written = json.loads(contexts_json(there.contexts(behaviour, before=10_000).rows))
        given = json.loads((published / f"{name}.json").read_text())
        given.pop("bad", None)
        assert told(written) == told(given)
        assert there.get(behaviour).label_source.endswith(f"; from {name}.json")
        assert there.get(behaviour).circuit == f"behaviour-{behaviour}"
    names = {row["name"] for row in rows(store, "SELECT name FROM shift_run WHERE task = 'bios'")}
    assert {"shift", "feature skyline", "oracle"} <= names
    assert not {"readers", "words deleted", "cbp"} & names, "no words were given"
    assert not (tmp_path / "world" / "model").exists(), "what was given is named, not copied"
    assert main(["validate", str(tmp_path / "world")]) == 0


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("--model", "no/such/model"), "model no/such/model: there is no such folder"),
        (("--dictionaries", "{tmp}"), "{tmp}"),
        (("--text", "{tmp}/empty"), "{tmp}/empty"),
        (("--pairs", "{tmp}/none.jsonl"), "{tmp}/none.jsonl cannot be read"),
        (("--clusters", "{tmp}/none.json"), "clusters {tmp}/none.json: no such file"),
        (("--classifier", "{tmp}/none.csv"), "{tmp}/none.csv cannot be read"),
    ],
)
def test_what_cannot_be_used_is_named_and_no_recipe_is_written(given, change, said, tmp_path, capsys):
    recipe, init = given
    (tmp_path / "empty").mkdir()
    assert main([*init, *(part.format(tmp=tmp_path) for part in change)]) == 2
    assert said.format(tmp=tmp_path) in capsys.readouterr().err
    assert not recipe.exists()


def test_a_recipe_that_is_there_is_left_alone(given, capsys):
    recipe, init = given
    recipe.write_text("mine")
    assert main(init) == 2
    assert "is there already" in capsys.readouterr().err
    assert recipe.read_text() == "mine"

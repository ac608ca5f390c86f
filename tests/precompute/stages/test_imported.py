"""Clusters of files become a clustering: every usable context a document with its loss under this model."""

from __future__ import annotations

import json
import math
from functools import partial
from pathlib import Path

import pytest
import torch

from explorer_engine.behaviours.options import BehaviourOptions, ClusteringOptions
from explorer_engine.errors import InputError
from explorer_engine.store import shards
from precompute.engine.stage import Stage
from precompute.source import Source
from precompute.stages import imported, loss_curves
from precompute.stages.loss_curves import load_folder

OPTIONS = BehaviourOptions(
    clusterings=(ClusteringOptions("activations", "last-1"),), context=16, circuit_contexts=2,
    circuit_nodes=10, swept=(2, 10), steps=2,
)  # fmt: skip


@pytest.fixture(scope="module")
def source(built) -> Source:
    work = built.work
    return Source(
        work / "language-model" / "model", work / "dictionaries" / "dictionaries", work / "corpus" / "shards"
    )


def cluster(source: Source, documents: range, length: int) -> dict[str, dict[str, object]]:
    """A context of `length` tokens of each document, as a file has it."""
    decode = source.model.tokenizer.decode
    found = {}
    for k in documents:
        tokens = [decode([token]) for token in source.documents[k][: length + 1]]
        found[f"{k}"] = {"context": tokens[:-1], "answer": tokens[-1], "p": 0.5}
    return found


@pytest.fixture(scope="module")
def made(source, tmp_path_factory) -> tuple[Stage, Path, Path]:
    """The stage, its folder when all is done, and the folder of its files."""
    files, folder = tmp_path_factory.mktemp("files"), tmp_path_factory.mktemp("imported")
    longest = source.model.config.max_position_embeddings
    word = cluster(source, range(1), 1)["0"]["context"]
    long = {"context": word * (longest + 1), "answer": word[0]}
    (files / "a<b>.json").write_text(json.dumps({**cluster(source, range(4), 12), "long": long}))
    (files / "none.json").write_text(json.dumps({"x": {"context": ["half \ud800"], "answer": "x"}}))
    (files / "z.json").write_text(json.dumps(cluster(source, range(5, 8), 20)))
    stage = imported.stage(OPTIONS, source, imported.cluster_files([str(files)]))
    for wave in stage.units():
        for unit in wave:
            stage.run(unit, folder)
    return stage, folder, files


def test_each_context_is_a_document_with_its_loss(made, source):
    _, folder, _ = made
    n = len(source.documents)
    documents = source.documents_with(folder / "shards")
    own = [
        source.documents[k][: length + 1] for ks, length in ((range(4), 12), (range(5, 8), 20)) for k in ks
    ]
    assert documents == source.documents + own
    rows = {row["document"]: row for row in shards.read(folder / "shards", "behaviour_context")}
    assert sorted(rows) == list(range(n, n + 7))
    for document, row in rows.items():
        tokens = documents[document]
        assert (row["position"], row["answer"]) == (len(tokens) - 1, tokens[-1])
        logits = source.model.hf(torch.tensor([tokens[:-1]])).logits[0, -1].double()
        assert row["p"] == pytest.approx(logits.softmax(-1)[tokens[-1]].item(), rel=1e-4)


def test_a_file_is_a_behaviour_with_a_name_and_a_circuit(made):
    _, folder, _ = made
    first, second = shards.read(folder / "shards", "behaviour")
    assert (first["id"], second["id"]) == (100, 102), "the file that has no usable context leaves a gap"
    assert first["label"].endswith(" (a<b>)") and second["label_source"].endswith("; from z.json")
    assert first["label_source"].startswith("automatic: ")
    assert [row["id"] for row in shards.read(folder / "shards", "circuit")] == [
        "behaviour-100",
        "behaviour-102",
    ]
    (clustering,) = shards.read(folder / "shards", "clustering")
    assert (clustering["n_clusters"], clustering["n_samples"]) == (2, 7)
    assert "a<b>.json, z.json" in clustering["representation"]
    assert len(shards.read(folder / "shards", "behaviour_similarity")) == 2


def test_a_checkpoint_has_its_loss_on_the_contexts_of_each_file(made, source, tmp_path):
    _, folder, _ = made
    load = partial(load_folder, {7: str(source.model_folder)}, "")
    curves = loss_curves.stage([7], load, source, [folder / "shards"], (source.model_folder,))
    for wave in curves.units():
        for unit in wave:
            curves.run(unit, tmp_path)
    found = {row["behaviour"]: row["loss"] for row in shards.read(tmp_path / "shards", "training_loss")}
    assert set(found) == {None, 100, 102}
    for behaviour in (100, 102):
        rows = shards.read(folder / "shards", "behaviour_context")
        losses = [-math.log(row["p"]) for row in rows if row["behaviour"] == behaviour]
        assert found[behaviour] == pytest.approx(sum(losses) / len(losses), rel=1e-4)


def test_what_is_left_out_is_said_by_reason(made, tmp_path, capsys):
    made[0].run("contexts", tmp_path)
    said = capsys.readouterr().out
    assert "a<b>.json: 4 examples, 1 dropped (1 longer than the model reads)" in said
    assert "none.json: 0 examples, 1 dropped (1 half of a character)" in said


def test_places_and_files_that_are_none_are_told(made, source, tmp_path):
    for place in (tmp_path, tmp_path / "no.json"):
        with pytest.raises(InputError, match=rf"clusters {place}: no such file, or a folder without \.json"):
            imported.cluster_files([str(place)])
    (tmp_path / "x.json").write_text('{"a": {"context": "no list", "answer": "x"}}')
    with pytest.raises(InputError, match=r"x\.json, entry 'a' needs"):
        imported.stage(OPTIONS, source, [tmp_path / "x.json"]).run("contexts", tmp_path)
    with pytest.raises(InputError, match="no context is left"):
        imported.stage(OPTIONS, source, [made[2] / "none.json"]).run("contexts", tmp_path)

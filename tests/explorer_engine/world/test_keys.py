"""Judgements follow tensors: equal ones keep a world's key, whatever the bytes round them."""

from __future__ import annotations

import json
import shutil
from contextlib import closing
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save

from explorer_engine.store.adoption import adopt
from explorer_engine.store.judgement_file import judgements_path
from explorer_engine.store.judgements import JudgementStore
from explorer_engine.store.opened_circuits import OpenedCircuits
from explorer_engine.world.world import dictionaries_keys, open_world, write_manifest
from tests.worlds import build_world

FILE = "dictionaries/resid_0.safetensors"


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    return build_world(tmp_path_factory.mktemp("keys") / "world")


@pytest.fixture
def folder(built, tmp_path):
    return Path(shutil.copytree(built, tmp_path / "world"))


def loaded(folder):
    return {name: tensor.clone() for name, tensor in load_file(folder / FILE).items()}


def saved(folder, tensors, **metadata):
    (folder / FILE).write_bytes(save(tensors, metadata={"kind": "relu", **metadata}))
    write_manifest(folder)
    return dictionaries_keys(folder)


def older(folder):
    """The manifest as older code wrote it."""
    manifest = json.loads((folder / "manifest.json").read_text())
    for entry in manifest["dictionaries"]["files"].values():
        del entry["tensors"]
    (folder / "manifest.json").write_text(json.dumps(manifest))


def test_metadata_and_texts_beside_it_change_no_key(folder):
    tensors = loaded(folder)
    before = dictionaries_keys(folder)
    for number in range(4):
        after = saved(folder, dict(reversed(tensors.items())), **{f"note {number}": "x" * number, "a": "b"})
        assert after[0] == before[0] and after[1] != before[1]
    (folder / "dictionaries" / "README.md").write_text("about them")
    write_manifest(folder)
    assert dictionaries_keys(folder)[0] == before[0] == open_world(folder).key


def test_any_other_tensor_changes_the_key(folder):
    tensors = loaded(folder)
    name, first = next(iter(tensors.items()))
    value = first.clone()
    value.view(-1)[-1] += 1
    others = [
        {**tensors, name: value},
        {**tensors, name: first.to(torch.bfloat16)},
        {**tensors, name: first.reshape(-1)},
        {**tensors, "more": torch.zeros(1)},
        {f"{name}2" if key == name else key: tensor for key, tensor in tensors.items()},
    ]
    keys = {saved(folder, tensors)[0], *(saved(folder, other)[0] for other in others)}
    assert len(keys) == 1 + len(others)


def test_an_older_manifest_keeps_its_key(folder):
    new, old = dictionaries_keys(folder)
    older(folder)
    assert dictionaries_keys(folder) == (old,) and old != new
    world = open_world(folder)
    assert (world.key, world.older_keys) == (old, ())


def test_worlds_without_dictionaries_do_not_share_a_key(folder, tmp_path):
    other = Path(shutil.copytree(folder, tmp_path / "other"))
    for root in (folder, other):
        shutil.rmtree(root / "dictionaries")
    (other / "model" / "config.json").write_text("{}")
    keys = []
    for root in (folder, other):
        write_manifest(root)
        keys.append(dictionaries_keys(root))
    assert keys[0][0] != keys[1][0] and keys[0][1] == keys[1][1] == "44136fa3"


def opened(folder, data):
    """The store as the app opens it."""
    path, *before = (judgements_path(str(data), key) for key in dictionaries_keys(folder))
    store = JudgementStore(path)
    adopt(store, before)
    return closing(store)


def test_what_was_said_under_the_older_key_is_there_under_the_new_one(folder, tmp_path):
    data = tmp_path / "data"
    manifest = (folder / "manifest.json").read_text()
    older(folder)
    with opened(folder, data) as store:
        store.judge("Ada", "resid_0/1", "spurious", "c")
        store.judge("Ada", "resid_0/2", "spurious", "c")
        store.label("Bo", "resid_0/1", "commas")
        store.undo("Ada")
        before = store.path
    kept = before.read_bytes()
    (data / f"circuits-{dictionaries_keys(folder)[0]}").mkdir()
    (folder / "manifest.json").write_text(manifest)
    for _ in range(2):
        with opened(folder, data) as store:
            assert store.path != before and len(store.events()) == 4
            assert store.mine("Ada", "c") == {"resid_0/1": "spurious"}
            assert store.labels()["resid_0/1"].text == "commas" and store.notice is None
    assert before.read_bytes() == kept
    assert OpenedCircuits.beside(before, dictionaries_keys(folder)).folder.is_dir()
    with opened(folder, data) as store:
        assert store.undo("Ada").target == "resid_0/1" and store.mine("Ada", "c") == {}
        assert store.judge("Ada", "resid_0/3", "unsure", "c").id > 0


def test_where_both_are_there_nothing_is_hidden_and_the_newer_key_counts(folder, tmp_path):
    data = tmp_path / "data"
    with opened(folder, data) as store:
        store.judge("Ada", "resid_0/1", "relevant", "c")
    path, before = (judgements_path(str(data), key) for key in dictionaries_keys(folder))
    with closing(JudgementStore(before)) as store:
        store.judge("Ada", "resid_0/1", "spurious", "c")
        store.judge("Ada", "resid_0/2", "spurious", "c")
    with opened(folder, data) as store:
        assert store.mine("Ada", "c") == {"resid_0/1": "relevant", "resid_0/2": "spurious"}
        assert len(store.events()) == 3
    with closing(JudgementStore(before)) as store:
        store.judge("Bo", "resid_0/2", "unsure", "c")
        with opened(folder, data) as there:
            assert there.mine("Bo", "c") == {"resid_0/2": "unsure"} and len(there.events()) == 4
        store.judge("Bo", "resid_0/3", "unsure", "c")  # it still has its file
    with closing(JudgementStore(path)) as store:
        assert len(store.events()) == 4 and store.notice is None


def test_an_older_file_that_cannot_be_read_is_told(folder, tmp_path):
    path, before = (judgements_path(str(tmp_path), key) for key in dictionaries_keys(folder))
    before.write_bytes(b"no store" * 1000)
    with opened(folder, tmp_path) as store:
        assert f"under the older key {before.name} is not shown" in store.notice
        assert store.judge("Ada", "resid_0/1", "spurious") and store.path == path

"""Dictionaries of every site of a model: trained, killed in the middle of it, found, and measured."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import numpy as np
import pytest

from explorer_engine.dictionaries import load_dictionaries
from explorer_engine.dictionaries.quality import dictionary_quality
from explorer_engine.dictionaries.rows import from_rows
from explorer_engine.dictionaries.training import TrainingOptions, checkpoint
from explorer_engine.store import shards
from precompute.engine.hashes import content_hash
from precompute.engine.run import run_stages
from precompute.source import Source
from precompute.stages import dictionaries
from precompute.windows import StoredWindows

MODEL = Path(__file__).parents[3] / "assets" / "demo" / "model"
SITES = ["embed", *(f"{kind}_{layer}" for layer in range(4) for kind in ("attn", "mlp", "resid"))]
OPTIONS = TrainingOptions(
    kind="topk", features=24, active=4, steps=9, batch=32, windows=12, buffer=60, joint_steps=4, joint_batch=3
)


@pytest.fixture(scope="module")
def windows(tmp_path_factory: pytest.TempPathFactory) -> StoredWindows:
    file = tmp_path_factory.mktemp("text") / "windows.npy"
    np.save(file, np.random.default_rng(0).integers(2, 2000, (14, 10), dtype=np.int32))
    return StoredWindows(file)


def source(work: Path) -> Source:
    return Source(MODEL, work / "dictionaries" / "dictionaries", work / "documents")


def train(work: Path, windows: StoredWindows) -> Path:
    """The folder of the stage."""
    stage = dictionaries.stage(OPTIONS, source(work), lambda: windows, lambda: windows, (windows.file,))
    run_stages([stage], work)
    return work / "dictionaries"


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory, windows: StoredWindows) -> Path:
    return train(tmp_path_factory.mktemp("trained"), windows)


def test_every_site_is_trained_and_measured(trained: Path, windows: StoredWindows) -> None:
    model = source(trained.parent).model
    found = load_dictionaries(trained / "dictionaries", model.sites, "cpu", model=model)
    assert [str(site) for site in found] == SITES
    assert {(d.kind, d.n_features) for d in found.values()} == {("topk", 24)}
    quality = from_rows(shards.read(trained / "shards", "dictionary"))
    assert [str(row.site) for row in quality] == SITES
    last = model.sites[-1]
    assert quality[-1] == dictionary_quality(model, last, found[last], windows[:])


def test_killed_in_the_middle_of_trainings_it_ends_in_the_same_files(
    tmp_path: Path, trained: Path, windows: StoredWindows, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkpoint, "SAVED_EVERY", 0)
    replace, kept = os.replace, []

    def dies(from_: os.PathLike[str], to: os.PathLike[str]) -> None:
        replace(from_, to)
        if "checkpoints" in str(to):
            kept.append(to)
            if len(kept) in (5, 40, 119):
                raise KeyboardInterrupt

    monkeypatch.setattr(os, "replace", dies)
    for _ in range(3):
        with pytest.raises(KeyboardInterrupt):
            train(tmp_path, windows)
    assert content_hash(train(tmp_path, windows)) == content_hash(trained)
    assert len(kept) == len(SITES) * OPTIONS.steps + OPTIONS.joint_steps, "no step was done twice"


def test_found_dictionaries_are_measured_as_if_they_were_trained(
    tmp_path: Path, trained: Path, windows: StoredWindows
) -> None:
    somewhere = shutil.copytree(trained, tmp_path / "dictionaries")
    (somewhere / "dictionaries" / "mlp_2.safetensors").unlink()
    stage = dictionaries.found_stage(source(tmp_path), lambda: windows, (windows.file,))
    run_stages([stage], tmp_path / "found")
    found = from_rows(shards.read(tmp_path / "found" / "dictionaries" / "shards", "dictionary"))
    expected = from_rows(shards.read(trained / "shards", "dictionary"))
    assert found == tuple(row for row in expected if str(row.site) != "mlp_2")
    assert (tmp_path / "found" / "dictionaries" / dictionaries.SPLICED).is_file()

"""The file inside a bundle predicts what the library does, for every family and kind, without the library."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys

import pytest
import torch

from explorer_engine.dictionaries.registry import kinds
from explorer_engine.shift import ClassifierTask, Origin, Probe, ShiftSession, TaskTexts, TextSet, load, pack
from explorer_engine.shift.bundle import classifier
from explorer_engine.shift.bundle.classifier import Classifier
from explorer_engine.sites import ERROR, FeatureRef, Site
from tests.explorer_engine.tiny import FAMILIES, KINDS, VOCABULARY, random_dictionary, tiny_model

SITE = Site("resid", 1)
FEATURES = (2, 5, 11)
_WITHOUT = """
import json, sys
sys.modules.update(dict.fromkeys(("explorer_engine", "app", "streamlit", "duckdb", "nnsight")))
from classifier import Classifier
found, texts = Classifier(), json.loads(sys.argv[1])
print(json.dumps([found.logits(texts).tolist(), found.predict(texts), found.probability(texts)]))
"""


def texts(seed: int) -> TextSet:
    """16 random texts of 3 to 9 tokens, four of each group."""
    random = torch.Generator().manual_seed(seed)
    tokens = [torch.randint(3, VOCABULARY, (3 + k % 7,), generator=random).tolist() for k in range(16)]
    return TextSet.of(tokens, [k % 2 for k in range(16)], [k // 2 % 2 for k in range(16)])


def session_on(model, dictionaries) -> ShiftSession:
    """A session of two random probes on random texts."""
    task = ClassifierTask("tiny", SITE, ("a", "b"), ("c", "d"))
    random = torch.Generator().manual_seed(4)
    probes = [Probe(torch.randn(16, generator=random, dtype=torch.float64), 0.1 * k) for k in range(2)]
    found = TaskTexts(texts(0), texts(1), texts(2))
    return ShiftSession(model, dictionaries, task, found, probes, workers=1)


def check_alike(model, model_folder, refs, dictionaries, tmp_path, near=1e-9) -> None:
    """The file's logits are the session's, and so are the library's."""
    shutil.copytree(
        model_folder, tmp_path / "model", ignore=shutil.ignore_patterns("*.safetensors", "config.json")
    )
    model.hf.save_pretrained(tmp_path / "model")
    session = session_on(model, dictionaries)
    try:
        expected = session.logits(refs, ablation="mean", split="test")
        plain = session.logits((), split="test")
        content = pack(session, refs, Origin(tmp_path / "model", "tiny", "nobody"), ablation="mean")
    finally:
        session.close()
    (tmp_path / "taken.zip").write_bytes(content)
    shutil.unpack_archive(tmp_path / "taken.zip", tmp_path / "taken")
    tokens = session.texts.test.tokens
    torch.testing.assert_close(Classifier(tmp_path / "taken").logits(tokens), expected, atol=near, rtol=near)
    torch.testing.assert_close(
        load(tmp_path / "taken", model).logits(tokens), expected, atol=1e-12, rtol=1e-12
    )
    assert (expected - plain).abs().max() > 1e-3, "the edit does something"


@pytest.mark.parametrize("name", FAMILIES)
def test_it_is_the_library_in_every_family(name, model_folder, tmp_path):
    model = tiny_model(name)
    sites = (Site("embed", -1), Site("attn", 0), Site("mlp", 0), Site("resid", 0), Site("attn", 1), SITE)
    dictionaries = {site: random_dictionary("relu", model.width(site), 20, seed=site.depth) for site in sites}
    refs = [FeatureRef(site, j) for site in sites for j in FEATURES]
    near = 1e-5 if name == "gemma2" else 1e-9  # its own attention takes softmax in float32
    check_alike(model, model_folder, refs, dictionaries, tmp_path, near)


@pytest.mark.parametrize("without_error", [False, True])
@pytest.mark.parametrize("name", KINDS)
def test_it_is_the_library_with_every_kind(name, without_error, model_folder, tmp_path):
    model = tiny_model("gpt_neox")
    dictionaries = {
        site: random_dictionary(name, 16, 20, seed=3) for site in (Site("mlp", 0), Site("resid", 0))
    }
    last = dictionaries[SITE if SITE in dictionaries else Site("mlp", 0)].n_features - 1
    indices = [*FEATURES, last, *([ERROR] if without_error else [])]
    refs = [FeatureRef(site, index) for site in dictionaries for index in indices]
    check_alike(model, model_folder, refs, dictionaries, tmp_path)


def test_it_knows_every_kind_that_there_is():
    assert set(classifier.KINDS) == set(kinds())


def test_it_runs_where_nothing_else_of_the_project_can_be_imported(session, packed, unpacked, small):
    refs = small.planted[:3]
    folder, words = unpacked(packed(refs)), ["w5 w13 w20", "w9 w16 w4 w21"]
    asked = [sys.executable, "-c", _WITHOUT, json.dumps(words)]
    done = subprocess.run(asked, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    logits, predicted, p = json.loads(done.stdout)
    expected = load(folder)
    torch.testing.assert_close(
        torch.tensor(logits, dtype=torch.float64), expected.logits(words), atol=1e-12, rtol=0
    )
    assert predicted == expected.predict(words) and p == pytest.approx(expected.probability(words), abs=1e-12)


def test_what_it_cannot_do_is_told(small, packed, unpacked):
    folder = unpacked(packed(small.planted[:2]))
    about = json.loads((folder / "classifier.json").read_text("utf-8"))

    def refusal(**change) -> str:
        (folder / "classifier.json").write_text(json.dumps(about | change), "utf-8")
        with pytest.raises(ValueError, match=str(folder)) as told:
            Classifier(folder)
        return str(told.value)

    assert "not for" in refusal(model=about["model"] | {"hash": "0" * 16})
    assert "which is not here" in refusal(model=about["model"] | {"id": "no/such/folder"})
    assert "the kind 'leaky'" in refusal(sites=[about["sites"][0] | {"kind": "leaky"}])
    (folder / "classifier.json").write_text(json.dumps(about), "utf-8")
    with pytest.raises(ValueError, match="empty text"):
        Classifier(folder).predict([[]])


def test_the_card_says_where_it_cannot_run_the_dictionaries(small, packed, unpacked, monkeypatch):
    monkeypatch.setattr(classifier, "KINDS", ("topk",))
    folder = unpacked(packed(small.planted[:2]))
    assert "cannot run these dictionaries (embed: relu)" in (folder / "README.md").read_text("utf-8")

"""The edited classifier as a file: the same predictions in code, clear words for what cannot be loaded."""

from __future__ import annotations

import io
import json
import zipfile

import pytest
import torch

from explorer_engine.errors import InputError
from explorer_engine.shift import ShiftSession
from explorer_engine.shift.edited import load_edited, pack_edited
from explorer_engine.sites import FeatureRef, Site


@pytest.fixture(scope="module")
def session(small):
    live = ShiftSession(small.model, small.dictionaries, small.task, small.texts)
    yield live
    live.close()


@pytest.fixture
def packed(small, session, tmp_path):
    """`packed(refs)`: the folder of an unpacked classifier without these features."""

    def pack(refs):
        task = small.task
        to = dict(refs) if isinstance(refs, dict) else dict.fromkeys(refs, 0.0)
        data = pack_edited(
            small.dictionaries, session.probe, task.site, task.classes, to, {"task": task.name}
        )
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            archive.extractall(tmp_path / "classifier")
        return tmp_path / "classifier"

    return pack


@pytest.mark.parametrize("n, ablation", [(0, "zero"), (3, "zero"), (3, "mean")])
def test_it_predicts_what_the_session_predicts(small, session, packed, n, ablation):
    refs = [*small.planted[:n], *([FeatureRef(Site("mlp", 0), 5)] if n else [])]
    values = session.values(refs, ablation)
    classifier = load_edited(packed(values), small.model)
    expected = session.evaluate(refs, ablation=ablation, split="test").p
    got = classifier.probability(small.texts.test.tokens)
    torch.testing.assert_close(got, expected, atol=1e-4, rtol=0)  # the file holds float32
    assert classifier.ablated == pytest.approx(values) and classifier.classes == ("professor", "nurse")


def test_only_the_dictionaries_of_removed_features_go_along(small, packed):
    folder = packed(small.planted[:2])
    assert sorted(p.name for p in (folder / "dictionaries").iterdir()) == ["embed.safetensors"]
    about = json.loads((folder / "classifier.json").read_text("utf-8"))
    assert about["task"] == "small" and about["ablated"] == {str(ref): 0 for ref in small.planted[:2]}
    assert "load_edited" in (folder / "use.py").read_text("utf-8")


def test_a_file_of_the_first_version_ablates_to_zero(small, packed):
    folder = packed(small.planted[:2])
    about = json.loads((folder / "classifier.json").read_text("utf-8"))
    older = {**about, "version": 1, "ablated": list(about["ablated"])}
    (folder / "classifier.json").write_text(json.dumps(older), "utf-8")
    assert load_edited(folder, small.model).ablated == dict.fromkeys(small.planted[:2], 0.0)


def test_text_is_read_through_the_tokenizer(small, packed):
    classifier = load_edited(packed(small.planted), small.model)
    by_text, by_ids = classifier.probability(["w5 w13 w20", [5, 13, 20]]).tolist()
    assert by_text == pytest.approx(by_ids)
    with pytest.raises(InputError, match="empty text"):
        classifier.probability([[]])


def test_what_is_not_a_classifier_is_named(small, packed, tmp_path):
    with pytest.raises(InputError, match="nothing-here"):
        load_edited(tmp_path / "nothing-here", small.model)
    folder = packed(())
    about = json.loads((folder / "classifier.json").read_text("utf-8"))
    (folder / "classifier.json").write_text(json.dumps({**about, "version": 99}), "utf-8")
    with pytest.raises(InputError, match="version 1"):
        load_edited(folder, small.model)
    (folder / "classifier.json").write_text(json.dumps({**about, "site": "resid_9"}), "utf-8")
    with pytest.raises(InputError, match="give that model"):
        load_edited(folder, small.model)

"""A classifier that was taken away predicts what its session did, says what it is, refuses other models."""

from __future__ import annotations

import copy
import json
import zipfile
from pathlib import Path

import pytest
import torch
from huggingface_hub import ModelCard
from safetensors import safe_open
from safetensors.torch import save_file

from explorer_engine.dictionaries import save_dictionaries
from explorer_engine.errors import InputError
from explorer_engine.models import LanguageModel
from explorer_engine.shift import Origin, load, pack
from explorer_engine.shift.report import report_of
from explorer_engine.sites import FeatureRef, Site


def edited(small, n):
    """Some planted features, and one behind them."""
    return [*small.planted[:n], *([FeatureRef(Site("mlp", 0), 5)] if n else [])]


@pytest.mark.parametrize("as_folder", [False, True])
@pytest.mark.parametrize(
    "n, given", [(0, {}), (3, {}), (3, {"ablation": "mean"}), (8, {"ablation": "mean", "retrain": True})]
)
def test_it_gives_the_very_numbers_of_its_session(small, session, packed, unpacked, n, given, as_folder):
    refs, texts = edited(small, n), session.texts.test
    file = packed(refs, **given)
    classifier = load(unpacked(file) if as_folder else file)
    logits = session.logits(refs, **given, split="test")
    assert torch.equal(classifier.logits(texts.tokens), logits)
    assert classifier.probability(texts.tokens) == session.evaluate(refs, **given, split="test").p.tolist()
    of_zero = [logit > 0 for logit in logits[0].tolist()]
    assert classifier.predict(texts.tokens) == [small.task.classes[one] for one in of_zero]
    assert classifier.ablated == session.values(refs, given.get("ablation", "zero"))
    stored = classifier.about["numbers"]["test"]
    found = report_of(classifier.logits(texts.tokens), texts, seed=session.seed).accuracies
    assert stored["after"]["worst"] == [found.worst.value, found.worst.low, found.worst.high]
    assert stored["before"]["label"][0] == session.evaluate((), split="test").accuracies.label.value
    right = sum(
        a == small.task.classes[b] for a, b in zip(classifier.predict(texts.tokens), texts.label, strict=True)
    )
    assert stored["first"]["label"][0] == pytest.approx(right / len(texts), abs=1e-12)


def test_text_is_read_through_the_tokenizer_up_to_the_longest(small, session, packed):
    classifier = load(packed(small.planted))
    by_text, by_ids = classifier.probability(["w5 w13 w20", [5, 13, 20]])
    assert by_text == by_ids
    longest = max(len(text) for texts in vars(session.texts).values() for text in texts.tokens)
    text = [5, 13] * longest
    cut, whole = classifier.probability([text[:longest], text])
    assert cut == whole
    with pytest.raises(InputError, match="empty text"):
        classifier.predict([[]])


def test_only_the_rows_of_removed_features_go_along(small, packed, unpacked):
    folder = unpacked(packed(small.planted[2:4]))
    assert sorted(path.name for path in folder.iterdir()) == [
        "README.md", "classifier.json", "classifier.py", "classifier.safetensors",
    ]  # fmt: skip
    with safe_open(folder / "classifier.safetensors", "pt") as file:
        shapes = {name: tuple(file.get_slice(name).get_shape()) for name in file.keys()}  # noqa: SIM118
    width = small.model.d_model
    assert shapes.pop("embed.encoder") == shapes.pop("embed.decoder") == (2, width)
    assert shapes == {
        "embed.encoder_bias": (2,), "embed.decoder_bias": (width,), "probe.weight": (2, width),
        "probe.bias": (2,),
    }  # fmt: skip


def test_another_model_is_refused_and_named(small, packed, tmp_path):
    file = packed(small.planted[:2])
    other = copy.deepcopy(small.model.hf)
    with torch.no_grad():
        other.gpt_neox.layers[2].mlp.dense_4h_to_h.bias.add_(1)
    with pytest.raises(InputError) as refused:
        load(file, LanguageModel(other, small.model.tokenizer, "other"))
    said = str(refused.value)
    assert "made for" in said and small.model.fingerprint in said and "not for other" in said


def test_a_model_that_is_gone_is_asked_for(session, small, packed, tmp_path):
    file = packed(small.planted[:1], Origin(tmp_path / "gone", "gone", "nobody"))
    with pytest.raises(
        InputError, match=r"its model lay in .*gone, which is not here: name the model's folder"
    ):
        load(file)
    assert load(file, small.model).classes == small.task.classes


def test_the_card_is_one_that_the_hub_reads(small, session, packed, unpacked):
    refs = edited(small, 2)
    file = unpacked(packed(refs, Origin("EleutherAI/pythia-70m", "pythia", "A|da"), ablation="mean"))
    card = ModelCard((file / "README.md").read_text("utf-8"), ignore_metadata_errors=False)
    assert card.data.base_model == "EleutherAI/pythia-70m" and card.data.pipeline_tag == "text-classification"
    after = session.evaluate(refs, ablation="mean", split="test").accuracies
    assert [result.metric_value for result in card.data.eval_results] == [
        pytest.approx(share.value, abs=1e-6) for share in (after.label, after.attribute, after.worst)
    ]
    assert r"A\|da" in card.text and "Classifier()" in card.text


def test_the_card_says_task_judgements_numbers_and_limits(small, session, packed, unpacked, model_folder):
    refs = edited(small, 3)
    text = (unpacked(packed(refs)) / "README.md").read_text("utf-8")
    assert "tells professor (0) from nurse (1)" in text and "the majority of those who judged" in text
    assert f"| `{refs[0]}` | name of {refs[0]} | 0 | Ada, B\\|o | \\<i\\>Cy |  |" in text
    for split in ("test", "development"):
        value, low, high = session.evaluate(refs, split=split).accuracies.worst.percent
        assert f"{value:.1f} ({low:.1f} to {high:.1f})" in text
    assert small.model.fingerprint in text and f"{max(map(len, session.texts.test.tokens))} tokens" in text
    assert str(model_folder.parent) not in text, "the way to the model is nobody else's affair"


@pytest.mark.parametrize(
    "damage, said",
    [
        ({"version": 99}, "no edited classifier of version 1 to 3"),
        ({"format": "x"}, "no edited classifier"),
        ({"sites": [{}]}, "damaged classifier"),
        ({"read": 3, "sites": [{"site": "embed"}]}, "damaged classifier"),
        ({"task": None}, "damaged classifier"),
        ({"model": {"id": "x", "revision": None, "hash": "", "dtype": "float32"}}, "its model lay in x"),
    ],
)
def test_a_damaged_description_is_told_in_a_line(small, packed, unpacked, damage, said):
    folder = unpacked(packed(small.planted[:2]))
    about = json.loads((folder / "classifier.json").read_text("utf-8"))
    (folder / "classifier.json").write_text(json.dumps(about | damage), "utf-8")
    with pytest.raises(InputError, match=said) as told:
        load(folder)
    assert "\n" not in str(told.value) and str(told.value).startswith(str(folder))


def test_what_is_no_bundle_is_named(small, packed, unpacked, tmp_path):
    with pytest.raises(InputError, match="nothing-here: no zip file nor folder of a classifier"):
        load(tmp_path / "nothing-here")
    (tmp_path / "text.zip").write_text("no zip")
    with pytest.raises(InputError, match=r"text\.zip: no zip file nor folder of a classifier"):
        load(tmp_path / "text.zip")
    with zipfile.ZipFile(tmp_path / "other.zip", "w") as archive:
        archive.writestr("hello.txt", "hello")
    with pytest.raises(InputError, match=r"other\.zip: holds no classifier"):
        load(tmp_path / "other.zip")
    folder = unpacked(packed(small.planted[:2]))
    content = (folder / "classifier.safetensors").read_bytes()
    (folder / "classifier.safetensors").write_bytes(content[:-50])
    with pytest.raises(InputError, match="damaged classifier"):
        load(folder)


@pytest.mark.parametrize("version", [1, 2])
def test_a_file_of_an_older_version_still_loads(small, session, tmp_path, version):
    """As those versions wrote it: whole dictionaries, one probe, no hash; the first set features to zero."""
    refs = small.planted[:2]
    values = dict.fromkeys(map(str, refs), 0.0)
    if version == 2:
        values = {str(ref): value for ref, value in session.values(refs, "mean").items()}
    folder = tmp_path / "old"
    save_dictionaries(
        folder / "dictionaries", {Site("embed", -1): small.dictionaries[Site("embed", -1)]}, "float64"
    )
    save_file(
        {"weight": session.probe.weight.float(), "bias": torch.tensor([session.probe.bias])},
        folder / "probe.safetensors",
    )
    about = {
        "format": "circuit-explorer/edited-classifier", "version": version, "site": "resid_1",
        "classes": list(small.task.classes), "ablated": list(values) if version == 1 else values,
        "model": "small",
    }  # fmt: skip
    (folder / "classifier.json").write_text(json.dumps(about), "utf-8")
    with pytest.raises(InputError, match=f"version {version} does not say where its model lies"):
        load(folder)
    classifier = load(folder, small.model)
    expected = session.logits(refs, ablation="zero" if version == 1 else "mean", split="test")[:1]
    torch.testing.assert_close(classifier.logits(session.texts.test.tokens), expected, atol=1e-4, rtol=0)
    assert classifier.ablated == {FeatureRef.parse(name): value for name, value in values.items()}
    about["site"] = "resid_9"
    (folder / "classifier.json").write_text(json.dumps(about), "utf-8")
    with pytest.raises(InputError, match="give that model"):
        load(folder, small.model)


def test_packing_tells_a_feature_that_does_not_exist(session, tmp_path):
    with pytest.raises(InputError, match="resid_0/4000"):
        pack(session, ["resid_0/4000"], Origin(Path("x"), "x", "nobody"))

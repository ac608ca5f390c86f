"""Reading and editing sites; loading a folder, and what is told of a bad one."""

from __future__ import annotations

import copy
import json
import os

import pytest
import torch
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import AutoModelForCausalLM, GPTNeoXConfig, PreTrainedTokenizerFast

from explorer_engine.errors import InputError
from explorer_engine.models import LanguageModel, load_model
from explorer_engine.sites import Site, sites_of
from tests.explorer_engine.test_attribution import tolerance
from tests.explorer_engine.tiny import FAMILIES, tiny_examples, tiny_model

RAGGED = (6, 4, 5)


@pytest.mark.parametrize("family", FAMILIES)
def test_sites_are_what_the_layers_add_up_from(family):
    model, examples = tiny_model(family), tiny_examples(RAGGED)
    values = model.activations(examples.tokens, examples.mask, model.sites)
    assert tuple(values) == model.sites == sites_of(3)
    assert {site: v.shape[-1] for site, v in values.items()} == {s: model.width(s) for s in model.sites}
    real = examples.mask
    for i in (1, 2):
        before, attn, mlp, after = (
            values[Site(k, j)] for k, j in (("resid", i - 1), ("attn", i), ("mlp", i), ("resid", i))
        )
        if model.family.attn_added:
            torch.testing.assert_close((before + attn + mlp)[real], after[real], **tolerance(model))
        else:  # Gemma Scope reads the attention before its output projection and norm
            layer = model.layers[i]
            part = layer.post_attention_layernorm(layer.self_attn.o_proj(attn))
            torch.testing.assert_close((before + part + mlp)[real], after[real], **tolerance(model))
    logits = model.logits(examples.tokens, examples.mask)
    torch.testing.assert_close(
        model.readout(values[Site("resid", 2)])[real], logits[real], **tolerance(model)
    )
    rows = torch.tensor([[3, 5], [0, 7], [1, 1]])
    some = model.readout(values[Site("resid", 2)][:, -1], rows)
    torch.testing.assert_close(some, logits[:, -1].gather(1, rows), **tolerance(model))


@pytest.mark.parametrize("family", FAMILIES)
def test_left_padding_changes_no_logit(family):
    model, examples = tiny_model(family), tiny_examples(RAGGED)
    together = model.logits(examples.tokens, examples.mask)
    for b, length in enumerate(RAGGED):
        alone = examples[b : b + 1].trimmed()
        torch.testing.assert_close(
            together[b, -length:], model.logits(alone.tokens, alone.mask)[0], **tolerance(model)
        )
    plain = model.hf(examples.tokens[:1], use_cache=False).logits  # no padding, no positions given
    torch.testing.assert_close(together[:1], plain, **tolerance(model))


@pytest.mark.parametrize("family", FAMILIES)
def test_edits_act_in_order_of_depth_on_the_edited_stream(family):
    model, examples = tiny_model(family), tiny_examples(RAGGED)
    tokens, mask = examples.tokens, examples.mask
    early, late = Site("attn", 0), Site("resid", 1)
    seen = []

    def halve(x):
        seen.append(x)
        return x / 2

    edits = {late: halve, early: torch.zeros_like}
    read = model.activations_edited(tokens, mask, edits, [early, Site("resid", 0), late])
    assert not bool(read[early].any())
    torch.testing.assert_close(read[late], seen[0] / 2)
    only_early = model.activations_edited(tokens, mask, {early: torch.zeros_like}, [late])
    torch.testing.assert_close(seen[0], only_early[late])
    logits = model.logits_edited(tokens, mask, edits)
    captured = model.activations_edited(tokens, mask, edits, [Site("resid", 2)])[Site("resid", 2)]
    torch.testing.assert_close(model.readout(captured)[mask], logits[mask], **tolerance(model))
    assert torch.equal(model.logits_edited(tokens, mask, {}), model.logits(tokens, mask))


@pytest.mark.parametrize("family", ["gpt_neox", "gpt_neo", "opt"])
def test_a_copy_of_a_model_is_read_and_edited_by_itself(family):
    """As classifiers are trained on a copy: its layers may be of another class than transformers gave."""
    model, examples = tiny_model(family), tiny_examples(RAGGED)
    tokens, mask, site = examples.tokens, examples.mask, Site("mlp", 1)
    again = LanguageModel(copy.deepcopy(model.hf))
    edits = {site: torch.zeros_like}
    assert torch.equal(again.logits_edited(tokens, mask, edits), model.logits_edited(tokens, mask, edits))
    with torch.no_grad():
        for parameter in again.layers[2].parameters():
            parameter.zero_()
    changed = again.activations(tokens, mask, [Site("mlp", 2)])[Site("mlp", 2)]
    assert not bool(changed.any())
    assert bool(model.activations(tokens, mask, [Site("mlp", 2)])[Site("mlp", 2)].any())


def test_nothing_after_the_last_site_is_run():
    model, examples = tiny_model("gpt_neox"), tiny_examples()
    calls = []
    handles = [
        layer.register_forward_hook(lambda *_, i=i: calls.append(i)) for i, layer in enumerate(model.layers)
    ]
    model.activations(examples.tokens, examples.mask, [Site("mlp", 1)])
    for handle in handles:
        handle.remove()
    assert calls == [0]  # layer 1 is entered but left at its MLP
    assert model.activations(examples.tokens, examples.mask, []) == {}


def test_parameters_are_frozen_and_fingerprints_tell_models_apart():
    model = tiny_model("gpt_neox")
    assert not any(p.requires_grad for p in model.hf.parameters())
    assert len({tiny_model(name).fingerprint for name in FAMILIES}) == len(FAMILIES)


@pytest.fixture
def folder(tmp_path):
    """A model folder with a tokenizer, as transformers saves it."""
    config = GPTNeoXConfig(
        vocab_size=10, hidden_size=8, num_hidden_layers=1, num_attention_heads=2, intermediate_size=8
    )
    AutoModelForCausalLM.from_config(config).save_pretrained(tmp_path / "model")
    words = Tokenizer(models.WordLevel({f"w{i}": i for i in range(10)}, unk_token="w1"))
    words.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=words, pad_token="w0", unk_token="w1")
    tokenizer.save_pretrained(tmp_path / "model")
    return tmp_path / "model"


def test_loading_a_folder(folder):
    model = load_model(folder, dtype="float64", device="cpu")
    assert (model.name, model.n_layers, model.d_model, model.dtype) == ("model", 1, 8, torch.float64)
    assert model.tokenizer("w3 w4")["input_ids"] == [3, 4]
    assert model.fingerprint == load_model(folder, dtype="bfloat16", device="cpu").fingerprint


@pytest.mark.parametrize("family", FAMILIES)
def test_a_saved_model_of_each_family_is_loaded_as_it_was(folder, family):
    """Tied weights are not missed, and what is not in the file (windows, scales, rotations) is made again."""
    model, examples = tiny_model(family), tiny_examples(RAGGED)
    model.hf.save_pretrained(folder)
    loaded = load_model(folder, dtype="float64", device="cpu")
    assert (loaded.family, loaded.fingerprint) == (model.family, model.fingerprint)
    found, expected = (of.logits(examples.tokens, examples.mask) for of in (loaded, model))
    torch.testing.assert_close(found, expected, **tolerance(model))


def test_bad_models_are_told_in_one_line(folder, tmp_path):
    def complaint(path, **options) -> str:
        with pytest.raises(InputError) as problem:
            load_model(path, device=options.pop("device", "cpu"), **options)
        assert "\n" not in str(problem.value)
        return str(problem.value)

    assert "no such folder" in complaint(tmp_path / "nowhere")
    (tmp_path / "empty").mkdir()
    assert "no config.json" in complaint(tmp_path / "empty")
    assert "float31" in complaint(folder, dtype="float31")
    assert "--device cpu" in complaint(folder, device="abacus")
    assert "--device cpu" in complaint(folder, device="meta")
    config = json.loads((folder / "config.json").read_text())
    for layers in (0, -1, 10**6, 10**400):
        (folder / "config.json").write_text(json.dumps(config | {"num_hidden_layers": layers}))
        assert "expected 1 to 1,000" in complaint(folder)
    (folder / "config.json").write_text(json.dumps(config))
    os.mkfifo(folder / "special_tokens_map.json")
    assert "special_tokens_map.json: is a pipe" in complaint(folder)
    (folder / "special_tokens_map.json").unlink()
    weights = load_file(folder / "model.safetensors")
    weights["gpt_neox.layers.0.mlp.dense_h_to_4h.weight"][0, 0] = float("nan")
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    assert "dense_h_to_4h.weight holds NaN or Inf" in complaint(folder)
    (folder / "model.safetensors").unlink()
    assert "model" in complaint(folder)
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"model_type": "bloom"}))
    assert "register_family" in complaint(folder)


def test_code_that_comes_with_a_model_is_neither_run_nor_asked_for(folder, monkeypatch):
    """A question on the terminal would wait for an answer, and a yes would run the code."""
    asked = []
    monkeypatch.setattr("builtins.input", lambda *words: asked.append(words) or "y")
    (folder / "own.py").write_text(f"open({str(folder / 'ran')!r}, 'w')\nclass Own: pass\n")
    own = {
        "config.json": {"AutoConfig": "own.Own"},
        "tokenizer_config.json": {"AutoTokenizer": ["own.Own", None]},
    }
    for file, parts in own.items():
        known = json.loads((folder / file).read_text())
        (folder / file).write_text(json.dumps(known | {"auto_map": parts}))
    assert load_model(folder, device="cpu").family.name == "gpt_neox"  # transformers knows it without
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"model_type": "own"}))
    with pytest.raises(InputError, match=r"^model .*: it needs code of its own, which is never run; .*$"):
        load_model(folder, device="cpu")
    assert not asked and not (folder / "ran").exists()

"""Removing features: equal to decoding without them and adding the error back, at a site and in a model."""

from __future__ import annotations

import pytest
import torch
from tokenizers import Tokenizer, models
from torch import Tensor
from transformers import GPTNeoXConfig, GPTNeoXForCausalLM, PreTrainedTokenizerFast

from explorer_engine.ablation import feature_edits, set_features
from explorer_engine.dictionaries import (
    Dictionary,
    GatedDictionary,
    IdentityDictionary,
    JumpReluDictionary,
    ReluDictionary,
    TopKDictionary,
)
from explorer_engine.errors import InputError
from explorer_engine.models import LanguageModel
from explorer_engine.sites import FeatureRef, Site
from tests.explorer_engine.reference import Reference
from tests.explorer_engine.test_attribution import difference, tolerance
from tests.explorer_engine.tiny import FAMILIES, mixed_dictionaries, tiny_examples, tiny_model

D, F = 16, 40


def normal(*shape: int) -> Tensor:
    return torch.randn(*shape, dtype=torch.float64)


def dictionaries() -> list[Dictionary]:
    torch.manual_seed(2)
    tensors = (normal(F, D), normal(F), normal(F, D), normal(D))
    return [
        ReluDictionary(*tensors),
        JumpReluDictionary(*tensors, threshold=torch.rand(F, dtype=torch.float64)),
        TopKDictionary(*tensors, k=6),
        GatedDictionary(*tensors, gate_bias=normal(F), magnitude=normal(F) / 3),
        IdentityDictionary(D, torch.float64),
    ]


@pytest.mark.parametrize("dictionary", dictionaries(), ids=lambda d: d.kind)
def test_zeroing_is_decoding_without_them_and_keeping_the_error(dictionary: Dictionary) -> None:
    x, index = normal(3, 5, D), torch.tensor([1, 4, 11])
    f = dictionary.encode(x)
    error = x - dictionary.decode(f)
    without = f.clone()
    without[..., index] = 0
    assert (f[..., index] != 0).any()
    torch.testing.assert_close(set_features(dictionary, x, index), dictionary.decode(without) + error)
    to = normal(3)
    without[..., index] = to
    torch.testing.assert_close(set_features(dictionary, x, index, to), dictionary.decode(without) + error)


@pytest.fixture(scope="module")
def model() -> LanguageModel:
    torch.manual_seed(0)
    config = GPTNeoXConfig(
        vocab_size=50, hidden_size=D, num_hidden_layers=3, num_attention_heads=2, intermediate_size=32
    )
    words = Tokenizer(models.WordLevel({"[PAD]": 0}, unk_token="[PAD]"))
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=words, pad_token="[PAD]")
    return LanguageModel(GPTNeoXForCausalLM(config).double(), tokenizer)


def test_edits_act_in_order_of_depth_on_the_edited_stream(model: LanguageModel) -> None:
    relu = dictionaries()[0]
    sites = [Site("embed", -1), Site("mlp", 0), Site("resid", 1)]
    refs = [FeatureRef(site, index) for site in reversed(sites) for index in (0, 3, 9)]
    edits = feature_edits(dict.fromkeys(sites, relu), refs)
    assert list(edits) == sites

    tokens, mask = torch.randint(0, 50, (2, 6)), torch.ones(2, 6, dtype=torch.bool)
    edited = model.activations_edited(tokens, mask, edits, [Site("resid", 2)])  # type: ignore[arg-type]

    layers = model.hf.gpt_neox.layers
    index = torch.tensor([0, 3, 9])

    def hook(_module: object, _inputs: object, output: Tensor) -> Tensor:
        f = relu.encode(output)
        removed = torch.zeros_like(f)
        removed[..., index] = f[..., index]
        return output - (relu.decode(removed) - relu.decoder_bias)

    handles = [m.register_forward_hook(hook) for m in (model.hf.gpt_neox.embed_in, layers[0].mlp, layers[1])]
    try:
        # the last hidden state of Hugging Face is normalised: read layer 2 itself
        found: list[Tensor] = []
        handles.append(layers[2].register_forward_hook(lambda _m, _i, output: found.append(output)))
        model.hf(tokens)
    finally:
        for handle in handles:
            handle.remove()
    torch.testing.assert_close(edited[Site("resid", 2)], found[0])


@pytest.mark.parametrize("family", FAMILIES)
def test_every_family_runs_without_features_as_its_modules_do_with_hooks(family: str) -> None:
    """The error of `attn_1` and two features everywhere, one of them set to 0.5; unequal lengths."""
    model, examples = tiny_model(family), tiny_examples((6, 4, 5))
    dictionaries = mixed_dictionaries(model)
    plain = Reference(model, dictionaries, examples, difference)
    bare = Site("attn", 1)
    to = {FeatureRef(site, 3): 0.5 for site in dictionaries}
    refs = [*to, *(FeatureRef(site, 7) for site in dictionaries), FeatureRef(bare, "error")]

    def by_hand(site: Site, x: Tensor) -> Tensor:
        f, error = plain.split(site, x)
        f = f.clone()
        f[..., 3], f[..., 7] = 0.5, 0
        return plain.join(site, f, torch.zeros_like(error) if site == bare else error)

    edits = feature_edits(dictionaries, refs, to)
    found = model.logits_edited(examples.tokens, examples.mask, edits)[:, -1]
    changes = {site: lambda x, site=site: by_hand(site, x) for site in dictionaries}
    with torch.no_grad():
        expected, untouched = (plain.run(examples.tokens, changed) for changed in (changes, {}))
    torch.testing.assert_close(found, expected, **tolerance(model))
    assert not torch.allclose(found, untouched, atol=0.1)


def test_removing_the_error_leaves_the_reconstruction() -> None:
    relu, site, x = dictionaries()[0], Site("mlp", 0), normal(2, D)
    whole = feature_edits({site: relu}, [FeatureRef(site, "error")])[site]
    torch.testing.assert_close(whole(x), relu.decode(relu.encode(x)))
    both = feature_edits({site: relu}, [FeatureRef(site, "error"), FeatureRef(site, 3)])[site]
    torch.testing.assert_close(
        both(x), set_features(relu, x, torch.tensor([3])) - (x - relu.decode(relu.encode(x)))
    )


def test_features_are_set_to_the_values_given_and_the_rest_to_zero() -> None:
    relu, site, x = dictionaries()[0], Site("mlp", 0), normal(2, D)
    refs = [FeatureRef(site, 9), FeatureRef(site, 3)]
    edit = feature_edits({site: relu}, refs, {refs[0]: 0.75})[site]
    torch.testing.assert_close(
        edit(x), set_features(relu, x, torch.tensor([3, 9]), torch.tensor([0.0, 0.75], dtype=torch.float64))
    )
    bare = feature_edits({site: relu}, [*refs, FeatureRef(site, "error")], {refs[0]: 0.75})[site]
    f = relu.encode(x).clone()
    f[..., 3], f[..., 9] = 0, 0.75
    torch.testing.assert_close(bare(x), relu.decode(f))


def test_nothing_to_remove_is_no_edit_and_what_does_not_exist_is_named() -> None:
    site = Site("mlp", 0)
    assert feature_edits({site: dictionaries()[0]}, []) == {}
    with pytest.raises(InputError, match="resid_0/1: there is no dictionary at resid_0"):
        feature_edits({site: dictionaries()[0]}, [FeatureRef(Site("resid", 0), 1)])
    with pytest.raises(InputError, match=r"mlp_0/40: .* has features 0 to 39"):
        feature_edits({site: dictionaries()[0]}, [FeatureRef(site, 40)])

"""Texts run with edits: always what the whole model gives, however much is reused."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor

from explorer_engine.ablation import feature_edits
from explorer_engine.errors import InputError
from explorer_engine.shift.runner import Cancelled, SiteEdit, TextRunner, feature_site_edits
from explorer_engine.sites import FeatureRef, Site
from tests.explorer_engine.tiny import FAMILIES, VOCABULARY, mixed_dictionaries, tiny_model

STEPS = [
    "resid_1/3",
    "mlp_1/5",
    "attn_0/7",
    "embed/20",
    "resid_0/11",
    "attn_1/2",
    "mlp_0/9",
    "embed/4",
    "resid_1/8",
]


def slowly(small: Any, refs: list[str]) -> Tensor:
    """One text at a time through the whole model, [N,d]."""
    site = small.task.site
    edits = feature_edits(small.dictionaries, [FeatureRef.parse(ref) for ref in refs])
    out = []
    for text in small.texts.test.tokens[:24]:
        tokens = torch.tensor([text])
        out.append(small.model.activations_edited(tokens, tokens >= 0, edits, [site])[site].mean(1))
    return torch.cat(out)


def edits_of(small: Any, refs: list[str]) -> Any:
    return feature_site_edits(small.dictionaries, map(FeatureRef.parse, refs))


@pytest.mark.parametrize("memory", [0, 40_000, 1 << 30], ids=["nothing kept", "little kept", "all kept"])
def test_any_sequence_of_edits_gives_what_the_whole_model_gives(small: Any, memory: int) -> None:
    runner = TextRunner(small.model, small.task.site, small.texts.test.tokens[:24], memory=memory)
    try:
        for n in (0, *range(len(STEPS) + 1), 4, 0):
            torch.testing.assert_close(runner.pooled(edits_of(small, STEPS[:n])), slowly(small, STEPS[:n]))
    finally:
        runner.close()


@pytest.mark.parametrize("family", FAMILIES)
def test_texts_of_unequal_length_run_as_in_the_whole_model_of_every_family(family: str) -> None:
    model, site = tiny_model(family), Site("resid", 2)
    dictionaries = mixed_dictionaries(model)
    refs = [FeatureRef(at, 3) for at in dictionaries]
    texts = [torch.randint(VOCABULARY, (n,)) for n in (7, 5, 7)]
    runner = TextRunner(model, site, [text.tolist() for text in texts])
    try:
        found = runner.pooled(feature_site_edits(dictionaries, refs))
    finally:
        runner.close()
    for text, pooled in zip(texts, found, strict=True):
        tokens, edits = text[None], feature_edits(dictionaries, refs)
        whole = model.activations_edited(tokens, tokens >= 0, edits, [site])[site]
        torch.testing.assert_close(pooled, whole[0].mean(0))


def test_hooks_of_others_and_of_the_runner_do_not_meet(small: Any) -> None:
    runner = TextRunner(small.model, small.task.site, small.texts.test.tokens[:24])
    before = runner.pooled({})
    layer = small.model.layers[0]
    handle = layer.register_forward_hook(lambda _m, _i, output: output * 0)
    try:
        changed = SiteEdit("double", lambda x: 2 * x)
        assert not torch.equal(runner.pooled({Site("mlp", 0): changed}), before)
        torch.testing.assert_close(runner.pooled({}), before)
        assert len(layer._forward_hooks) == 1
        assert not layer.mlp._forward_hooks
    finally:
        handle.remove()
        runner.close()
    assert runner._borrow(lambda model: model.embed.weight is small.model.embed.weight), "weights are shared"


def test_one_text_from_other_embeddings_is_differentiable(small: Any) -> None:
    runner = TextRunner(small.model, small.task.site, small.texts.test.tokens[:24])
    edits = edits_of(small, STEPS[:6])
    try:
        own = runner.embedding(7)
        torch.testing.assert_close(runner.pooled_from(7, own[None], edits)[0], slowly(small, STEPS[:6])[7])
        step = 1e-6 * torch.randn_like(own)
        point = own.clone().requires_grad_()
        with torch.enable_grad():
            (gradient,) = torch.autograd.grad(runner.pooled_from(7, point[None], edits).sum(), point)
        both = runner.pooled_from(7, torch.stack([own + step, own - step]), edits).sum(1)
        torch.testing.assert_close((both[0] - both[1]) / 2, (gradient * step).sum(), rtol=1e-5, atol=1e-12)
    finally:
        runner.close()
    everything = torch.tensor([token for text in small.texts.test.tokens[:24] for token in text])
    torch.testing.assert_close(runner_average(small), small.model.embed(everything).mean(0))


def runner_average(small: Any) -> Tensor:
    runner = TextRunner(small.model, small.task.site, small.texts.test.tokens[:24])
    try:
        return runner.average_embedding()
    finally:
        runner.close()


def test_progress_is_told_and_a_run_can_be_stopped(small: Any) -> None:
    runner = TextRunner(small.model, small.task.site, small.texts.test.tokens, workers=1)
    try:
        heard: list[tuple[int, int, str]] = []
        runner.pooled({}, lambda *told: heard.append(told))
        n = len(small.texts.test)
        assert heard == sorted(heard) and heard[-1] == (n, n, "texts")
        seen: list[tuple[int, int, str]] = []
        with pytest.raises(Cancelled):
            runner.pooled({}, lambda *told: seen.append(told), lambda: len(seen) >= 2)
        assert len(seen) == 2
    finally:
        runner.close()


def test_a_feature_that_does_not_exist_is_named(small: Any) -> None:
    with pytest.raises(InputError, match=r"resid_1/40: .* has features 0 to 39"):
        edits_of(small, ["resid_1/40"])

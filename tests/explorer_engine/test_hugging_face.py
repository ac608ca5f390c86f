"""Every family computes what the unmodified model of transformers computes with its own eager attention."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest
import torch
from torch import Tensor
from transformers import AutoModelForCausalLM
from transformers.models.gpt_oss.modeling_gpt_oss import eager_attention_forward

from explorer_engine.attention import attention
from explorer_engine.errors import InputError
from explorer_engine.models import LanguageModel
from tests.explorer_engine.tiny import BOS, FAMILIES, VOCABULARY, WINDOW, configs, tiny_model

LENGTHS = (8, 3, 6)
WINDOWED = ("gpt_neo", "gemma2", "gemma3_text", "mistral", "phi3", "qwen2")


@cache
def prompts() -> tuple[Tensor, Tensor]:
    """Tokens and mask [3,8]: every prompt begins with BOS, which is what the shorter ones are padded with."""
    tokens = torch.randint(VOCABULARY, (3, 8), generator=torch.Generator().manual_seed(0))
    mask = torch.arange(8) >= 8 - torch.tensor(LENGTHS)[:, None]
    starts = mask.cumsum(1) <= 1
    return tokens.masked_fill(starts, BOS), mask


def plain(family: str, kind: str | None = "eager", **changed: Any) -> Any:
    """The model of transformers in float32, with the weights of the tiny model and a kind of attention."""
    config = configs()[family]
    for name, value in changed.items():
        assert hasattr(config, name)
        setattr(config, name, value)
    hf = AutoModelForCausalLM.from_config(config, attn_implementation=kind)
    hf.load_state_dict(tiny_model(family).hf.state_dict())
    return hf.float().eval()


def assert_close(found: Tensor, expected: Tensor) -> None:
    torch.testing.assert_close(found, expected, atol=2e-5 * float(expected.abs().max()), rtol=0)


@pytest.mark.parametrize("family", FAMILIES)
@torch.no_grad()
def test_logits_are_those_of_transformers_with_and_without_padding(family: str) -> None:
    tokens, mask = prompts()
    hf = plain(family)
    positions = (mask.long().cumsum(1) - 1).clamp_min(0)
    padded = hf(tokens, attention_mask=mask.long(), position_ids=positions, use_cache=False).logits
    for kind in ("eager", None):  # ours in place of eager attention, and what the model takes by itself
        logits = LanguageModel(plain(family, kind)).logits(tokens, mask)
        assert_close(logits[mask], padded[mask])
        for row, length in enumerate(LENGTHS):
            alone = hf(tokens[row : row + 1, -length:], use_cache=False).logits
            assert_close(logits[row : row + 1, -length:], alone)


@pytest.mark.parametrize("family", WINDOWED)
@torch.no_grad()
def test_windows_are_shorter_than_the_prompts(family: str) -> None:
    """So that what is tested on the tiny models is tested with windows that hide something."""
    name = "window_size" if family == "gpt_neo" else "sliding_window"
    narrow, wide = (plain(family, **{name: n}) for n in (WINDOW, 32))
    tokens, _ = prompts()
    by_window = [hf(tokens[:1], use_cache=False).logits[0] for hf in (narrow, wide)]
    apart = (by_window[0] - by_window[1]).abs().amax(-1)
    assert bool((apart[:WINDOW] < 1e-4).all()) and bool((apart[WINDOW:] > 1e-3).all())


@torch.no_grad()
def test_rotary_factors_that_switch_by_length_are_those_of_transformers() -> None:
    """Phi-3's longrope: beyond the first length a text is read by other factors from its first token on."""
    config = configs()["phi3"]
    config.original_max_position_embeddings = 5
    config.rope_parameters = {
        "rope_type": "longrope",
        "rope_theta": 10000.0,
        "short_factor": [1.0, 1.0],
        "long_factor": [2.0, 4.0],
    }
    hf = AutoModelForCausalLM.from_config(config, attn_implementation="eager").float().eval()
    ours = LanguageModel(AutoModelForCausalLM.from_config(config, attn_implementation="eager").float())
    for model in (hf, ours.hf):
        model.load_state_dict(tiny_model("phi3").hf.state_dict())
    tokens, _ = prompts()
    found = []
    for length in (8, 5, 8):  # there and back: nothing stays of the length before
        some = tokens[:, -length:]
        found.append(ours.logits(some, torch.ones_like(some, dtype=torch.bool)))
        assert_close(found[-1], hf(some, use_cache=False).logits)
    first = tokens[:, :5]
    short = ours.logits(first, torch.ones_like(first, dtype=torch.bool))
    assert float((found[0][:, :5] - short).abs().max()) > 1e-3
    mask = torch.arange(8) >= torch.tensor([0, 3, 0])[:, None]
    with pytest.raises(InputError, match="more than 5 tokens with other rotary factors"):
        ours.logits(tokens, mask)


def test_our_attention_honours_sinks_groups_windows_and_its_scale() -> None:
    g = torch.Generator().manual_seed(0)
    query, key, value = (torch.randn(2, heads, 5, 6, generator=g) for heads in (4, 2, 2))
    module = torch.nn.Module()
    module.sinks, module.num_key_value_groups = torch.randn(4, generator=g), 2  # type: ignore[assignment]
    before = torch.arange(5)[:, None] - torch.arange(5)
    hidden = torch.zeros(5, 5).masked_fill((before < 0) | (before >= WINDOW), torch.finfo(torch.float32).min)
    expected, weights = eager_attention_forward(module, query, key, value, hidden, scaling=0.3)
    found = attention(module, query, key, value, hidden, scaling=0.3, s_aux=module.sinks)  # type: ignore[arg-type]
    torch.testing.assert_close(found[0], expected)
    torch.testing.assert_close(found[1], weights)

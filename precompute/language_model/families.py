"""Families of language models that can be trained: one function each, from the options to a config."""

from __future__ import annotations

from collections.abc import Callable

import torch
from transformers import (
    AutoModelForCausalLM,
    GPT2Config,
    GPTNeoXConfig,
    LlamaConfig,
    PretrainedConfig,
    PreTrainedModel,
)

from explorer_engine.errors import InputError
from precompute.language_model.options import LanguageModelOptions

__all__ = ["new_model"]


def _gpt_neox(o: LanguageModelOptions) -> PretrainedConfig:
    """All head dimensions are rotary: with a quarter of them induction comes late."""
    return GPTNeoXConfig(
        vocab_size=o.vocabulary, hidden_size=o.width, num_hidden_layers=o.layers,
        num_attention_heads=o.heads, intermediate_size=o.mlp, max_position_embeddings=2 * o.window,
        use_parallel_residual=True, tie_word_embeddings=False, bos_token_id=0, eos_token_id=0,
        rope_parameters={"rope_type": "default", "rope_theta": 10000.0, "partial_rotary_factor": 1.0},
    )  # fmt: skip


def _gpt2(o: LanguageModelOptions) -> PretrainedConfig:
    """Positions are learnt, so there are none beyond the window. Without dropout."""
    return GPT2Config(
        vocab_size=o.vocabulary, n_embd=o.width, n_layer=o.layers, n_head=o.heads, n_inner=o.mlp,
        n_positions=o.window, bos_token_id=0, eos_token_id=0,
        resid_pdrop=0.0, embd_pdrop=0.0, attn_pdrop=0.0,
    )  # fmt: skip


def _llama(o: LanguageModelOptions) -> PretrainedConfig:
    return LlamaConfig(
        vocab_size=o.vocabulary, hidden_size=o.width, num_hidden_layers=o.layers,
        num_attention_heads=o.heads, intermediate_size=o.mlp, max_position_embeddings=2 * o.window,
        tie_word_embeddings=False, bos_token_id=0, eos_token_id=0,
    )  # fmt: skip


_CONFIGS: dict[str, Callable[[LanguageModelOptions], PretrainedConfig]] = {
    "gpt-neox": _gpt_neox,
    "gpt2": _gpt2,
    "llama": _llama,
}


def new_model(options: LanguageModelOptions) -> PreTrainedModel:
    """An untrained model in float32, its weights by the seed.

    Raises InputError for a family that is not known and for sizes that make no model.
    """
    if options.family not in _CONFIGS:
        raise InputError(
            f"language model: family {options.family!r} is unknown: choose one of {', '.join(_CONFIGS)}"
        )
    for name in ("layers", "width", "heads", "mlp", "vocabulary", "window", "batch", "steps"):
        if getattr(options, name) < 1:
            raise InputError(f"language model: {name} is {getattr(options, name)}: give at least 1")
    if options.width % (2 * options.heads):
        raise InputError(
            f"language model: width {options.width} does not part into {options.heads} heads of even width: "
            "give a multiple of twice the heads"
        )
    torch.manual_seed(options.seed)
    return AutoModelForCausalLM.from_config(_CONFIGS[options.family](options))

"""Tiny random models of every family and random dictionaries of every kind, in float64."""

from __future__ import annotations

from dataclasses import fields
from functools import cache
from typing import Any

import torch
from torch import Tensor
from transformers import (
    AutoModelForCausalLM,
    Gemma2Config,
    Gemma3TextConfig,
    GemmaConfig,
    GPT2Config,
    GPTNeoConfig,
    GPTNeoXConfig,
    LlamaConfig,
    MistralConfig,
    Olmo2Config,
    OPTConfig,
    Phi3Config,
    PhiConfig,
    PretrainedConfig,
    Qwen2Config,
    Qwen3Config,
)

from explorer_engine.data import Examples
from explorer_engine.dictionaries import Dictionary, registry
from explorer_engine.dictionaries.base import TensorDictionary
from explorer_engine.dictionaries.kinds.normalised import EXTRA_FEATURES, NormalisedDictionary
from explorer_engine.models import LanguageModel
from explorer_engine.sites import Site

VOCABULARY = 40
BOS = 1
WINDOW = 3
"""How many positions a layer with a sliding window sees; examples are longer."""
_GQA = {"num_attention_heads": 4, "num_key_value_heads": 2, "intermediate_size": 24, "head_dim": 6}


def configs() -> dict[str, PretrainedConfig]:
    """A small config of each of FAMILIES, made anew: a model changes its own."""
    tokens = {"vocab_size": VOCABULARY, "bos_token_id": BOS, "eos_token_id": 2, "pad_token_id": 0}
    size = {
        **tokens,
        "hidden_size": 16,
        "num_hidden_layers": 3,
        "max_position_embeddings": 32,
    }
    grouped = {**size, **{k: v for k, v in _GQA.items() if k != "head_dim"}}
    neox = {**size, "num_attention_heads": 4, "intermediate_size": 24, "rotary_pct": 0.5}
    gemma = {**size, **_GQA, "sliding_window": WINDOW, "query_pre_attn_scalar": 6}
    return {
        "gpt_neox": GPTNeoXConfig(**neox, use_parallel_residual=True),
        "gpt_neox sequential": GPTNeoXConfig(**neox, use_parallel_residual=False),
        "gpt2": GPT2Config(**tokens, n_embd=16, n_layer=3, n_head=4, n_positions=32),
        "gpt_neo": GPTNeoConfig(
            **tokens, hidden_size=16, num_layers=3, num_heads=4, intermediate_size=24, window_size=WINDOW,
            attention_types=[[["global", "local", "local"], 1]], max_position_embeddings=32,
        ),
        "opt": OPTConfig(
            **tokens, hidden_size=16, word_embed_proj_dim=16, num_hidden_layers=3, ffn_dim=24,
            num_attention_heads=4, max_position_embeddings=32,
        ),
        "gemma": GemmaConfig(**size, **_GQA),
        "gemma2": Gemma2Config(**gemma, final_logit_softcapping=5.0, attn_logit_softcapping=2.0),
        "gemma3_text": Gemma3TextConfig(**gemma, sliding_window_pattern=2),
        "llama": LlamaConfig(**size, **_GQA),
        "mistral": MistralConfig(**size, **_GQA, sliding_window=WINDOW),
        "olmo2": Olmo2Config(**grouped),
        "phi": PhiConfig(**grouped, partial_rotary_factor=0.5),
        "phi3": Phi3Config(**grouped, sliding_window=WINDOW),
        "qwen2": Qwen2Config(**grouped, use_sliding_window=True, sliding_window=WINDOW, max_window_layers=1),
        "qwen3": Qwen3Config(**size, **_GQA),
    }  # fmt: skip


FAMILIES = tuple(configs())


@cache
def tiny_model(name: str) -> LanguageModel:
    """A random model of one of FAMILIES."""
    return random_model(configs()[name], name)


def random_model(config: PretrainedConfig, name: str) -> LanguageModel:
    """A random float64 model, with weights large enough that it is far from linear."""
    torch.manual_seed(len(name))
    hf = AutoModelForCausalLM.from_config(config).to(torch.float64)
    with torch.no_grad():
        for parameter in hf.parameters():
            if parameter.ndim > 1:
                parameter.normal_(0, 0.4)
            else:
                parameter.add_(0.1 * torch.randn_like(parameter))
    return LanguageModel(hf, name=name)


def tiny_examples(lengths: tuple[int, ...] = (6, 6, 6), seed: int = 0) -> Examples:
    """Random pairs; unequal lengths are padded on the left with a token that also occurs for real."""
    generator = torch.Generator().manual_seed(seed)
    shape = (len(lengths), max(lengths))
    mask = torch.arange(max(lengths)) >= max(lengths) - torch.tensor(lengths)[:, None]
    tokens, patch = (torch.randint(VOCABULARY, shape, generator=generator) * mask for _ in range(2))
    answer, patch_answer = (torch.randint(VOCABULARY, shape[:1], generator=generator) for _ in range(2))
    return Examples(tokens, mask, answer, patch, patch_answer)


def random_dictionary(name: str, width: int, n: int, seed: int, unit: bool = True) -> Dictionary:
    """A random dictionary of which a part of the features is active on inputs of length about 1.

    `name` is one of KINDS; any learned kind is filled by the names and types of its fields, in their order.
    """
    kind, _, rest = name.partition(" ")
    if kind == "normalised":
        norm, _, inner = (rest or "layer topk").partition(" ")
        inside: Any = random_dictionary(inner, width, n, seed, unit)
        more = inside.decoder.new_empty(EXTRA_FEATURES[norm], width)
        return NormalisedDictionary.around(inside, norm, torch.cat([inside.decoder, more]))
    untied = bool(rest)
    cls = registry.class_of(kind)
    if not issubclass(cls, TensorDictionary):
        return cls.restore({}, {"width": str(width)}).to(dtype=torch.float64)
    g = torch.Generator().manual_seed(seed)

    def normal(*shape: int) -> Tensor:
        return torch.randn(*shape, generator=g, dtype=torch.float64)

    def directions() -> Tensor:
        rows = normal(n, width)
        return rows / rows.norm(dim=1, keepdim=True) if unit else rows

    values: dict[str, Any] = {
        "encoder": directions(),
        "encoder_bias": 0.1 * normal(n),
        "decoder": directions(),
        "decoder_bias": 0.3 * normal(width),
        "threshold": torch.full((n,), 0.3, dtype=torch.float64),
        "k": 5,
    }
    for field in fields(cls):
        if field.type == "Tensor" and field.name not in values:
            values[field.name] = 0.2 * normal(n)
    given = {field.name: values[field.name] for field in fields(cls) if field.name in values}
    return cls(**given, **({"tied": False} if untied else {}))


KINDS = ("relu", "relu untied", "gated", "jumprelu", "topk", "batchtopk", "identity")
KINDS += ("normalised layer topk", "normalised length relu", "normalised layer gated")
KINDS += tuple(kind for kind in registry.kinds() if kind not in {name.split()[0] for name in KINDS})


def mixed_dictionaries(model: LanguageModel, missing: tuple[str, ...] = ()) -> dict[Site, Dictionary]:
    """Another kind and another number of features at each site; sites named in `missing` have none."""
    return {
        site: random_dictionary(KINDS[i % len(KINDS)], model.width(site), 12 + 3 * i, seed=i)
        for i, site in enumerate(model.sites)
        if str(site) not in missing
    }

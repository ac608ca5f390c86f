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
    GPT2Config,
    GPTNeoXConfig,
    LlamaConfig,
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
_GQA = {"num_attention_heads": 4, "num_key_value_heads": 2, "intermediate_size": 24, "head_dim": 6}


def _configs() -> dict[str, PretrainedConfig]:
    size = {
        "vocab_size": VOCABULARY,
        "hidden_size": 16,
        "num_hidden_layers": 3,
        "max_position_embeddings": 32,
    }
    neox = {**size, "num_attention_heads": 4, "intermediate_size": 24, "rotary_pct": 0.5}
    return {
        "gpt_neox": GPTNeoXConfig(**neox, use_parallel_residual=True),
        "gpt_neox sequential": GPTNeoXConfig(**neox, use_parallel_residual=False),
        "gpt2": GPT2Config(vocab_size=VOCABULARY, n_embd=16, n_layer=3, n_head=4, n_positions=32),
        "gemma2": Gemma2Config(
            **size, **_GQA, sliding_window=3, final_logit_softcapping=5.0, query_pre_attn_scalar=6
        ),
        "llama": LlamaConfig(**size, **_GQA),
        "qwen2": Qwen2Config(**size, **{k: v for k, v in _GQA.items() if k != "head_dim"}),
        "qwen3": Qwen3Config(**size, **_GQA),
    }


FAMILIES = tuple(_configs())


@cache
def tiny_model(name: str) -> LanguageModel:
    """A random model of one of FAMILIES."""
    return random_model(_configs()[name], name)


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

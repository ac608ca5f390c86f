"""A small world whose truth is known: every token is a feature, some tell gender, some profession."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Any

import pytest
import torch
from tokenizers import Tokenizer, models, pre_tokenizers
from torch import Tensor
from transformers import GPTNeoXConfig, GPTNeoXForCausalLM, PreTrainedTokenizerFast

from explorer_engine.dictionaries import Dictionary, ReluDictionary
from explorer_engine.models import LanguageModel
from explorer_engine.shift import ClassifierTask, ShiftSession, TaskTexts, TextSet
from explorer_engine.sites import FeatureRef, Site

VOCABULARY, WIDTH, LENGTH = 30, 32, 6.0
ATTRIBUTE_WORDS = ((4, 5, 6, 7), (8, 9, 10, 11))
LABEL_WORDS = ((12, 13, 14, 15), (16, 17, 18, 19))
OTHER_WORDS = tuple(range(20, 30))
EMBED = Site("embed", -1)


@dataclass(frozen=True, eq=False)
class Small:
    """The model, its dictionaries and the task."""

    model: LanguageModel
    dictionaries: dict[Site, Dictionary]
    task: ClassifierTask
    texts: TaskTexts
    planted: tuple[FeatureRef, ...]
    """The embed features of the words that tell the attribute."""


def small_model() -> LanguageModel:
    """GPT-NeoX with 3 layers in float64; embeddings are orthogonal, of length LENGTH."""
    torch.manual_seed(0)
    config = GPTNeoXConfig(
        vocab_size=VOCABULARY,
        hidden_size=WIDTH,
        num_hidden_layers=3,
        num_attention_heads=4,
        intermediate_size=48,
        initializer_range=0.08,
    )
    hf = GPTNeoXForCausalLM(config).double()
    orthonormal = torch.linalg.qr(torch.randn(WIDTH, WIDTH, dtype=torch.float64)).Q
    hf.gpt_neox.embed_in.weight.data = LENGTH * orthonormal[:VOCABULARY]
    words = {f"w{i}": i for i in range(VOCABULARY)}
    raw = Tokenizer(models.WordLevel(words, unk_token="w0"))
    raw.pre_tokenizer = pre_tokenizers.Whitespace()  # type: ignore[assignment]
    return LanguageModel(hf, PreTrainedTokenizerFast(tokenizer_object=raw, pad_token="w0"), "small")


def small_dictionaries(model: LanguageModel) -> dict[Site, Dictionary]:
    """Random ReLU dictionaries of 40 features; at embed one feature a token."""
    torch.manual_seed(1)

    def normal(*shape: int) -> Tensor:
        return torch.randn(*shape, dtype=torch.float64)

    def relu() -> Dictionary:
        encoder, bias, decoder = normal(40, WIDTH), normal(40) / 4, normal(40, WIDTH)
        norms = decoder.norm(dim=1)
        rows = encoder * norms[:, None], bias * norms, decoder / norms[:, None]
        return ReluDictionary(*rows, normal(WIDTH) / 8)

    out = {site: relu() for site in model.sites}
    direction = model.embed.weight.detach() / LENGTH
    zeros = torch.zeros(WIDTH, dtype=torch.float64)
    # a small negative bias: no token sits on the kink of another token's feature
    out[EMBED] = ReluDictionary(direction, zeros[:VOCABULARY] - 1e-3, direction, zeros)
    return out


def texts(n: int, seed: int, balanced: bool) -> TextSet:
    """n texts of 7 to 12 tokens; words of the attribute are commoner than words of the label."""
    rng = Random(seed)
    tokens, labels, attributes = [], [], []
    for k in range(n):
        label, attribute = k % 2, k // 2 % 2 if balanced else k % 2
        text = rng.choices(ATTRIBUTE_WORDS[attribute], k=rng.randint(2, 3))
        text += rng.choices(LABEL_WORDS[label], k=rng.randint(1, 3))
        text += rng.choices(OTHER_WORDS, k=rng.randint(4, 6))
        rng.shuffle(text)
        tokens.append(text)
        labels.append(label)
        attributes.append(attribute)
    return TextSet.of(tokens, labels, attributes)


@pytest.fixture(scope="session")
def small() -> Small:
    model = small_model()
    task = ClassifierTask(
        name="small",
        site=Site("resid", 1),
        classes=("professor", "nurse"),
        attributes=("male", "female"),
    )
    data = TaskTexts(
        ambiguous=texts(1600, 1, balanced=False),
        balanced=texts(1600, 2, balanced=True),
        test=texts(240, 3, balanced=True),
    )
    planted = tuple(FeatureRef(EMBED, token) for words in ATTRIBUTE_WORDS for token in words)
    return Small(model, small_dictionaries(model), task, data, planted)


@pytest.fixture(scope="module")
def session(small: Any) -> Any:
    found = ShiftSession(small.model, small.dictionaries, small.task, small.texts)
    yield found
    found.close()

"""What the benchmark runs on: a Pythia-70M-shaped random model, wide dictionaries, pairs, meters."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor
from transformers import GPTNeoXConfig, GPTNeoXForCausalLM

from explorer_engine.data import Examples
from explorer_engine.dictionaries import Dictionary, ReluDictionary
from explorer_engine.models import LanguageModel
from explorer_engine.sites import Site

WIDTH, LAYERS, HEADS, MLP, VOCABULARY = 512, 6, 8, 2048, 50304
FEATURES, ACTIVE, PLANTED = 32_768, 86, 256


@dataclass
class Meter:
    """What one measured block took."""

    cpu: float = 0.0
    """CPU seconds of the process"""
    wall: float = 0.0
    """seconds"""
    peak: int = 0
    """peak resident bytes"""


@contextmanager
def metered() -> Iterator[Meter]:
    """Measure the block: CPU time, wall time, peak resident memory (Linux)."""
    meter = Meter()
    _reset_peak()
    cpu, wall = time.process_time(), time.perf_counter()
    yield meter
    meter.cpu, meter.wall, meter.peak = time.process_time() - cpu, time.perf_counter() - wall, _peak()


def _reset_peak() -> None:
    Path("/proc/self/clear_refs").write_text("5")


def _peak() -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return 1024 * next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))


def pythia_70m() -> LanguageModel:
    """A random model of Pythia-70M's shape."""
    torch.manual_seed(0)
    config = GPTNeoXConfig(
        hidden_size=WIDTH,
        num_hidden_layers=LAYERS,
        num_attention_heads=HEADS,
        intermediate_size=MLP,
        vocab_size=VOCABULARY,
        rotary_pct=0.25,  # type: ignore[call-arg]
        use_parallel_residual=True,
        max_position_embeddings=2048,
    )
    return LanguageModel(GPTNeoXForCausalLM(config), name="random Pythia-70M")


def random_pairs(n: int, length: int, seed: int = 1) -> Examples:
    """n pairs of random prompts of `length` tokens."""
    generator = torch.Generator().manual_seed(seed)
    clean, patch = (torch.randint(VOCABULARY, (n, length), generator=generator) for _ in range(2))
    answer, other = (torch.randint(VOCABULARY, (n,), generator=generator) for _ in range(2))
    return Examples(clean, torch.ones_like(clean, dtype=torch.bool), answer, patch, other)


def planted_dictionaries(
    model: LanguageModel, examples: Examples, n_features: int = FEATURES
) -> dict[Site, Dictionary]:
    """Random dictionaries with about 75 features active a token.

    `PLANTED` rows at each site are directions of the batch's own activations and of clean − patch, so
    that some features have effects worth an edge.
    """
    assert examples.patch is not None
    clean = model.activations(examples.tokens, examples.mask, model.sites)
    patch = model.activations(examples.patch, examples.mask, model.sites)
    return {site: _planted(clean[site], patch[site], n_features, i) for i, site in enumerate(model.sites)}


def _planted(clean: Tensor, patch: Tensor, n_features: int, seed: int) -> Dictionary:
    generator = torch.Generator().manual_seed(seed)
    width = clean.shape[-1]
    tokens, others = clean.reshape(-1, width), patch.reshape(-1, width)
    rows = torch.randn(n_features, width, generator=generator)
    own = torch.cat([tokens - others, tokens, others])[: min(PLANTED, n_features // 4)]
    rows[: len(own)] = own
    rows /= rows.norm(dim=1, keepdim=True)
    bias = tokens.mean(0)
    scores = (torch.cat([tokens, others]) - bias) @ rows[-min(n_features, 4096) :].T
    cut = scores.flatten().sort(descending=True).values[int(scores.numel() * ACTIVE / n_features)]
    return ReluDictionary(rows, torch.full((n_features,), -float(cut)), rows.clone(), bias)


def size_of(model: LanguageModel, dictionaries: dict[Site, Dictionary]) -> int:
    """Bytes of the model's parameters and the dictionaries' tensors."""
    tensors = [*model.hf.parameters(), *(t for d in dictionaries.values() for t in d.state().values())]
    return sum(t.numel() * t.element_size() for t in tensors)


def products_per_second() -> float:
    """Multiply–adds a CPU second of a large matrix product on this machine: its best of 12."""
    a, b = torch.randn(512, 2048), torch.randn(2048, 2048)
    best = float("inf")
    for _ in range(12):
        start = time.process_time()
        torch.mm(a, b)
        best = min(best, time.process_time() - start)
    return 512 * 2048 * 2048 / best

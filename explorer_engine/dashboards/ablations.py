"""What the next token loses and gains when a feature is ablated where it is strongest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from explorer_engine.ablation import set_features
from explorer_engine.attribution.metrics import LogitMetric
from explorer_engine.attribution.runs import Tail
from explorer_engine.data import Examples, pad_left
from explorer_engine.dictionaries import Dictionary
from explorer_engine.models import LanguageModel
from explorer_engine.sites import Site

__all__ = ["CONTEXTS", "AblationEffects", "ablation_effects"]

CONTEXTS = 3
"""Strongest contexts in which a feature is ablated, where nothing else is said."""


@dataclass(frozen=True, eq=False)
class AblationEffects:
    """Tokens whose log-probability changes most when a feature is ablated, for n features."""

    feature: np.ndarray
    """[n], ascending."""
    tokens: np.ndarray
    """[n,k] token ids, from the one that becomes least likely to the one that gains most."""
    delta: np.ndarray
    """[n,k] change of log p of the next token, nats; negative: less likely without the feature."""


@torch.no_grad()
def ablation_effects(
    model: LanguageModel,
    site: Site,
    dictionary: Dictionary,
    features: Sequence[int],
    texts: Sequence[Sequence[int]],
    *,
    k: int = 8,
    batch_tokens: int = 4096,
) -> AblationEffects:
    """Change of log p of the token after text b when feature `features[b]` of the site is ablated in it.

    A feature may have several texts, each up to a place where it is strong. It is zeroed at all positions and
    the SAE error is kept. Tokens are chosen by, and the change is averaged with the weight, max(p, p') of the
    token with and without the feature: rare tokens whose log p wanders say nothing. Memory: two numbers a
    feature and token of the vocabulary.
    """
    order = sorted(range(len(texts)), key=lambda b: len(texts[b]))  # equal lengths together: little padding
    unique, row = np.unique(np.asarray(features, dtype=int), return_inverse=True)
    vocabulary = model.unembed.weight.shape[0]
    weighted = torch.zeros(len(unique), vocabulary, dtype=torch.float32, device=model.device)
    weight = torch.zeros_like(weighted)
    done = 0
    while done < len(order):
        longest = len(texts[order[min(done + 63, len(order) - 1)]])
        batch = order[done : done + max(1, min(64, batch_tokens // longest))]
        index = torch.tensor([features[b] for b in batch], device=model.device)
        clean, without = (
            logits.log_softmax(-1)
            for logits in _with_and_without(model, site, dictionary, index, [texts[b] for b in batch])
        )
        heavy = torch.maximum(clean, without).exp()
        here = torch.as_tensor(row[batch], device=model.device)
        weighted.index_add_(0, here, (heavy * (without - clean)).float())
        weight.index_add_(0, here, heavy.float())
        done += len(batch)
    # Both directions: where a certain prediction breaks down, what rises alone would fill the list.
    rising = k * 3 // 8
    tokens = torch.cat(
        [
            weighted.topk(k - rising, dim=1, largest=False).indices,
            weighted.topk(rising, dim=1).indices,
        ],
        dim=1,
    )
    delta = weighted.gather(1, tokens) / weight.gather(1, tokens).clamp_min(1e-12)
    ranked = delta.argsort(dim=1)
    return AblationEffects(
        unique, tokens.gather(1, ranked).cpu().numpy(), delta.gather(1, ranked).cpu().numpy()
    )


def _with_and_without(
    model: LanguageModel, site: Site, dictionary: Dictionary, index: Tensor, texts: list[Sequence[int]]
) -> tuple[Tensor, Tensor]:
    """Logits [B,V] after each text as they are, and with feature `index[b]` zeroed in text b."""
    tokens, mask = pad_left(texts)
    captured = model.capture(tokens, mask, {site, Site("resid", model.n_layers - 1)})
    everything = LogitMetric(lambda logits, _: logits, name="logits")
    tail = Tail(model, captured, everything, Examples(tokens, mask))
    x, rows = captured.values[site], torch.arange(len(texts), device=index.device)
    edited = torch.stack([set_features(dictionary, x[b], index[b : b + 1]) for b in range(len(texts))])
    return tail.read(tail.after(tail.last_layer), rows), tail(site, edited, rows)

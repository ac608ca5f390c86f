"""A probe on pooled activations, features removed from the model below it (SHIFT: the paper, §4, App. E)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from torch import Tensor
from transformers import GPTNeoXForCausalLM

from tests.independent.plain.dictionaries import Dictionary
from tests.independent.plain.model import Change, by_length, values


@torch.no_grad()
def pooled(
    model: GPTNeoXForCausalLM,
    dictionaries: Mapping[str, Dictionary],
    texts: Sequence[Sequence[int]],
    site: str,
    removed: Mapping[str, Mapping[int, float]],
) -> Tensor:
    """[N,d] each text's mean over tokens of a site, with features set to a value (0 = zero ablation).

    `removed`: site → feature → value. The error is kept: x' = x + Σ_j (value_j − f_j)·W_dec[j].
    Every site is edited on the stream that the edits before it left.
    """
    changes = {where: _setting(dictionaries[where], to) for where, to in removed.items()}
    out = torch.zeros(len(texts), model.config.hidden_size)
    for rows, tokens in by_length(texts):
        out[rows] = values(model, tokens, [site], changes)[site].mean(1)
    return out


def _setting(dictionary: Dictionary, to: Mapping[int, float]) -> Change:
    features, new = list(to), torch.tensor(list(to.values()))
    return lambda x: x + (new - dictionary.encode(x)[..., features]) @ dictionary.tensors["decoder"][features]


def accuracies(logit: np.ndarray, label: np.ndarray, attribute: np.ndarray) -> dict[str, float | list[float]]:
    """Shares of predictions (logit > 0) that equal the label, and that equal the attribute; all arrays [N].

    `groups`: right about the label within (label, attribute) = (0,0), (0,1), (1,0), (1,1); `worst`: the
    lowest of them.
    """
    guess = (logit > 0).astype(int)
    groups = [float((guess == label)[(label == a) & (attribute == b)].mean()) for a in (0, 1) for b in (0, 1)]
    return {
        "label": float((guess == label).mean()),
        "attribute": float((guess == attribute).mean()),
        "worst": min(groups),
        "groups": groups,
    }

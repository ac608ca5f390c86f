"""What the language model can do: accuracy on each planted ability, on text it has not seen."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import nn
from transformers import PreTrainedTokenizerFast

from precompute.demo.corpus.agreement import STRUCTURES, Part, agreement_pairs
from precompute.demo.corpus.windows import Windows
from precompute.stages.loss_curves import token_losses

__all__ = ["Abilities", "agreement_accuracy", "measure_abilities"]

HALVES: tuple[Part, ...] = ("found", "tested")
INCREMENTS = ("steps/step-number", "steps/count-next", "dates/year-next")
ROLES = {
    "increment": INCREMENTS,
    "induction": ("induction/surname",),
    "infinitive": ("infinitives/to",),
    "quotes": ("quotes/quote-close",),
    "parentheses": ("quotes/parenthesis-close",),
    "HTML closing": ("code/tag-close",),
}


@dataclass(frozen=True)
class Abilities:
    """Shares in [0, 1], and the loss."""

    agreement: dict[str, float]
    """By structure: sign of the logit difference on held-out combinations of nouns."""
    accuracy: dict[str, float]
    """By ability: top-1 accuracy on the tokens that play its role."""
    cross_entropy: float
    next_token: float


@torch.no_grad()
def agreement_accuracy(
    model: nn.Module,
    tokenizer: PreTrainedTokenizerFast,
    structure: str,
    n: int = 100,
    seed: int = 900,
) -> float:
    """Share of contrastive pairs, both sides counted, in which the right verb has the higher logit.

    Of n pairs of either half of the words.
    """
    right = total = 0
    pairs = [pair for part in HALVES for pair in agreement_pairs(structure, n, seed, part)]
    for pair in pairs:
        answers = [tokenizer.encode(a)[0] for a in (pair.clean_answer, pair.patch_answer)]
        rows = torch.tensor([tokenizer.encode(pair.clean_prefix), tokenizer.encode(pair.patch_prefix)])
        logits = model(rows).logits[:, -1, answers]
        right += int(logits[0, 0] > logits[0, 1]) + int(logits[1, 1] > logits[1, 0])
        total += 2
    return right / total


def _first_of_role(roles: np.ndarray) -> np.ndarray:
    """bool [n, S−1] for tokens 1…: the token begins its role (a word of several tokens counts once)."""
    return roles[:, 1:] != roles[:, :-1]


def measure_abilities(model: nn.Module, tokenizer: PreTrainedTokenizerFast, test: Windows) -> Abilities:
    """Every figure, on test windows."""
    windows = list(token_losses(model, test.tokens.tolist()))
    losses, right = (np.stack(parts) for parts in zip(*windows, strict=True))
    roles, first = test.roles[:, 1:], _first_of_role(test.roles)
    accuracy = {}
    for ability, names in ROLES.items():
        where = np.isin(roles, [test.names.index(name) for name in names]) & first
        accuracy[ability] = float(right[where].mean())
    agreement = {structure: agreement_accuracy(model, tokenizer, structure) for structure in STRUCTURES}
    return Abilities(agreement, accuracy, float(losses.mean()), float(right.mean()))

"""Stage `abilities`: the language model's accuracy on each planted ability, on text it has not seen."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import mean

import numpy as np
import torch
from torch import nn
from transformers import AutoModelForCausalLM, AutoTokenizer, PreTrainedTokenizerFast

from precompute.demo.corpus.agreement import STRUCTURES, Part, agreement_pairs
from precompute.demo.corpus.windows import Windows, load_windows, make_windows
from precompute.engine.stage import Stage
from precompute.engine.work import Shape, Work
from precompute.stages.loss_curves import token_losses

__all__ = ["FILE", "Abilities", "AbilitiesRecipe", "agreement_accuracy", "measure_abilities", "stage"]

FILE = "abilities.json"

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
class AbilitiesRecipe:
    """What abilities are measured on."""

    draws: int = 3
    """How often test windows are drawn: those of the corpus, and others."""
    pairs: int = 100
    """Contrastive pairs of each structure and half of the words, of which both sides count."""
    seed: int = 900


@dataclass(frozen=True)
class Abilities:
    """Shares in [0, 1], and the loss: means over draws of the test windows."""

    agreement: dict[str, float]
    """By structure: sign of the logit difference on held-out combinations of nouns."""
    accuracy: dict[str, float]
    """By ability: top-1 accuracy on the tokens that play its role."""
    draws: dict[str, list[float]]
    """By ability: its accuracy on each draw."""
    cross_entropy: float
    next_token: float


def stage(recipe: AbilitiesRecipe, model: Path, test: Path) -> Stage:
    """abilities.json; `test` holds the first draw of windows."""

    def run(_: str, folder: Path) -> None:
        hf = AutoModelForCausalLM.from_pretrained(model, dtype=torch.float32).eval()
        tokenizer = AutoTokenizer.from_pretrained(model)
        found = measure_abilities(hf, tokenizer, load_windows(test), recipe)
        (folder / FILE).write_text(json.dumps(asdict(found), indent=1))

    return Stage("abilities", 1, recipe, (model, test), run, work=lambda of: _work(recipe, of))


def _work(recipe: AbilitiesRecipe, of: Shape) -> Work:
    """Test windows, all draws but the first made anew; pairs are few tokens beside them."""
    tokens = of.tests * of.window
    return Work(packed=(recipe.draws - 1) * tokens, forward=recipe.draws * tokens)


@torch.no_grad()
def agreement_accuracy(
    model: nn.Module,
    tokenizer: PreTrainedTokenizerFast,
    structure: str,
    n: int,
    seed: int,
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


def measure_abilities(
    model: nn.Module, tokenizer: PreTrainedTokenizerFast, test: Windows, recipe: AbilitiesRecipe
) -> Abilities:
    """Every figure, on test windows and others like them."""
    n, length = test.tokens.shape
    others = [
        make_windows(tokenizer.backend_tokenizer, n, length, f"abilities/{recipe.seed}/{k}")
        for k in range(1, recipe.draws)
    ]
    found = [_on_windows(model, windows) for windows in (test, *others)]
    draws = {ability: [accuracy[ability] for accuracy, _, _ in found] for ability in ROLES}
    agreement = {
        structure: agreement_accuracy(model, tokenizer, structure, recipe.pairs, recipe.seed)
        for structure in STRUCTURES
    }
    return Abilities(
        agreement,
        {ability: mean(values) for ability, values in draws.items()},
        draws,
        mean(loss for _, loss, _ in found),
        mean(right for _, _, right in found),
    )


def _on_windows(model: nn.Module, windows: Windows) -> tuple[dict[str, float], float, float]:
    """Accuracy by ability, cross-entropy in nats, and accuracy on all tokens."""
    losses, right = (
        np.stack(parts) for parts in zip(*token_losses(model, windows.tokens.tolist()), strict=True)
    )
    roles, first = windows.roles[:, 1:], _first_of_role(windows.roles)
    accuracy = {}
    for ability, names in ROLES.items():
        where = np.isin(roles, [windows.names.index(name) for name in names]) & first
        accuracy[ability] = float(right[where].mean())
    return accuracy, float(losses.mean()), float(right.mean())


def _first_of_role(roles: np.ndarray) -> np.ndarray:
    """bool [n, S−1] for tokens 1…: the token begins its role (a word of several tokens counts once)."""
    return roles[:, 1:] != roles[:, :-1]

"""Training the demo's language model: a small GPT-NeoX on a budget of tokens, with checkpoints."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from transformers import GPTNeoXConfig, GPTNeoXForCausalLM

from precompute.progress import progress

__all__ = [
    "LanguageModelRecipe",
    "checkpoint_steps",
    "load_checkpoint",
    "new_model",
    "train_language_model",
]


@dataclass(frozen=True)
class LanguageModelRecipe:
    """Everything that decides the trained weights, besides the windows."""

    layers: int = 4
    width: int = 128
    heads: int = 4
    mlp: int = 512
    vocabulary: int = 2816
    window: int = 128
    batch: int = 16
    steps: int = 4500
    """Optimiser steps: 9 million tokens."""
    learning_rate: float = 3e-3
    warm_up: int = 100
    weight_decay: float = 0.05
    seed: int = 0


def new_model(recipe: LanguageModelRecipe) -> GPTNeoXForCausalLM:
    """An untrained model. All head dimensions are rotary: with a quarter of them induction comes late."""
    torch.manual_seed(recipe.seed)
    return GPTNeoXForCausalLM(
        GPTNeoXConfig(
            vocab_size=recipe.vocabulary, hidden_size=recipe.width, num_hidden_layers=recipe.layers,
            num_attention_heads=recipe.heads, intermediate_size=recipe.mlp,
            max_position_embeddings=2 * recipe.window,
            use_parallel_residual=True, tie_word_embeddings=False, bos_token_id=0, eos_token_id=0,
            rope_parameters={"rope_type": "default", "rope_theta": 10000.0, "partial_rotary_factor": 1.0},
        )
    )  # fmt: skip


def checkpoint_steps(steps: int) -> tuple[int, ...]:
    """0, 1, 2, 4, 8 … and the last step: where the weights are kept."""
    return (0, *(2**k for k in range(int(math.log2(steps)) + 1) if 2**k < steps), steps)


def checkpoint_path(folder: Path, step: int) -> Path:
    """Where the weights after `step` steps lie (fp16)."""
    return folder / f"step_{step:05}.safetensors"


def load_checkpoint(recipe: LanguageModelRecipe, folder: Path, step: int) -> GPTNeoXForCausalLM:
    """The model as it was after `step` optimiser steps, in evaluation mode."""
    model = new_model(recipe)
    model.load_state_dict(
        {name: value.float() for name, value in load_file(checkpoint_path(folder, step)).items()}
    )
    return model.eval()


def _learning_rate(recipe: LanguageModelRecipe, step: int) -> float:
    """Linear warm-up, then cosine to a fiftieth."""
    if step < recipe.warm_up:
        return recipe.learning_rate * (step + 1) / recipe.warm_up
    done = (step - recipe.warm_up) / max(1, recipe.steps - recipe.warm_up)
    return recipe.learning_rate * (0.02 + 0.98 * (1 + math.cos(math.pi * done)) / 2)


def train_language_model(recipe: LanguageModelRecipe, tokens: np.ndarray, folder: Path) -> GPTNeoXForCausalLM:
    """Train on `tokens` [steps·batch, window], each window once; go on from the last saved state in `folder`.

    The same recipe and tokens give the same weights on the same machine and number of threads.
    """
    folder.mkdir(parents=True, exist_ok=True)
    model = new_model(recipe)
    decayed = [p for p in model.parameters() if p.dim() > 1]
    plain = [p for p in model.parameters() if p.dim() <= 1]
    optimiser = torch.optim.AdamW(
        [{"params": decayed, "weight_decay": recipe.weight_decay}, {"params": plain, "weight_decay": 0.0}],
        lr=recipe.learning_rate, betas=(0.9, 0.98),
    )  # fmt: skip
    first = _resume(model, optimiser, folder, recipe)
    kept = set(checkpoint_steps(recipe.steps))
    for step in progress(range(first, recipe.steps), "language model", recipe.steps, first):
        if step in kept:
            _keep(model, folder, step)
        rows = tokens[step * recipe.batch : (step + 1) * recipe.batch]
        for group in optimiser.param_groups:
            group["lr"] = _learning_rate(recipe, step)
        _step(model, optimiser, torch.from_numpy(rows.astype(np.int64)))
        if (step + 1) % 100 == 0:
            _save_state(model, optimiser, folder, recipe, step + 1)
    _keep(model, folder, recipe.steps)
    return model.eval()


def _step(model: GPTNeoXForCausalLM, optimiser: torch.optim.Optimizer, tokens: torch.Tensor) -> None:
    model.train()
    logits = model(tokens[:, :-1]).logits
    loss = torch.nn.functional.cross_entropy(logits.flatten(0, 1), tokens[:, 1:].flatten())
    optimiser.zero_grad(set_to_none=True)
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimiser.step()


def _keep(model: GPTNeoXForCausalLM, folder: Path, step: int) -> None:
    save_file(
        {name: value.half().contiguous() for name, value in model.state_dict().items()},
        checkpoint_path(folder, step),
    )


def _save_state(model, optimiser, folder: Path, recipe: LanguageModelRecipe, step: int) -> None:
    """Everything needed to go on, replaced in one move so that a kill leaves the old or the new one."""
    temporary = folder / "state.tmp"
    torch.save(
        {
            "recipe": asdict(recipe),
            "step": step,
            "model": model.state_dict(),
            "optimiser": optimiser.state_dict(),
        },
        temporary,
    )
    temporary.replace(folder / "state.pt")


def _resume(model, optimiser, folder: Path, recipe: LanguageModelRecipe) -> int:
    """Load the saved state of the same recipe and return its step; 0 when there is none."""
    path = folder / "state.pt"
    if not path.exists():
        return 0
    state = torch.load(path, weights_only=True)
    if state["recipe"] != asdict(recipe):
        return 0
    model.load_state_dict(state["model"])
    optimiser.load_state_dict(state["optimiser"])
    return state["step"]

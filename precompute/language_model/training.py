"""Training a small language model on windows of tokens: resumable, with checkpoints."""

from __future__ import annotations

import math
import time
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from transformers import PreTrainedModel

from explorer_engine.errors import InputError
from explorer_engine.files import whole
from explorer_engine.progress import told
from precompute.language_model.families import new_model
from precompute.language_model.options import LanguageModelOptions
from precompute.progress import bars

__all__ = ["checkpoint_steps", "load_checkpoint", "loss_on", "seconds_a_step", "train_language_model"]

SAVED_EVERY = 100
"""Steps between two states that a killed training can go on from."""


def checkpoint_steps(steps: int) -> tuple[int, ...]:
    """0, 1, 2, 4, 8 … and the last step: where the weights are kept."""
    return (0, *(2**k for k in range(int(math.log2(steps)) + 1) if 2**k < steps), steps)


def checkpoint_path(folder: Path, step: int) -> Path:
    """Where the weights after `step` steps lie (fp16)."""
    return folder / f"step_{step:05}.safetensors"


def load_checkpoint(options: LanguageModelOptions, folder: Path, step: int) -> PreTrainedModel:
    """The model as it was after `step` optimiser steps, in evaluation mode."""
    model = new_model(options)
    model.load_state_dict(
        {name: value.float() for name, value in load_file(checkpoint_path(folder, step)).items()}
    )
    return model.eval()


def _learning_rate(options: LanguageModelOptions, step: int) -> float:
    """Linear warm-up, then cosine to a fiftieth."""
    if step < options.warm_up:
        return options.learning_rate * (step + 1) / options.warm_up
    done = (step - options.warm_up) / max(1, options.steps - options.warm_up)
    return options.learning_rate * (0.02 + 0.98 * (1 + math.cos(math.pi * done)) / 2)


class _Batches:
    """Windows in the order in which they are trained on: as they lie, then again and again in new orders."""

    def __init__(self, tokens: np.ndarray, options: LanguageModelOptions) -> None:
        self._tokens, self._options = tokens, options
        self._round, self._order = 0, np.arange(len(tokens))

    def at(self, step: int) -> torch.Tensor:
        """[batch, window] of an optimiser step, later than those before."""
        size, n = self._options.batch, len(self._tokens)
        rows = [self._row(*divmod(k, n)) for k in range(step * size, (step + 1) * size)]
        return torch.from_numpy(self._tokens[rows].astype(np.int64))

    def _row(self, round_: int, k: int) -> int:
        if round_ != self._round:
            random = np.random.default_rng([self._options.seed, round_])
            self._round, self._order = round_, random.permutation(len(self._tokens))
        return int(self._order[k])


def train_language_model(
    options: LanguageModelOptions, tokens: np.ndarray, folder: Path, device: str = "cpu"
) -> PreTrainedModel:
    """Train on `tokens` [n, window] from the first on; go on from the last saved state in `folder`.

    The same options and tokens give the same weights on the same machine and number of threads. Raises
    InputError for windows longer than the model's.
    """
    if tokens.shape[1] > options.window:
        raise InputError(
            f"language model: its window is {options.window} tokens, the text's {tokens.shape[1]}: "
            "make them equal"
        )
    folder.mkdir(parents=True, exist_ok=True)
    model = new_model(options).to(device)  # type: ignore[arg-type]
    optimiser = _optimiser(model, options)
    first = _resume(model, optimiser, folder, options)
    kept, batches, tell = set(checkpoint_steps(options.steps)), _Batches(tokens, options), bars()
    for step in told(range(first, options.steps), tell, "language model", first):
        if step in kept:
            _keep(model, folder, step)
        for group in optimiser.param_groups:
            group["lr"] = _learning_rate(options, step)
        tell.note(f"loss {_step(model, optimiser, batches.at(step).to(device)):.3f}")
        if (step + 1) % SAVED_EVERY == 0:
            _save_state(model, optimiser, folder, options, step + 1)
    _keep(model, folder, options.steps)
    return model.eval()


def seconds_a_step(options: LanguageModelOptions) -> float:
    """What an optimiser step takes here, on the CPU: the faster of two after a first one."""
    model = new_model(options)
    optimiser, spent = _optimiser(model, options), []
    for _ in range(3):
        tokens = torch.randint(options.vocabulary, (options.batch, options.window))
        started = time.perf_counter()
        _step(model, optimiser, tokens)
        spent.append(time.perf_counter() - started)
    return min(spent[1:])


def _optimiser(model: PreTrainedModel, options: LanguageModelOptions) -> torch.optim.Optimizer:
    decayed = [p for p in model.parameters() if p.dim() > 1]
    plain = [p for p in model.parameters() if p.dim() <= 1]
    return torch.optim.AdamW(
        [{"params": decayed, "weight_decay": options.weight_decay}, {"params": plain, "weight_decay": 0.0}],
        lr=options.learning_rate, betas=(0.9, 0.98),
    )  # fmt: skip


def _step(model: PreTrainedModel, optimiser: torch.optim.Optimizer, tokens: torch.Tensor) -> float:
    """One optimiser step; the loss before it."""
    model.train()
    loss = _loss(model, tokens)
    optimiser.zero_grad(set_to_none=True)
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimiser.step()
    return loss.item()


def _loss(model: PreTrainedModel, tokens: torch.Tensor) -> torch.Tensor:
    """Mean cross-entropy in nats over all tokens but each window's first."""
    logits = model(tokens[:, :-1]).logits
    return torch.nn.functional.cross_entropy(logits.flatten(0, 1), tokens[:, 1:].flatten())


@torch.no_grad()
def loss_on(model: PreTrainedModel, tokens: np.ndarray, batch: int = 32) -> float:
    """Mean cross-entropy in nats over `tokens` [n, window]."""
    model.eval()
    total = 0.0
    for start in range(0, len(tokens), batch):
        rows = torch.from_numpy(tokens[start : start + batch].astype(np.int64)).to(model.device)
        total += _loss(model, rows).item() * len(rows)
    return total / len(tokens)


def _keep(model: PreTrainedModel, folder: Path, step: int) -> None:
    with whole(checkpoint_path(folder, step)) as partial:
        save_file({name: value.half().contiguous() for name, value in model.state_dict().items()}, partial)


def _save_state(model, optimiser, folder: Path, options: LanguageModelOptions, step: int) -> None:
    """Everything needed to go on."""
    state = {
        "options": asdict(options),
        "step": step,
        "model": model.state_dict(),
        "optimiser": optimiser.state_dict(),
    }
    with whole(folder / "state.pt") as partial, partial.open("wb") as file:  # so a full disk is told as one
        torch.save(state, file)


def _resume(model, optimiser, folder: Path, options: LanguageModelOptions) -> int:
    """Load the saved state of the same options and return its step; 0 when there is none."""
    path = folder / "state.pt"
    if not path.exists():
        return 0
    state = torch.load(path, weights_only=True, map_location="cpu")
    if state.get("options") != asdict(options):
        return 0
    model.load_state_dict(state["model"])
    optimiser.load_state_dict(state["optimiser"])
    return state["step"]

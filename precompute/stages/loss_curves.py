"""Stage `training-loss`: the loss of behaviours at checkpoints of the model's training."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn
from transformers import AutoModelForCausalLM

from explorer_engine.errors import InputError
from explorer_engine.hub import model_folder
from explorer_engine.store import shards
from precompute.engine.stage import Stage
from precompute.engine.work import Work
from precompute.source import Source

__all__ = ["load_folder", "stage", "token_losses"]

LoadCheckpoint = Callable[[int], nn.Module]
"""From an optimiser step to the Hugging Face model as it was then, in evaluation mode."""


def stage(
    steps: Sequence[int],
    load: LoadCheckpoint,
    source: Source,
    behaviours: Sequence[Path],
    checkpoints: tuple[Path, ...],
    names: Sequence[str] = (),
) -> Stage:
    """Shards of `training_loss`, one a step: the mean over a behaviour's answers, and over their documents.

    `behaviours` hold the shards of the behaviours' contexts, `checkpoints` are the files and
    folders that `load` reads, `names` says what it reads where that is no file.
    """
    job = _LossCurves(source, behaviours, load)
    inputs = (source.documents_folder, *behaviours, *checkpoints)
    return Stage(
        "training-loss",
        1,
        {"steps": list(steps), "names": list(names)},
        inputs,
        lambda unit, folder: job.run(int(unit), folder),
        lambda: [[str(step) for step in steps]],
        lambda of: Work(forward=len(steps) * of.tokens, memory=4 * of.parameters),
    )


@dataclass(frozen=True)
class _LossCurves:
    """A unit is a checkpoint."""

    source: Source
    behaviours: Sequence[Path]
    load: LoadCheckpoint

    def run(self, step: int, folder: Path) -> None:
        shards.write(folder / "shards", "training_loss", self._rows(step), f"step-{step:09}")

    @cached_property
    def _places(self) -> dict[int, tuple[np.ndarray, np.ndarray]]:
        """Behaviour → documents and positions of its answers, in their order."""
        found: dict[int, list[tuple[int, int]]] = {}
        for row in (row for folder in self.behaviours for row in shards.read(folder, "behaviour_context")):
            found.setdefault(row["behaviour"], []).append((row["document"], row["position"]))
        return {behaviour: tuple(np.array(sorted(places)).T) for behaviour, places in sorted(found.items())}  # type: ignore[misc]

    @cached_property
    def _documents(self) -> list[list[int]]:
        return self.source.documents_with(*self.behaviours)

    def _rows(self, step: int) -> Iterator[dict[str, Any]]:
        used = np.unique(np.concatenate([documents for documents, _ in self._places.values()]))
        model = self.load(step)
        documents_used = [self._documents[k] for k in used.tolist()]
        losses = [loss for loss, _ in token_losses(model, documents_used)]
        yield {"behaviour": None, "step": step, "loss": float(np.concatenate(losses).mean())}
        for behaviour, (documents, positions) in self._places.items():
            rows = np.searchsorted(used, documents).tolist()
            own = [losses[k][at - 1] for k, at in zip(rows, positions.tolist(), strict=True)]
            yield {"behaviour": behaviour, "step": step, "loss": float(np.array(own).mean())}


def load_folder(known: Mapping[int, str], model: str, step: int) -> nn.Module:
    """The model as it was at a step: `known` names a folder, REPO@REVISION, or a revision of `model`.

    Raises InputError for a checkpoint that cannot be loaded, and for a revision of a folder, which has none.
    """
    where = known[step]
    if not Path(where).is_dir():
        repository, _, revision = where.rpartition("@")
        where = repository or model.partition("@")[0]
        if Path(where).is_dir():
            raise InputError(
                f"model.checkpoints: {known[step]}: no such folder, and {where} is a folder without "
                "revisions: name folders, or REPO@REVISION of the hub"
            )
        where = f"{where}@{revision}"
    try:
        found = AutoModelForCausalLM.from_pretrained(
            model_folder(where), dtype=torch.float32, trust_remote_code=False
        )
    except InputError as problem:
        raise InputError(f"model.checkpoints: {problem}") from None
    except (OSError, ValueError) as problem:
        reason = str(problem).strip().splitlines()[0]
        raise InputError(f"model.checkpoints: {known[step]}: cannot be loaded: {reason}") from None
    return found.eval()


@torch.no_grad()
def token_losses(
    model: nn.Module, documents: Sequence[Sequence[int]], batch: int = 64
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """For each document of S tokens: the loss in nats, and whether the prediction is right, [S−1]."""
    for start in range(0, len(documents), batch):
        lengths = [len(tokens) for tokens in documents[start : start + batch]]
        rows = torch.zeros(len(lengths), max(lengths), dtype=torch.long)  # what comes later changes nothing
        for k, tokens in enumerate(documents[start : start + batch]):
            rows[k, : len(tokens)] = torch.as_tensor(tokens)
        logits = model(rows[:, :-1]).logits.float()
        losses = torch.nn.functional.cross_entropy(logits.transpose(1, 2), rows[:, 1:], reduction="none")
        right = logits.argmax(-1) == rows[:, 1:]
        for k, length in enumerate(lengths):
            yield losses[k, : length - 1].numpy(), right[k, : length - 1].numpy()

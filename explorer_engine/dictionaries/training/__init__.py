"""Training dictionaries on the activations of a site: one file a kind of training."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import torch
from torch import Tensor

from explorer_engine.dictionaries.base import Dictionary
from explorer_engine.dictionaries.training.activations import Buffers, SiteActivations, Windows
from explorer_engine.dictionaries.training.batch_topk import BatchTopKLearner
from explorer_engine.dictionaries.training.checkpoint import Checkpoint
from explorer_engine.dictionaries.training.joint import train_jointly
from explorer_engine.dictionaries.training.learner import Figures
from explorer_engine.dictionaries.training.options import TrainingOptions
from explorer_engine.dictionaries.training.relu import ReluLearner
from explorer_engine.dictionaries.training.topk import TopKLearner
from explorer_engine.progress import Progress, told
from explorer_engine.sites import Site

__all__ = [
    "Figures",
    "SiteActivations",
    "TrainingOptions",
    "Windows",
    "train_dictionary",
    "train_jointly",
]

_LEARNERS = {"relu": ReluLearner, "topk": TopKLearner, "batch-topk": BatchTopKLearner}
_SAMPLE = 100_000
"""Values that centre and scale are taken from, and that features start at."""


def train_dictionary(
    options: TrainingOptions,
    site: Site,
    buffers: Buffers,
    checkpoint: Path | None = None,
    progress: Progress | None = None,
    watch: Callable[[Figures], None] | None = None,
) -> Dictionary:
    """Fit features to values in buffers [n,d], each used for as many steps, with decoder rows of length 1.

    Works on centred values scaled to mean squared length 1, so that one λ suits every site; centre and scale
    are those of the first buffer, and folded into the result. The same options and buffers give the same
    dictionary on the same machine and number of threads. `checkpoint` is a file to go on from, where it is of
    the same options and site, and to keep the training in; whoever calls removes it. `watch` hears how the
    training fares after each step.
    """
    kept = checkpoint and Checkpoint(checkpoint, f"{site} {options}")
    training = _Training(options, site, buffers, kept and kept.load())
    steps = range(training.done, options.steps)
    for step in told(steps, progress, f"dictionary {site}", training.done):
        training.step(step)
        if watch is not None:
            watch(training.learner.figures)
        if kept and kept.due:
            kept.save(training.state())
    return training.result()


class _Training:
    """A learner, the buffer that it draws from, and what scales it."""

    def __init__(
        self, options: TrainingOptions, site: Site, buffers: Buffers, state: Mapping[str, Tensor] | None
    ) -> None:
        """At the beginning, or where `state` was taken."""
        self._options, self._buffers = options, buffers
        self._generator = torch.Generator().manual_seed(
            options.seed * 1000 + site.layer * 10 + {"attn": 1, "mlp": 2}.get(site.kind, 3)
        )
        self.done = 0 if state is None else int(state["done"])
        """Steps."""
        self._piece, self._values = -1, torch.empty(0)
        self._hold(min(self.done, options.steps - 1))
        self.learner = _LEARNERS[options.kind](options, site, self._values, self._generator)
        if state is None:
            rows = torch.randperm(len(self._values), generator=self._generator)[:_SAMPLE]
            sample = self._values[rows.to(self._values.device)].float()
            self._mean = sample.mean(0)
            self._scale = float((sample - self._mean).square().sum(1).mean().rsqrt())
            self.learner.begin((sample - self._mean) * self._scale)
        else:
            self._mean, self._scale = state["mean"].to(self._values.device), float(state["scale"])
            self._generator.set_state(state["generator"])
            self.learner.load_state(state)

    def step(self, step: int) -> None:
        """One step of the learner on the buffer of that step."""
        self._hold(step)
        self.learner.step(step, self._draw)
        self.done = step + 1

    def state(self) -> dict[str, Tensor]:
        """Everything that what follows depends on, besides options and buffers."""
        numbers = {"done": torch.tensor(self.done), "scale": torch.tensor(self._scale, dtype=torch.float64)}
        own = {"mean": self._mean, "generator": self._generator.get_state()}
        return {**numbers, **own, **self.learner.state()}

    def result(self) -> Dictionary:
        """The dictionary in the site's own units."""
        return self.learner.result(self._mean, self._scale)

    def _hold(self, step: int) -> None:
        """Have the buffer of a step, and no other."""
        piece = step * len(self._buffers) // self._options.steps
        if piece != self._piece:
            self._values = torch.empty(0)
            self._piece, self._values = piece, self._buffers[piece]

    def _draw(self, n: int) -> Tensor:
        rows = torch.randint(len(self._values), (n,), generator=self._generator)
        return (self._values[rows.to(self._values.device)].float() - self._mean) * self._scale

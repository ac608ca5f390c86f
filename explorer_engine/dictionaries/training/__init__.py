"""Training dictionaries on the activations of a site: one file a kind of training."""

from __future__ import annotations

import torch
from torch import Tensor

from explorer_engine.dictionaries.base import Dictionary
from explorer_engine.dictionaries.training.activations import collect_activations
from explorer_engine.dictionaries.training.batch_topk import BatchTopKLearner
from explorer_engine.dictionaries.training.options import TrainingOptions
from explorer_engine.dictionaries.training.relu import ReluLearner
from explorer_engine.progress import Progress, told
from explorer_engine.sites import Site

__all__ = ["TrainingOptions", "collect_activations", "train_dictionary"]

_LEARNERS = {"relu": ReluLearner, "batch-topk": BatchTopKLearner}
_SAMPLE = 100_000
"""Rows that centre and scale are taken from, and that features start at or are pointed at."""


def train_dictionary(
    options: TrainingOptions, site: Site, values: Tensor, progress: Progress | None = None
) -> Dictionary:
    """Fit features to values [n,d], with decoder rows of length 1.

    Works on centred values scaled to mean squared length 1, so that one λ suits every site; centre and scale
    are folded into the result. The same options and values give the same dictionary on the same machine and
    number of threads.
    """
    generator = torch.Generator().manual_seed(
        options.seed * 1000 + site.layer * 10 + {"attn": 1, "mlp": 2}.get(site.kind, 3)
    )
    sample = values[torch.randperm(len(values), generator=generator)[:_SAMPLE]].float()
    mean = sample.mean(0)
    scale = float((sample - mean).square().sum(1).mean().rsqrt())
    learner = _LEARNERS[options.kind](options, site, (sample - mean) * scale, generator)
    for step in told(range(options.steps), progress, f"dictionary {site}"):
        rows = torch.randint(len(values), (options.batch,), generator=generator)
        learner.step(step, (values[rows].float() - mean) * scale)
    return learner.result(mean, scale)

"""Metrics: one real number an example, whose rise and fall the effects explain."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import get_args

import torch
from torch import Tensor

from explorer_engine.attribution.choices import MetricName
from explorer_engine.data import Examples
from explorer_engine.errors import InputError
from explorer_engine.options import check_choice
from explorer_engine.sites import Site

__all__ = [
    "LogProb",
    "Logit",
    "LogitDiff",
    "LogitMetric",
    "Metric",
    "ProbeLogit",
    "pick_metric",
]


class Metric(ABC):
    """What it reads (logits at the last position, or one residual site) and how it makes a number of that."""

    name: str
    sign: str
    """What a positive effect means, in words; effects are m(after the change) − m(before)."""
    site: Site | None
    """The residual site it reads at all positions; None = logits at the last position."""

    def rows(self, examples: Examples) -> Tensor | None:
        """[B,n] ids of the only tokens whose logits it reads, so that no others are computed; None = all."""
        return None

    @abstractmethod
    def __call__(self, values: Tensor, examples: Examples) -> Tensor:
        """[B]: from logits [B,V] or [B,n] at the last position, or from the site's value [B,S,d]."""


def _answer(examples: Examples, metric: str) -> Tensor:
    if examples.answer is None:
        raise InputError(
            f"metric {metric}: the examples have no answer tokens: give them, or use another metric"
        )
    return examples.answer


@dataclass(frozen=True)
class LogitDiff(Metric):
    """m = logit(patch answer) − logit(clean answer), which is also the difference of log p."""

    name = "logit-diff"
    site = None
    sign = "positive: moves the prediction from the clean answer to the patch answer"

    def rows(self, examples: Examples) -> Tensor:
        if examples.patch_answer is None:
            raise InputError("metric logit-diff: the examples have no patch answers: use log-prob or logit")
        return torch.stack([examples.patch_answer, _answer(examples, self.name)], dim=1)

    def __call__(self, values: Tensor, examples: Examples) -> Tensor:
        return values[:, 0] - values[:, 1]


@dataclass(frozen=True)
class LogProb(Metric):
    """m = −log p(answer), in nats."""

    name = "log-prob"
    site = None
    sign = "positive: without it the answer is less likely (m = −log p of the answer)"

    def __call__(self, values: Tensor, examples: Examples) -> Tensor:
        return -values.log_softmax(-1).gather(1, _answer(examples, self.name)[:, None]).squeeze(1)


@dataclass(frozen=True)
class Logit(Metric):
    """m = −logit(answer)."""

    name = "logit"
    site = None
    sign = "positive: without it the answer's logit is lower (m = −logit of the answer)"

    def rows(self, examples: Examples) -> Tensor:
        return _answer(examples, self.name)[:, None]

    def __call__(self, values: Tensor, examples: Examples) -> Tensor:
        return -values[:, 0]


@dataclass(frozen=True, eq=False)
class ProbeLogit(Metric):
    """m = w · (mean of a residual site over real tokens) + b; `signed`: times +1 for label 1, −1 for 0."""

    site: Site
    weight: Tensor
    """[d]"""
    bias: float = 0.0
    signed: bool = False
    name: str = "probe-logit"
    sign: str = "positive: its change from clean to baseline raises the probe's logit"

    def __call__(self, values: Tensor, examples: Examples) -> Tensor:
        mask = examples.mask.to(values).unsqueeze(-1)
        logit = (values * mask).sum(1) / mask.sum(1) @ self.weight.to(values) + self.bias
        if not self.signed:
            return logit
        if examples.label is None:
            raise InputError("metric probe-logit: signed by the label, but the examples have no labels")
        return logit * (2 * examples.label.to(values) - 1)


@dataclass(frozen=True, eq=False)
class LogitMetric(Metric):
    """Any function of the logits [B,V] at the last position."""

    function: Callable[[Tensor, Examples], Tensor]
    name: str = "user function"
    sign: str = "positive: its change from clean to patch raises the metric"
    site = None

    def __call__(self, values: Tensor, examples: Examples) -> Tensor:
        return self.function(values, examples)


_BY_NAME: dict[str, Callable[[], Metric]] = {"logit-diff": LogitDiff, "log-prob": LogProb, "logit": Logit}


def pick_metric(metric: str | Metric, examples: Examples) -> Metric:
    """A metric by name; `auto` = logit-diff where there are patch answers, else log-prob.

    Raises InputError for an unknown name.
    """
    if isinstance(metric, Metric):
        return metric
    if metric == "auto":
        return LogitDiff() if examples.patch_answer is not None else LogProb()
    check_choice("metric", metric, get_args(MetricName))
    return _BY_NAME[metric]()

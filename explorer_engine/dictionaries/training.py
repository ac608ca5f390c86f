"""Training ReLU dictionaries on the activations of a site (the paper's App. B.1)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from explorer_engine.data import Examples
from explorer_engine.dictionaries.kinds.relu import ReluDictionary
from explorer_engine.errors import InputError
from explorer_engine.models import LanguageModel
from explorer_engine.progress import Progress, told
from explorer_engine.sites import Site

__all__ = ["TrainingOptions", "collect_activations", "train_dictionary"]

_BATCH = 100
"""Windows in one forward pass."""
_SAMPLE = 100_000
"""Rows that centre and scale are taken from, and that dead features are pointed at."""


@dataclass(frozen=True)
class TrainingOptions:
    """Everything that decides a trained dictionary, besides the activations."""

    features: int = 512
    """F, of every dictionary."""
    steps: int = 2000
    """Optimiser steps."""
    batch: int = 1024
    """Tokens a step."""
    learning_rate: float = 2e-3
    """Of Adam, while it is constant."""
    penalty: float = 0.06
    """λ of λ·L1, for activations scaled to E‖x − mean‖² = 1."""
    attention_penalty: float = 0.13
    """λ at attention outputs, which are far too dense with the common one."""
    mlp_penalty: float = 0.045
    """λ at MLP outputs, which are sparse anyway: little of them is lost for it."""
    warm_up: float = 0.1
    """Share of the steps over which λ grows."""
    decay: float = 0.3
    """Share of the steps at the end over which the learning rate falls to zero."""
    resample_at: tuple[float, ...] = (0.15, 0.3, 0.45, 0.6)
    """Shares of the steps after which features that have not fired since the last time are drawn anew."""
    windows: int = 5500
    """Windows of text whose activations to train on; whoever collects the activations reads it."""
    seed: int = 0
    """Of the first directions, the batches and the drawing anew; each site derives its own."""

    def __post_init__(self) -> None:
        for name in ("features", "steps", "batch", "windows"):
            if getattr(self, name) < 1:
                raise InputError(f"{name} is {getattr(self, name)}: give a whole number of at least 1")
        for name in ("warm_up", "decay"):
            if not 0 < getattr(self, name) <= 1:
                raise InputError(
                    f"{name} is {getattr(self, name)}: give a share of the steps above 0, at most 1"
                )


def collect_activations(
    model: LanguageModel, windows: Examples, sites: Sequence[Site], progress: Progress | None = None
) -> dict[Site, Tensor]:
    """[n·S, d] in half precision at each site, of n windows [n,S] without padding.

    Everything is held in memory: 2.3 GB for 13 sites of width 128 and 0.7 million tokens.
    """
    parts: dict[Site, list[Tensor]] = {site: [] for site in sites}
    for batch in told(list(windows.batches(_BATCH)), progress, "activations"):
        for site, value in model.activations(batch.tokens, batch.mask, sites).items():
            parts[site].append(value.flatten(0, 1).half())
    return {site: torch.cat(parts.pop(site)) for site in sites}


def train_dictionary(
    options: TrainingOptions, site: Site, values: Tensor, progress: Progress | None = None
) -> ReluDictionary:
    """Fit features to values [n,d]: squared error + λ·L1 with decoder rows of length 1 (App. B.1).

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
    learner = _Learner(options, (sample - mean) * scale, site, generator)
    for step in told(range(options.steps), progress, f"dictionary {site}"):
        rows = torch.randint(len(values), (options.batch,), generator=generator)
        learner.step(step, (values[rows].float() - mean) * scale)
    return learner.result(mean, scale)


class _Learner:
    """The parameters of one dictionary in training, in scaled units."""

    def __init__(
        self, options: TrainingOptions, sample: Tensor, site: Site, generator: torch.Generator
    ) -> None:
        width = sample.shape[1]
        self.options, self.sample, self.generator = options, sample, generator
        own = {"attn": options.attention_penalty, "mlp": options.mlp_penalty}
        self.penalty = own.get(site.kind, options.penalty)
        directions = torch.randn(options.features, width, generator=generator)
        self.decoder = (directions / directions.norm(dim=1, keepdim=True)).requires_grad_()
        self.encoder = self.decoder.detach().clone().requires_grad_()
        self.encoder_bias = torch.zeros(options.features, requires_grad=True)
        self.decoder_bias = torch.zeros(width, requires_grad=True)
        self.parameters = [self.encoder, self.encoder_bias, self.decoder, self.decoder_bias]
        self.optimiser = torch.optim.Adam(self.parameters, lr=options.learning_rate, betas=(0.9, 0.999))
        self.fired = torch.zeros(options.features, dtype=torch.bool)

    def _encode(self, x: Tensor) -> Tensor:
        return torch.relu((x - self.decoder_bias) @ self.encoder.T + self.encoder_bias)

    def step(self, step: int, x: Tensor) -> None:
        """One optimiser step on x [batch,d]."""
        o = self.options
        penalty = self.penalty * min(1.0, (step + 1) / (o.warm_up * o.steps))
        rate = o.learning_rate * min(1.0, (o.steps - step) / (o.decay * o.steps))
        self.optimiser.param_groups[0]["lr"] = rate
        f = self._encode(x)
        error = x - f @ self.decoder - self.decoder_bias
        loss = error.square().sum(1).mean() + penalty * f.sum(1).mean()
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        with torch.no_grad():
            grad = self.decoder.grad
            assert grad is not None
            grad -= (grad * self.decoder).sum(1, keepdim=True) * self.decoder  # stay on the unit sphere
            self.optimiser.step()
            self.decoder /= self.decoder.norm(dim=1, keepdim=True)
            self.fired |= (f > 0).any(0)
            if step in {math.floor(share * o.steps) for share in o.resample_at}:
                self._resample()

    def _resample(self) -> None:
        """Point features that have not fired since the last time at inputs that are reconstructed badly."""
        dead = (~self.fired).nonzero().flatten()
        self.fired.zero_()
        if not len(dead):
            return
        rows = self.sample[torch.randint(len(self.sample), (8192,), generator=self.generator)]
        f = self._encode(rows)
        residue = rows - f @ self.decoder - self.decoder_bias
        chosen = torch.multinomial(residue.square().sum(1).square(), len(dead), generator=self.generator)
        directions = residue[chosen] / residue[chosen].norm(dim=1, keepdim=True)
        alive_length = self.encoder.norm(dim=1).mean()
        self.decoder[dead] = directions
        self.encoder[dead] = directions * alive_length * 0.5
        self.encoder_bias[dead] = 0.0
        for parameter, rows_of in ((self.encoder, dead), (self.encoder_bias, dead), (self.decoder, dead)):
            for moment in ("exp_avg", "exp_avg_sq"):
                self.optimiser.state[parameter][moment][rows_of] = 0.0

    def result(self, mean: Tensor, scale: float) -> ReluDictionary:
        """The dictionary in the site's own units."""
        return ReluDictionary(
            encoder=self.encoder.detach().clone(),
            encoder_bias=self.encoder_bias.detach() / scale,
            decoder=self.decoder.detach().clone(),
            decoder_bias=mean + self.decoder_bias.detach() / scale,
            tied=True,
        )

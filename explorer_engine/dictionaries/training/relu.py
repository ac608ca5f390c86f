"""ReLU dictionaries: squared error + λ·L1 with decoder rows of length 1 (the paper's App. B.1)."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from explorer_engine.dictionaries.kinds.relu import ReluDictionary
from explorer_engine.dictionaries.training.options import TrainingOptions
from explorer_engine.dictionaries.training.sphere import step_on_sphere
from explorer_engine.sites import Site

__all__ = ["ReluLearner"]


class ReluLearner:
    """The parameters of one dictionary in training, in scaled units."""

    def __init__(
        self, options: TrainingOptions, site: Site, sample: Tensor, generator: torch.Generator
    ) -> None:
        width = sample.shape[1]
        self.options, self.sample, self.generator = options, sample, generator
        self.penalty = options.penalty_at(site)
        features = options.features_at(site)
        directions = torch.randn(features, width, generator=generator)
        self.decoder = (directions / directions.norm(dim=1, keepdim=True)).requires_grad_()
        self.encoder = self.decoder.detach().clone().requires_grad_()
        self.encoder_bias = torch.zeros(features, requires_grad=True)
        self.decoder_bias = torch.zeros(width, requires_grad=True)
        self.parameters = [self.encoder, self.encoder_bias, self.decoder, self.decoder_bias]
        self.optimiser = torch.optim.Adam(self.parameters, lr=options.learning_rate, betas=(0.9, 0.999))
        self.fired = torch.zeros(features, dtype=torch.bool)

    def _encode(self, x: Tensor) -> Tensor:
        return torch.relu((x - self.decoder_bias) @ self.encoder.T + self.encoder_bias)

    def step(self, step: int, x: Tensor) -> None:
        """One optimiser step on x [batch,d]."""
        o = self.options
        penalty = self.penalty * o.warmed(step)
        self.optimiser.param_groups[0]["lr"] = o.rate_at(step)
        f = self._encode(x)
        error = x - f @ self.decoder - self.decoder_bias
        loss = error.square().sum(1).mean() + penalty * f.sum(1).mean()
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        with torch.no_grad():
            step_on_sphere(self.optimiser, self.decoder)
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

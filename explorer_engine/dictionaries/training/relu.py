"""ReLU dictionaries: squared error + λ·L1, dead features drawn anew (the paper's App. B.1 and B.2)."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import normalize

from explorer_engine.dictionaries.kinds.relu import ReluDictionary
from explorer_engine.dictionaries.training.learner import Draw, Learner

__all__ = ["ReluLearner"]

_INPUTS, _PIECE = 8192, 1024
"""Values that dead features are pointed at are drawn from so many, which are encoded piece by piece."""
_ENCODER = 0.2
"""Length of a redrawn feature's encoder row, as a share of that of the others (Bricken et al. 2023)."""


class ReluLearner(Learner):
    """The learning rate grows anew after each redrawing, as at the start."""

    def _directions(self, sample: Tensor) -> Tensor:
        directions = torch.randn(self.encoder.shape, generator=self.generator)
        return normalize(directions, dim=1).to(sample)

    def _encode(self, x: Tensor) -> Tensor:
        return torch.relu((x - self.decoder_bias) @ self.encoder.T + self.encoder_bias)

    def _error(self, x: Tensor, f: Tensor) -> Tensor:
        return x - f @ self.decoder - self.decoder_bias

    def step(self, step: int, draw: Draw) -> None:
        """As Learner.step."""
        o = self.options
        x = draw(o.batch)
        f = self._encode(x)
        error = self._error(x, f)
        penalty = o.penalty_at(self.site) * o.warmed(step)
        loss = error.square().sum(1).mean() + penalty * f.sum(1).mean()
        self._step_on_sphere(loss, o.rate_at(step) * o.rate_warmed(step))
        active = f.detach() > 0
        self._note(error, active.sum(), active.any(0))
        if step in o.resample_steps:
            before = max((earlier for earlier in o.resample_steps if earlier < step), default=-1)
            self._resample(self.silent >= max(1, (step - before) // 2) * o.batch, draw)

    @torch.no_grad()
    def _resample(self, dead: Tensor, draw: Draw) -> None:
        """Point dead features [F] at values that are reconstructed badly, as Bricken et al. (2023) do.

        A value is drawn with the square of its squared error, no value twice.
        """
        n = int(dead.sum())
        if not n:
            return
        x = draw(max(_INPUTS, 2 * n))
        left = torch.cat([self._error(p, self._encode(p)).square().sum(1) for p in x.split(_PIECE)])
        weights = (left / left.mean()).square().clamp_min(torch.finfo(left.dtype).tiny).cpu()
        chosen = torch.multinomial(weights, n, generator=self.generator).to(x.device)
        directions = normalize(x[chosen] - self.decoder_bias, dim=1)
        self.decoder[dead] = directions
        others = self.encoder[~dead] if n < len(dead) else self.encoder
        self.encoder[dead] = directions * others.norm(dim=1).mean() * _ENCODER
        self.encoder_bias[dead] = 0.0
        for parameter in (self.encoder, self.encoder_bias, self.decoder):
            for moment in ("exp_avg", "exp_avg_sq"):
                self.optimiser.state[parameter][moment][dead] = 0.0

    def result(self, mean: Tensor, scale: float) -> ReluDictionary:
        """As Learner.result."""
        return ReluDictionary(**self._tensors(mean, scale), tied=True)

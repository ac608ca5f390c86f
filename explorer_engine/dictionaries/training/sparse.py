"""Learning with few features by construction: only kept activations take part, and dead ones are revived."""

from __future__ import annotations

from abc import abstractmethod

import torch
from torch import Tensor
from torch.nn.functional import embedding, normalize

from explorer_engine.dictionaries.training.learner import Draw, Learner

__all__ = ["SparseLearner"]

_REVIVED = 256
"""Most dead features that a step tries to revive."""
_REVIVING = 32
"""Dead features that may explain one token's error."""
_AUXILIARY = 1 / 32
"""Weight of what dead features leave of the error (Gao et al. 2024)."""
_START = 4.0
"""How many times k features are active at the first step of the warm-up."""


class SparseLearner(Learner):
    """Squared error of what the kept activations make, and the auxiliary loss of Gao et al. (2024).

    Only the kept activations take part in the loss, so that apart from the encoder's product everything is
    done on them alone.
    """

    def _directions(self, sample: Tensor) -> Tensor:
        rows = torch.randint(len(sample), (len(self.silent),), generator=self.generator).to(sample.device)
        noise = torch.randn(self.encoder.shape, generator=self.generator).to(sample)
        return normalize(normalize(sample[rows], dim=1) + 0.3 * normalize(noise, dim=1), dim=1)

    def step(self, step: int, draw: Draw) -> None:
        """As Learner.step."""
        o = self.options
        x = draw(o.batch)
        active = o.active_at(self.site) * (1 + (_START - 1) * (1 - o.warmed(step)))
        with torch.no_grad():
            z = torch.addmm(self.encoder_bias, x - self.decoder_bias, self.encoder.T)
            row, feature = self._kept(z, active)
        centred = x - self.decoder_bias
        z = (centred[row] * embedding(feature, self.encoder)).sum(1) + self.encoder_bias[feature]
        parts = z.relu()[:, None] * embedding(feature, self.decoder)
        error = centred - torch.zeros_like(x).index_add(0, row, parts)
        loss = error.square().sum(1).mean() + self._auxiliary(centred.detach(), error.detach())
        self._step_on_sphere(loss, o.rate_at(step))
        z = z.detach()
        self._note(error, (z > 0).sum(), feature)
        self._after(step, z)

    @abstractmethod
    def _kept(self, z: Tensor, active: float) -> tuple[Tensor, Tensor]:
        """Rows and features of the pre-activations [batch,F] that are kept, `active` a token."""

    def _after(self, step: int, z: Tensor) -> None:
        """Called after each step with the kept pre-activations [n]."""

    def _auxiliary(self, centred: Tensor, error: Tensor) -> Tensor:
        """What some dead features, a few at each token, leave of the error: it pulls them towards it."""
        dead = self._dead().nonzero().squeeze(1)
        if not len(dead):
            return torch.zeros((), device=error.device)
        some = dead[torch.randperm(len(dead), generator=self.generator)[:_REVIVED].to(dead.device)]
        z = centred @ self.encoder[some].T + self.encoder_bias[some]
        top, index = z.topk(min(_REVIVING, len(some)), dim=1, sorted=False)
        f = torch.zeros_like(z).scatter(1, index, top.relu())
        left = (error - f @ self.decoder[some]).square().sum(1).mean()
        return _AUXILIARY * left

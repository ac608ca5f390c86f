"""BatchTopK dictionaries: of each batch the k·B largest activations are kept (Bussmann et al. 2024)."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import embedding, normalize

from explorer_engine.dictionaries.kinds.jumprelu import JumpReluDictionary
from explorer_engine.dictionaries.training.options import TrainingOptions
from explorer_engine.dictionaries.training.sphere import step_on_sphere
from explorer_engine.sites import Site

__all__ = ["BatchTopKLearner"]

_DEAD_AFTER = 150_000
"""Tokens without firing after which a feature counts as dead."""
_REVIVED = 256
"""Most dead features that a step tries to revive."""
_REVIVING = 32
"""Dead features that may explain one token's error."""
_AUXILIARY = 1 / 32
"""Weight of what dead features leave of the error."""
_START = 4.0
"""How many times k features are active at the first step of the warm-up."""
_AVERAGED = 0.02
"""Weight of a batch in the running threshold."""


class BatchTopKLearner:
    """The parameters of one dictionary in training, in scaled units.

    Only the kept activations take part in the loss, so that apart from the encoder's product everything is
    done on them alone.
    """

    def __init__(
        self, options: TrainingOptions, site: Site, sample: Tensor, generator: torch.Generator
    ) -> None:
        features = options.features_at(site)
        self.options, self.generator, self.active = options, generator, options.active_at(site)
        rows = torch.randint(len(sample), (features,), generator=generator)
        noise = torch.randn(features, sample.shape[1], generator=generator)
        directions = normalize(normalize(sample[rows], dim=1) + 0.3 * normalize(noise, dim=1), dim=1)
        self.decoder = directions.clone().requires_grad_()
        self.encoder = directions.clone().requires_grad_()
        self.encoder_bias = torch.zeros(features, requires_grad=True)
        self.decoder_bias = torch.zeros(sample.shape[1], requires_grad=True)
        self.optimiser = torch.optim.Adam(
            [self.encoder, self.encoder_bias, self.decoder, self.decoder_bias], lr=options.learning_rate
        )
        self.silent = torch.zeros(features)
        """[F] tokens since each feature fired."""
        self.threshold = 0.0
        """The smallest kept activation, averaged over batches."""

    def step(self, step: int, x: Tensor) -> None:
        """One optimiser step on x [batch,d]."""
        o = self.options
        active = self.active * (1 + (_START - 1) * (1 - o.warmed(step)))
        self.optimiser.param_groups[0]["lr"] = o.rate_at(step)
        row, feature = self._kept(x, min(round(active * len(x)), x.shape[0] * len(self.silent)))
        centred = x - self.decoder_bias
        z = (centred[row] * embedding(feature, self.encoder)).sum(1) + self.encoder_bias[feature]
        parts = z.relu()[:, None] * embedding(feature, self.decoder)
        error = centred - torch.zeros_like(x).index_add(0, row, parts)
        loss = error.square().sum(1).mean() + self._auxiliary(centred.detach(), error.detach())
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        with torch.no_grad():
            step_on_sphere(self.optimiser, self.decoder)
            self.silent += len(x)
            self.silent[feature] = 0
            smallest, done = float(z.detach().min()), step + 1
            weight = max(_AVERAGED, 1 / done) if o.warmed(step) == 1 else 1.0
            self.threshold += weight * (max(smallest, 0.0) - self.threshold)

    @torch.no_grad()
    def _kept(self, x: Tensor, n: int) -> tuple[Tensor, Tensor]:
        """Rows and features of the n largest pre-activations of the batch."""
        z = torch.addmm(self.encoder_bias, x - self.decoder_bias, self.encoder.T).flatten()
        likely = (z > 0.5 * self.threshold).nonzero().squeeze(1)
        if len(likely) < n:
            likely = torch.arange(len(z))
        best = likely[z[likely].topk(n, sorted=False).indices]
        return best // len(self.silent), best % len(self.silent)

    def _auxiliary(self, centred: Tensor, error: Tensor) -> Tensor:
        """What some dead features, a few at each token, leave of the error: it pulls them towards it."""
        dead = (self.silent > _DEAD_AFTER).nonzero().squeeze(1)
        if not len(dead):
            return torch.zeros(())
        some = dead[torch.randperm(len(dead), generator=self.generator)[:_REVIVED]]
        z = centred @ self.encoder[some].T + self.encoder_bias[some]
        top, index = z.topk(min(_REVIVING, len(some)), dim=1, sorted=False)
        f = torch.zeros_like(z).scatter(1, index, top.relu())
        left = (error - f @ self.decoder[some]).square().sum(1).mean()
        return _AUXILIARY * left

    def result(self, mean: Tensor, scale: float) -> JumpReluDictionary:
        """The dictionary in the site's own units."""
        return JumpReluDictionary(
            encoder=self.encoder.detach().clone(),
            encoder_bias=self.encoder_bias.detach() / scale,
            decoder=self.decoder.detach().clone(),
            decoder_bias=mean + self.decoder_bias.detach() / scale,
            threshold=torch.full_like(self.encoder_bias.detach(), self.threshold / scale),
            tied=True,
        )

"""What all kinds of training share: one dictionary's parameters, its optimiser, and how it fares."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import torch
from torch import Tensor

from explorer_engine.dictionaries.base import Dictionary
from explorer_engine.dictionaries.training.options import TrainingOptions
from explorer_engine.dictionaries.training.sphere import keep_length, take_along
from explorer_engine.sites import Site

__all__ = ["Draw", "Figures", "Learner"]

_DEAD_AFTER = 150_000
"""Tokens without firing after which a feature counts as dead."""

Draw = Callable[[int], Tensor]
"""n → [n,d] values at tokens drawn at random, in scaled units."""


class Figures(NamedTuple):
    """How a training fares, on the tokens of its last step."""

    unexplained: float
    """Share of the variance that the reconstruction leaves: the loss without what makes it sparse."""
    l0: float
    """Features active on a token, on average."""
    dead: float
    """Share of features that have not fired for 150,000 tokens."""

    def __str__(self) -> str:
        return f"{self.unexplained:.3f} unexplained, L0 {self.l0:.1f}, {self.dead:.0%} dead"


class Learner(ABC):
    """One dictionary in training, in units in which values have mean 0 and mean squared length 1.

    After construction comes `begin` or `load_state`.
    """

    def __init__(
        self, options: TrainingOptions, site: Site, values: Tensor, generator: torch.Generator
    ) -> None:
        """`values` [·,d] say width and device; `generator`, on the CPU, decides all that is random."""
        self.options, self.site, self.generator = options, site, generator
        n, width = options.features_at(site), values.shape[1]

        def zeros(*shape: int) -> Tensor:
            return torch.zeros(*shape, device=values.device, requires_grad=True)

        self.encoder, self.encoder_bias = zeros(n, width), zeros(n)
        self.decoder, self.decoder_bias = zeros(n, width), zeros(width)
        self.optimiser = torch.optim.Adam(self._parameters().values(), lr=options.learning_rate)
        self.silent = torch.zeros(n, dtype=torch.int64, device=values.device)
        """[F] tokens since each feature fired."""
        self._left, self._active = torch.tensor(0.0), torch.tensor(0.0)

    @torch.no_grad()
    def begin(self, sample: Tensor) -> None:
        """Draw the first directions; `sample` [n,d] are values in scaled units."""
        directions = self._directions(sample)
        self.encoder.copy_(directions)
        self.decoder.copy_(directions)

    @abstractmethod
    def _directions(self, sample: Tensor) -> Tensor:
        """[F,d] of length 1, which encoder and decoder begin with."""

    @abstractmethod
    def step(self, step: int, draw: Draw) -> None:
        """One optimiser step; they are counted from 0."""

    @abstractmethod
    def result(self, mean: Tensor, scale: float) -> Dictionary:
        """The dictionary in the site's own units, of which (value − mean) · scale are the scaled ones."""

    @property
    def figures(self) -> Figures:
        """How it fared in the last step."""
        return Figures(float(self._left), float(self._active), float(self._dead().float().mean()))

    def state(self) -> dict[str, Tensor]:
        """Everything that its next steps depend on, besides the generator."""
        found = {"silent": self.silent}
        for name, parameter in self._parameters().items():
            found[name] = parameter.detach()
            moments = self.optimiser.state[parameter]
            found |= {f"{name}.{key}": value for key, value in moments.items()}
        return found

    @torch.no_grad()
    def load_state(self, state: Mapping[str, Tensor]) -> None:
        """Go on from what `state` gave."""
        self.silent.copy_(state["silent"])
        for name, parameter in self._parameters().items():
            parameter.copy_(state[name])
            self.optimiser.state[parameter] = {
                "step": state[f"{name}.step"].clone(),
                **{key: state[f"{name}.{key}"].to(parameter, copy=True) for key in ("exp_avg", "exp_avg_sq")},
            }

    def _parameters(self) -> dict[str, Tensor]:
        names = ("encoder", "encoder_bias", "decoder", "decoder_bias")
        return {name: getattr(self, name) for name in names}

    def _tensors(self, mean: Tensor, scale: float) -> dict[str, Any]:
        """What every kind of dictionary has, in the site's own units."""
        return {
            "encoder": self.encoder.detach().clone(),
            "encoder_bias": self.encoder_bias.detach() / scale,
            "decoder": self.decoder.detach().clone(),
            "decoder_bias": mean + self.decoder_bias.detach() / scale,
        }

    def _dead(self) -> Tensor:
        return self.silent > _DEAD_AFTER

    @torch.no_grad()
    def _step_on_sphere(self, loss: Tensor, rate: float) -> None:
        """The optimiser's step at a learning rate; decoder rows keep length 1 (the paper's App. B.1)."""
        self.optimiser.param_groups[0]["lr"] = rate
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        take_along(self.decoder)
        self.optimiser.step()
        keep_length(self.decoder)

    @torch.no_grad()
    def _note(self, error: Tensor, active: Tensor, fired: Tensor) -> None:
        """Of a step: errors [batch,d], the number of active features in all of it, and which fired (an index
        or mask of features)."""
        self._left, self._active = error.square().sum(1).mean(), active / len(error)
        self.silent += len(error)
        self.silent[fired] = 0

"""How a dictionary is trained: its kind, its size and sparsity at each kind of site, and the steps."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from explorer_engine.errors import InputError
from explorer_engine.options import check_choices
from explorer_engine.sites import KINDS, Site

__all__ = ["TrainingKind", "TrainingOptions"]

TrainingKind = Literal["relu", "topk", "batch-topk"]


@dataclass(frozen=True)
class TrainingOptions:
    """Everything that decides a trained dictionary, besides the activations.

    Raises InputError for an unknown kind and numbers that cannot work.
    """

    kind: TrainingKind = "relu"
    """relu: squared error + λ·L1, dead features drawn anew (the paper's App. B). topk: the k largest
    activations of each token are kept (Gao et al. 2024). batch-topk: the k·batch largest of a batch are kept
    (Bussmann et al. 2024); the result is a JumpReLU with one threshold."""
    features: int = 512
    """F, at residual sites, and where nothing else is said."""
    mlp_features: int | None = None
    """F at MLP outputs; None = `features`."""
    attention_features: int | None = None
    """F at attention outputs, where most of many features stay dead; None = `features`."""
    embed_features: int | None = None
    """F at the embedding; None = `features`."""
    active: float = 10.0
    """k of batch-topk, features active at a token on average, and of topk, where it is rounded up."""
    attention_active: float | None = None
    """k at attention outputs; None = `active`."""
    embed_active: float | None = None
    """k at the embedding, where few suffice; None = `active`."""
    penalty: float = 0.06
    """λ of relu, for activations scaled to E‖x − mean‖² = 1; the paper's is for the site's own units."""
    attention_penalty: float = 0.13
    """λ at attention outputs, which are far too dense with the common one."""
    mlp_penalty: float = 0.045
    """λ at MLP outputs, which are sparse anyway: little of them is lost for it."""
    steps: int = 2000
    """Optimiser steps."""
    batch: int = 1024
    """Tokens a step."""
    learning_rate: float = 2e-3
    """Of Adam, while it is constant."""
    warm_up: float = 0.1
    """Share of the steps over which λ grows, which the paper's does not, or k falls to its value."""
    rate_warm_up: float = 0.01
    """relu: share of the steps over which the learning rate grows from zero, at the start and each time that
    features were drawn anew, as in the paper."""
    decay: float = 0.3
    """Share of the steps at the end over which the learning rate falls to zero; the paper's stays."""
    resample_at: tuple[float, ...] = (0.15, 0.3, 0.45, 0.6)
    """relu: shares of the steps after which features that did not fire in the last half of the steps since
    the time before are drawn anew, as in the paper, which does it every so many steps."""
    windows: int = 5500
    """Windows of text whose activations to train on, each computed once for every site, whatever the number
    of steps."""
    buffer: int = 1_000_000
    """Tokens whose activations are held at once, in half precision: 2·d bytes each, at d = 512 1 GB. Of more
    text the activations are computed buffer by buffer, and each serves the same number of steps; nothing of
    them lies on disk."""
    joint_steps: int = 0
    """Optimiser steps after these in which the dictionaries of all sites are trained together, by what the
    model says with all of them in its place (Karvonen 2025); 0: none."""
    joint_batch: int = 8
    """Windows of such a step, at least 2."""
    joint_learning_rate: float = 5e-4
    """Of Adam in them, while it is constant."""
    seed: int = 0
    """Of the first directions, the batches and the drawing anew; each site derives its own."""

    def __post_init__(self) -> None:
        check_choices(self)
        features = ("features", "mlp_features", "attention_features", "embed_features")
        for name in (*features, "steps", "batch", "windows", "buffer"):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise InputError(f"{name} is {value}: give a whole number of at least 1")
        if self.joint_steps < 0:
            raise InputError(f"joint_steps is {self.joint_steps}: give 0 for none, or how many")
        if self.joint_batch < 2:
            raise InputError(f"joint_batch is {self.joint_batch}: give at least 2 windows")
        for name in ("active", "attention_active", "embed_active"):
            value = getattr(self, name)
            if value is not None and not value > 0:
                raise InputError(f"{name} is {value}: give a number above 0")
        for name in ("warm_up", "rate_warm_up", "decay"):
            if not 0 < getattr(self, name) <= 1:
                raise InputError(
                    f"{name} is {getattr(self, name)}: give a share of the steps above 0, at most 1"
                )
        if self.kind != "relu":
            for site in (Site(kind, 0) for kind in KINDS):
                if (k := self.active_at(site)) > (n := self.features_at(site)):
                    raise InputError(
                        f"active is {k:g} at {site.kind} sites, which have {n} features: give less"
                    )

    def features_at(self, site: Site) -> int:
        """F at a site."""
        own = {"mlp": self.mlp_features, "attn": self.attention_features, "embed": self.embed_features}
        return own.get(site.kind) or self.features

    def active_at(self, site: Site) -> float:
        """k at a site."""
        return {"attn": self.attention_active, "embed": self.embed_active}.get(site.kind) or self.active

    def penalty_at(self, site: Site) -> float:
        """λ at a site."""
        return {"attn": self.attention_penalty, "mlp": self.mlp_penalty}.get(site.kind, self.penalty)

    def rate_at(self, step: int) -> float:
        """Adam's learning rate at a step."""
        return self.learning_rate * min(1.0, (self.steps - step) / (self.decay * self.steps))

    def warmed(self, step: int) -> float:
        """From above 0 to 1 over the warm-up."""
        return min(1.0, (step + 1) / (self.warm_up * self.steps))

    @cached_property
    def resample_steps(self) -> frozenset[int]:
        """The steps after which dead features are drawn anew."""
        return frozenset(math.floor(share * self.steps) for share in self.resample_at)

    def rate_warmed(self, step: int) -> float:
        """From above 0 to 1 over the warm-up of the learning rate, since the start or the last redrawing."""
        last = max((earlier for earlier in self.resample_steps if earlier < step), default=-1)
        return min(1.0, (step - last) / (self.rate_warm_up * self.steps))

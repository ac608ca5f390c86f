"""Training the dictionaries of all sites a little further, together: by what the model says through them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import cast

import torch
from torch import Tensor
from torch.nn.functional import kl_div

from explorer_engine.data import Examples
from explorer_engine.dictionaries.base import Dictionaries, TensorDictionary
from explorer_engine.dictionaries.training.activations import Windows
from explorer_engine.dictionaries.training.checkpoint import Checkpoint
from explorer_engine.dictionaries.training.options import TrainingOptions
from explorer_engine.dictionaries.training.sphere import keep_length, take_along
from explorer_engine.errors import InputError
from explorer_engine.models import LanguageModel
from explorer_engine.progress import Progress, told
from explorer_engine.sites import Site

__all__ = ["train_jointly"]

_SAMPLE = 40
"""Windows that the sites' variances are taken from."""
_WARM_UP = 20
"""Steps over which the learning rate grows."""
_CLIPPED = 1.0
"""Length that a step's gradient, of all dictionaries together, is cut to."""
_FOLLOWED = 0.05
"""Largest change of a threshold in a step, as a share of it."""
_TRAINED = ("encoder", "encoder_bias", "decoder", "decoder_bias")


def train_jointly(
    options: TrainingOptions,
    model: LanguageModel,
    dictionaries: Dictionaries,
    windows: Windows,
    checkpoint: Path | None = None,
    progress: Progress | None = None,
    watch: Callable[[str], None] | None = None,
) -> dict[Site, TensorDictionary]:
    """Fit trained dictionaries so that the model says through all of them at once what it says without.

    `options.joint_steps` steps on windows in their order, half of which pass as they are and half through
    the reconstructions, with the loss

        KL(model ‖ model through all reconstructions)  +  Σ_sites mean log(1 + ‖x − x̂‖² / E‖x − E x‖²),

    the first of the second half, x being what reaches the site in either (Karvonen 2025, arXiv:2503.17272,
    does one site at a time). Dictionaries that were fitted to the model's own values alone blow up what the
    errors of earlier ones make of these; hence the logarithm and the cut gradient. As many features stay
    active on the model's own values as `options` ask for: thresholds follow, k stays, λ·L1 is added.
    `checkpoint` and `watch` as of `train_dictionary`. Raises InputError for fewer than two windows.
    """
    if len(windows) < 2:
        raise InputError(
            "joint_steps: there is one window of text to train on: give at least two, or joint_steps 0"
        )
    kept = checkpoint and Checkpoint(checkpoint, f"jointly {options}")
    training = _Joint(options, model, dictionaries, windows)
    if kept and (state := kept.load()):
        training.load_state(state)
    steps = range(training.done, options.joint_steps)
    for step in told(steps, progress, "all dictionaries", training.done):
        said = training.step(step)
        if watch is not None:
            watch(said)
        if kept and kept.due:
            kept.save(training.state())
    return training.result()


class _Joint:
    """The dictionaries in training, by site."""

    def __init__(
        self, options: TrainingOptions, model: LanguageModel, dictionaries: Dictionaries, windows: Windows
    ) -> None:
        self._options, self._model, self._windows = options, model, windows
        self._sites = [
            _Site(options, site, cast("TensorDictionary", dictionary))
            for site, dictionary in sorted(dictionaries.items())
        ]
        sample = windows[:_SAMPLE]
        values = model.activations(sample.tokens, sample.mask, dictionaries)
        for own in self._sites:
            own.variance = float(values[own.site].flatten(0, 1).var(0, unbiased=False).sum())
        self._optimiser = torch.optim.Adam(self._parameters(), lr=options.joint_learning_rate)
        self.done = 0
        """Steps."""

    def _parameters(self) -> list[Tensor]:
        return [parameter for own in self._sites for parameter in own.parameters.values()]

    def step(self, step: int) -> str:
        """One optimiser step; how it fared, in words."""
        examples = self._batch(step)
        plain = len(examples) // 2
        says = self._model.logits(examples.tokens[plain:], examples.mask[plain:])
        edits = {own.site: partial(own.reconstruct, plain) for own in self._sites}
        through = self._model.differentiable_logits(examples.tokens, examples.mask, edits)[plain:]
        said, wanted = (logits.log_softmax(-1).flatten(0, 1) for logits in (through, says))
        kl = kl_div(said, wanted, log_target=True, reduction="batchmean")
        (kl + torch.stack([own.loss for own in self._sites]).sum()).backward()
        self._move(self._rate(step))
        self.done = step + 1
        return f"KL {float(kl.detach()):.3f} nats"

    def _batch(self, step: int) -> Examples:
        """The windows of a step: one after another, again from the first after the last."""
        n = min(self._options.joint_batch, len(self._windows))
        first = step * n % (len(self._windows) - n + 1)
        return self._windows[first : first + n]

    def _move(self, rate: float) -> None:
        for own in self._sites:
            take_along(own.parameters["decoder"])
        torch.nn.utils.clip_grad_norm_(self._parameters(), _CLIPPED)
        self._optimiser.param_groups[0]["lr"] = rate
        self._optimiser.step()
        self._optimiser.zero_grad(set_to_none=True)
        for own in self._sites:
            own.moved()

    def _rate(self, step: int) -> float:
        """Growing at the start, falling over the last share `decay` of the steps."""
        o = self._options
        falling = (o.joint_steps - step) / (o.decay * o.joint_steps)
        return o.joint_learning_rate * min(1.0, (step + 1) / _WARM_UP, falling)

    def state(self) -> dict[str, Tensor]:
        """Everything that what follows depends on, besides options, model and windows."""
        found = {"done": torch.tensor(self.done)}
        for own in self._sites:
            for name, parameter in own.parameters.items():
                moments = self._optimiser.state[parameter]
                found[f"{own.site}.{name}"] = parameter.detach()
                found |= {f"{own.site}.{name}.{key}": value for key, value in moments.items()}
            if own.threshold is not None:
                found[f"{own.site}.threshold"] = own.threshold
        return found

    @torch.no_grad()
    def load_state(self, state: Mapping[str, Tensor]) -> None:
        """Go on from what `state` gave."""
        self.done = int(state["done"])
        for own in self._sites:
            for name, parameter in own.parameters.items():
                at = f"{own.site}.{name}"
                parameter.copy_(state[at])
                self._optimiser.state[parameter] = {
                    key: state[f"{at}.{key}"].to(parameter, copy=True) for key in ("exp_avg", "exp_avg_sq")
                } | {"step": state[f"{at}.step"].clone()}
            if own.threshold is not None:
                own.threshold.copy_(state[f"{own.site}.threshold"])

    def result(self) -> dict[Site, TensorDictionary]:
        """The dictionaries as they are now."""
        return {own.site: own.dictionary(detached=True) for own in self._sites}


class _Site:
    """One dictionary in training, and what the last step saw of it."""

    variance: float
    """E‖x − E x‖² of the site's own values."""
    loss: Tensor
    """Of the last step's batch: what is left of its values, and of ReLU dictionaries λ·L1."""

    def __init__(self, options: TrainingOptions, site: Site, dictionary: TensorDictionary) -> None:
        self._options, self.site, self._dictionary = options, site, dictionary
        self.parameters = {
            name: getattr(dictionary, name).float().clone().requires_grad_() for name in _TRAINED
        }
        threshold = getattr(dictionary, "threshold", None)
        self.threshold: Tensor | None = None if threshold is None else threshold.float().clone()
        """[F] of JumpReLU."""
        self._active = 0.0

    def dictionary(self, *, detached: bool = False) -> TensorDictionary:
        """As it is now; with gradients unless `detached`."""
        tensors = {name: p.detach().clone() if detached else p for name, p in self.parameters.items()}
        if self.threshold is not None:
            tensors["threshold"] = self.threshold.clone()
        return replace(self._dictionary, **tensors)

    def reconstruct(self, plain: int, values: Tensor) -> Tensor:
        """Values [B,S,d] with the reconstruction of all but the first `plain`, noting how all of it fares."""
        dictionary = self.dictionary()
        f = dictionary.encode(values)
        made = dictionary.decode(f)
        left = (made - values.detach()).square().sum(-1) / self.variance
        self.loss = left.log1p().mean()
        if self._options.kind == "relu":
            penalty = self._options.penalty_at(self.site)
            self.loss = self.loss + penalty * f.sum(-1).mean() / self.variance**0.5
        self._active = float((f[:plain].detach() > 0).sum(-1).float().mean())
        return torch.cat([values[:plain], made[plain:]])

    @torch.no_grad()
    def moved(self) -> None:
        """After the optimiser's step: decoder rows get length 1 again, and a threshold follows."""
        keep_length(self.parameters["decoder"])
        if self.threshold is not None:
            wanted = self._active / self._options.active_at(self.site) - 1
            self.threshold *= 1 + _FOLLOWED * max(-1.0, min(1.0, wanted))

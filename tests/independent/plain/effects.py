"""Effects of nodes (the paper, §2, eq. 4) and of edges (§3.1, App. A.1), by autograd alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor
from transformers import GPTNeoXForCausalLM

from tests.independent.plain.dictionaries import Dictionary
from tests.independent.plain.model import run, values

Metric = Callable[[Tensor], Tensor]
"""Logits [B,V] at the last position → m [B]."""


def logit_difference(answer: Tensor, patch_answer: Tensor) -> Metric:
    """m = logit(patch answer) − logit(clean answer), answers [B]."""
    rows = torch.arange(len(answer))
    return lambda logits: logits[rows, patch_answer] - logits[rows, answer]


def minus_log_p(answer: Tensor) -> Metric:
    """m = −log p(answer), nats; answer [B]."""
    rows = torch.arange(len(answer))
    return lambda logits: -logits.log_softmax(-1)[rows, answer]


@dataclass(frozen=True)
class SiteEffects:
    """What one site's nodes do, in each of B examples and S positions."""

    gradient: Tensor
    """[B,S,F] ∂m/∂f, averaged over the steps"""
    error_gradient: Tensor
    """[B,S,d] ∂m/∂ε, averaged over the steps"""
    delta: Tensor
    """[B,S,F] f_patch − f_clean"""
    error_delta: Tensor
    """[B,S,d] ε_patch − ε_clean"""

    @property
    def feature(self) -> Tensor:
        """[B,S,F] effects of features."""
        return self.gradient * self.delta

    @property
    def error(self) -> Tensor:
        """[B,S] effects of the error: one node a position, so a dot product over d."""
        return (self.error_gradient * self.error_delta).sum(-1)


def site_effects(
    model: GPTNeoXForCausalLM,
    dictionary: Dictionary,
    site: str,
    clean: Tensor,
    patch: Tensor | None,
    metric: Metric,
    steps: int,
    offset: float,
) -> SiteEffects:
    """Effect of a node a: (1/N) Σ_{k<N} ∂m/∂a at (1 − t)·a_clean + t·a_patch, times a_patch − a_clean.

    t = (k + offset)/N: 0 is the published left sum, 1/2 the midpoint rule. Features and error of the site go
    together from the clean prompt's values to the patch prompt's (both [B,S]), or to 0 where there is no
    patch prompt. N = 1 step at offset 0 is the first-order effect (eq. 3).
    """
    f, error = dictionary.split(values(model, clean, [site])[site])
    if patch is None:
        f_patch, error_patch = torch.zeros_like(f), torch.zeros_like(error)
    else:
        f_patch, error_patch = dictionary.split(values(model, patch, [site])[site])
    gradient, error_gradient = torch.zeros_like(f), torch.zeros_like(error)
    for k in range(steps):
        t = (k + offset) / steps
        f_k = ((1 - t) * f + t * f_patch).requires_grad_()
        error_k = ((1 - t) * error + t * error_patch).requires_grad_()
        value = dictionary.decode(f_k) + error_k
        m = metric(run(model, clean, {site: lambda _, value=value: value}))
        of_f, of_error = torch.autograd.grad(m.sum(), [f_k, error_k])
        gradient += of_f / steps
        error_gradient += of_error / steps
    return SiteEffects(gradient, error_gradient, f_patch - f, error_patch - error)


def edges_into(
    model: GPTNeoXForCausalLM,
    dictionaries: Mapping[str, Dictionary],
    effects: Mapping[str, SiteEffects],
    clean: Tensor,
    upstream: str,
    downstream: str,
    feature: int | None,
    position: int,
) -> tuple[Tensor, Tensor]:
    """Weights of edges from all nodes of one site into one node w: ∇_w m · ∂w/∂u (direct path only) · Δu.

    w = a feature of the downstream site, or its error where `feature` is None, at a position. Direct path
    only: every site between the two is held constant. Returns the means over the examples, [S,F] of features
    and [S] of the error.
    """
    order = list(dictionaries)
    between = order[order.index(upstream) + 1 : order.index(downstream)]
    f, error = (
        t.requires_grad_() for t in dictionaries[upstream].split(values(model, clean, [upstream])[upstream])
    )
    value = dictionaries[upstream].decode(f) + error
    changes = {upstream: lambda _: value, **dict.fromkeys(between, Tensor.detach)}
    f_down, error_down = dictionaries[downstream].split(
        values(model, clean, [downstream], changes)[downstream]
    )
    ours = effects[downstream]
    if feature is None:
        w = (ours.error_gradient * error_down)[:, position].sum()
    else:
        w = (ours.gradient * f_down)[:, position, feature].sum()
    of_f, of_error = torch.autograd.grad(w, [f, error])
    source = effects[upstream]
    return (of_f * source.delta).mean(0), (of_error * source.error_delta).sum(-1).mean(0)


def effect_strengths(
    model: GPTNeoXForCausalLM, dictionaries: Mapping[str, Dictionary], prompts: Tensor, metric: Metric
) -> Tensor:
    """[B,ΣF] Σ over positions of |first-order effect of setting a feature to 0| (eq. 3; §5, App. H).

    Sites side by side, in order. Every site gives x + δ·W_dec with δ = 0, so that ∂m/∂δ = ∂m/∂f at the clean
    run, of all sites in one pass.
    """
    x = values(model, prompts, list(dictionaries))
    f = {site: dictionary.encode(x[site]) for site, dictionary in dictionaries.items()}
    delta = {site: torch.zeros_like(t).requires_grad_() for site, t in f.items()}
    changes = {
        site: lambda x, site=site: x + delta[site] @ dictionaries[site].tensors["decoder"]
        for site in dictionaries
    }
    gradients = torch.autograd.grad(metric(run(model, prompts, changes)).sum(), list(delta.values()))
    return torch.cat([(g * t).abs().sum(1) for g, t in zip(gradients, f.values(), strict=True)], dim=1)

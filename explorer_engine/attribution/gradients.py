"""Gradients of the metric by the sites' values: in the clean run, and averaged from clean to patch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import get_args

import numpy as np
import torch
from torch import Tensor

from explorer_engine.attribution.choices import Rule
from explorer_engine.attribution.runs import Tail, example_rows, replaced
from explorer_engine.errors import InputError
from explorer_engine.models import LanguageModel
from explorer_engine.options import check_choice
from explorer_engine.sites import Site

__all__ = ["first_order", "path_gradients", "quadrature"]


def quadrature(steps: int, rule: Rule) -> tuple[list[float], list[float]]:
    """Points t in [0,1] on the way from clean to patch, and weights that sum to 1.

    `left`: the paper's t_k = k/N, k = 0…N−1, never reaching patch. `gauss`: Gauss–Legendre with N
    points, exact for gradients that are polynomials of degree 2N−1 along the path.
    Raises InputError for less than one step and an unknown rule.
    """
    if steps < 1:
        raise InputError(f"steps {steps}: integrated gradients need at least 1 step")
    if rule == "left":
        return [k / steps for k in range(steps)], [1 / steps] * steps
    check_choice("rule", rule, get_args(Rule))
    points, weights = np.polynomial.legendre.leggauss(steps)
    return ((points + 1) / 2).tolist(), (weights / 2).tolist()


def path_gradients(
    tail: Tail,
    ends: Mapping[Site, Tensor],
    times: Sequence[float],
    weights: Sequence[float],
    at_clean: Mapping[Site, Tensor],
) -> dict[Site, Tensor]:
    """[B,S,d] by site: Σ weight · ∂m/∂(site value) over points from clean (t = 0) to the end (t = 1).

    Interpolating features and error is interpolating the value, as decoding is affine; with the zero baseline
    they go to 0, so the value goes to the decoder bias. Padding stays as it is. `at_clean`: the gradients at
    t = 0, where they are known. Each site by itself; those of one layer run side by side, as rows of a batch.
    """
    clean, mask = tail.captured.values, tail.examples.mask.unsqueeze(-1)
    known = sum(weight for t, weight in zip(times, weights, strict=True) if t == 0.0) if at_clean else 0.0
    points = [(t, w) for t, w in zip(times, weights, strict=True) if t != 0.0 or not at_clean]
    total = {site: known * at_clean[site] if at_clean else torch.zeros_like(ends[site]) for site in ends}
    at_once, n_tokens = _tokens_at_once(tail.model), tail.examples.tokens.numel()
    together = 3 * n_tokens <= at_once
    for key, group in groupby(sorted(ends), key=lambda site: (site.layer, together or site)):
        sites, layer = list(group), key[0]
        copies = max(1, at_once // (n_tokens * len(sites)))
        for start in range(0, len(points), copies):
            t, weight = mask.new_tensor(points[start : start + copies], dtype=tail.model.dtype).T
            rows = example_rows(len(mask), len(t), mask.device)
            values = [
                (clean[s] + t.reshape(-1, 1, 1, 1) * mask * (ends[s] - clean[s]))
                .flatten(0, 1)
                .requires_grad_()
                for s in sites
            ]
            with torch.enable_grad():
                stream = torch.cat([tail.enter(s, v, rows) for s, v in zip(sites, values, strict=True)])
                m = tail.finish(stream, layer + 1, rows.repeat(len(sites)))
                found = torch.autograd.grad(m.sum(), values)
            for site, gradient in zip(sites, found, strict=True):
                total[site] += torch.einsum("kbsd,k->bsd", gradient.unflatten(0, (len(t), -1)), weight)
    return total


def _tokens_at_once(model: LanguageModel) -> int:
    """How many tokens to run together: enough for efficient products, few enough for little memory."""
    return max(64, (1 << 20) // model.d_model)


def first_order(tail: Tail, sites: Sequence[Site]) -> dict[Site, Tensor]:
    """∂m/∂(site value) [B,S,d] at the clean run for all sites: one forward and one backward pass."""
    model, runner = tail.model, tail.run_layer
    rows = example_rows(len(tail.examples), 1, model.device)
    seen: dict[Site, Tensor] = {}

    def keep(site: Site, value: Tensor) -> Tensor:
        seen[site] = value
        return value

    with torch.enable_grad():
        embed = Site("embed", -1)
        first = tail.captured.values.get(embed, tail.captured.inputs[0])
        seen[embed] = first.detach().requires_grad_()
        stream = seen[embed] + (tail.captured.inputs[0] - first)
        for i in range(tail.last_layer + 1):
            hooks = []
            for site in (Site("attn", i), Site("mlp", i)):
                place = model.place(site)
                assert place is not None
                hooks.append(
                    replaced(
                        model.submodule(i, place.module),
                        place.end,
                        lambda value, site=site: keep(site, value),
                    )
                )
            with hooks[0], hooks[1]:
                stream = keep(Site("resid", i), runner(i, stream, rows))
        gradients = torch.autograd.grad(tail.read(stream, rows).sum(), [seen[site] for site in sites])
    return dict(zip(sites, gradients, strict=True))

"""Gradients of the metric by the sites' values: in the clean run, and averaged from clean to patch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
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

__all__ = ["Points", "first_order", "gradients_at", "path_gradients", "quadrature"]


Points = tuple[Sequence[float], Sequence[float]]
"""Where on the way from clean (0) to patch (1) the gradient is taken, and with which weights."""


def quadrature(steps: int, rule: Rule) -> Points:
    """Points t in [0,1] on the way from clean to patch, and weights that sum to 1.

    `left`: the paper's t_k = k/N, k = 0…N−1, never reaching patch. `midpoint`: t_k = (k + ½)/N, which
    misses nothing wider than 1/N. `gauss`: Gauss–Legendre with N points, exact for gradients that are
    polynomials of degree 2N−1 along the path.
    Raises InputError for less than one step and an unknown rule.
    """
    if steps < 1:
        raise InputError(f"steps {steps}: integrated gradients need at least 1 step")
    check_choice("rule", rule, get_args(Rule))
    if rule == "gauss":
        points, weights = np.polynomial.legendre.leggauss(steps)
        return ((points + 1) / 2).tolist(), (weights / 2).tolist()
    offset = 0.5 if rule == "midpoint" else 0.0
    return [(k + offset) / steps for k in range(steps)], [1 / steps] * steps


def path_gradients(
    tail: Tail,
    ends: Mapping[Site, Tensor],
    points: Mapping[Site, Points],
    at_clean: Mapping[Site, Tensor],
) -> dict[Site, Tensor]:
    """[B,S,d] by site: Σ weight · ∂m/∂(site value) over the site's points from clean to the end.

    Interpolating features and error is interpolating the value, as decoding is affine; with the zero baseline
    they go to 0, so the value goes to the decoder bias. Padding stays as it is. `at_clean`: the gradients at
    t = 0, where they are known.
    """
    total = {site: torch.zeros_like(end) for site, end in ends.items()}
    left: dict[Site, list[tuple[float, float]]] = {site: [] for site in ends}
    for site, (times, weights) in points.items():
        for t, weight in zip(times, weights, strict=True):
            if t == 0.0 and at_clean:
                total[site] += weight * at_clean[site]
            else:
                left[site].append((t, weight))
    for site, gradient in gradients_at(tail, ends, {site: [t for t, _ in left[site]] for site in left}):
        done, left[site] = left[site][: len(gradient)], left[site][len(gradient) :]
        weight = gradient.new_tensor([weight for _, weight in done])
        total[site] += torch.einsum("kbsd,k->bsd", gradient, weight)
    return total


def gradients_at(
    tail: Tail, ends: Mapping[Site, Tensor], times: Mapping[Site, Sequence[float]]
) -> Iterator[tuple[Site, Tensor]]:
    """∂m/∂(site value) at some points from clean to the end: pieces [K,B,S,d] of a site, in its times' order.

    Each site by itself; those of one layer run side by side, as rows of a batch. Padding stays as it is.
    """
    clean, mask = tail.captured.values, tail.examples.mask.unsqueeze(-1)
    at_once = max(1, _tokens_at_once(tail.model) // tail.examples.tokens.numel())
    runs = [(site, t) for site in sorted(ends) for t in times[site]]
    for layer, group in groupby(runs, key=lambda run: run[0].layer):
        of_layer = list(group)
        for start in range(0, len(of_layer), at_once):
            some = of_layer[start : start + at_once]
            values, streams = {}, []
            for site, own in groupby(some, key=lambda run: run[0]):
                t = mask.new_tensor([t for _, t in own], dtype=tail.model.dtype).reshape(-1, 1, 1, 1)
                moved = clean[site] + t * mask * (ends[site] - clean[site])
                values[site] = moved.flatten(0, 1).requires_grad_()
            with torch.enable_grad():
                for site, value in values.items():
                    rows = example_rows(len(mask), len(value) // len(mask), mask.device)
                    streams.append(tail.enter(site, value, rows))
                rows = example_rows(len(mask), len(some), mask.device)
                m = tail.finish(torch.cat(streams), layer + 1, rows)
                found = torch.autograd.grad(m.sum(), list(values.values()))
            for site, gradient in zip(values, found, strict=True):
                yield site, gradient.unflatten(0, (-1, len(mask)))


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

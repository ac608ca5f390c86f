"""How few points of integrated gradients each site needs, tried on some examples against a fine grid."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from explorer_engine.attribution.choices import Baseline, Rule
from explorer_engine.attribution.features import site_features
from explorer_engine.attribution.gradients import Points, gradients_at, quadrature
from explorer_engine.attribution.metrics import Metric
from explorer_engine.attribution.paths import Paths, paths_of, products
from explorer_engine.data import Examples
from explorer_engine.dictionaries import Dictionaries
from explorer_engine.models import LanguageModel
from explorer_engine.sites import Site
from explorer_engine.sums import precise

__all__ = ["GRID", "fewest_points"]

GRID = 32
"""Points of the grid, (k + ½)/GRID: their mean is taken for the integral. None is at the end, where with a
decoder bias of 0 the stream is 0 and gradients through its norm have no bound."""


def fewest_points(
    model: LanguageModel,
    dictionaries: Dictionaries,
    examples: Examples,
    metric: Metric,
    baseline: Baseline,
    rule: Rule,
    error: float,
    most: int,
) -> tuple[dict[Site, int], float]:
    """Points at each site, 1 to `most`, that together keep node effects within a relative error; that error.

    The error is Σ|effect − integral| / Σ|integral| over every feature and SAE error at every token of the
    examples, so it holds for any aggregation of them. Gradients are taken once on a grid from clean to patch
    and interpolated in between, which tells the error of every rule. Starting from one point everywhere, the
    site whose error falls most for its cost, the layers that each point runs, gets more. The error
    comes back larger than asked for where `most` points do not suffice.
    """
    paths = paths_of(model, dictionaries, examples, metric, baseline)
    errors = _errors(paths, dictionaries, rule, most)
    points = dict.fromkeys(errors, 1)

    def total() -> float:
        return sum(errors[site][n - 1] for site, n in points.items())

    def gain(site: Site, n: int) -> float:
        fewer = points[site]
        layers = paths.tail.last_layer - site.layer + 1
        return (errors[site][fewer - 1] - errors[site][n - 1]) / ((n - fewer) * layers)

    while total() > error:
        ways = [(site, n) for site, fewer in points.items() for n in range(fewer + 1, most + 1)]
        best = max(ways, key=lambda way: gain(*way), default=None)
        if best is None or gain(*best) <= 0:
            break
        points[best[0]] = best[1]
    return points, total()


def _errors(paths: Paths, dictionaries: Dictionaries, rule: Rule, most: int) -> dict[Site, list[float]]:
    """By site the error of 1 … `most` points, as a share of all sites' effects."""
    tried = torch.stack([_on_grid(quadrature(n, rule)) for n in range(1, most + 1)])
    missed, scale = {}, 0.0
    for site, effects in _on_the_way(paths, dictionaries).items():
        integral = effects.mean(0)
        scale += float(integral.abs().sum())
        missed[site] = (tried.to(effects) @ effects - integral).abs().sum(1)
    return {site: (sums / (scale or 1.0)).tolist() for site, sums in missed.items()}


def _on_grid(points: Points) -> Tensor:
    """[GRID] weights of the grid's values: what the points give on the lines between these."""
    times, weights = map(np.array, points)
    at = np.clip(GRID * times - 0.5, 0, GRID - 1)
    apart = np.abs(np.arange(GRID)[:, None] - at)
    return torch.from_numpy(np.maximum(0, 1 - apart) @ weights)


def _on_the_way(paths: Paths, dictionaries: Dictionaries) -> dict[Site, Tensor]:
    """[GRID,n] by site: what the gradient at each point of the grid alone makes of n nodes' effects."""
    real, values = paths.tail.examples.mask, paths.tail.captured.values
    found = {
        site: site_features(dictionaries[site], values[site], paths.patches.get(site), real)
        for site in paths.ends
    }
    rows: dict[Site, list[Tensor]] = {site: [] for site in paths.ends}
    grid, _ = quadrature(GRID, "midpoint")
    for site, gradients in gradients_at(paths.tail, paths.ends, dict.fromkeys(paths.ends, grid)):
        for gradient in gradients * real.unsqueeze(-1):
            _, effect, error = products(dictionaries[site], found[site], gradient)
            rows[site].append(effect if error is None else torch.cat([effect, error.flatten()]))
    return {site: precise(torch.stack(effects)) for site, effects in rows.items()}

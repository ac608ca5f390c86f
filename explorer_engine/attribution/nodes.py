"""Node effects: how much each feature and SAE error, changed from clean to patch, moves the metric."""

from __future__ import annotations

from dataclasses import dataclass
from typing import get_args

import torch
from torch import Tensor

from explorer_engine.attribution.choices import Baseline, Method, Rule, Steps
from explorer_engine.attribution.exact import exact_effects
from explorer_engine.attribution.features import SiteFeatures, site_features
from explorer_engine.attribution.gradients import quadrature
from explorer_engine.attribution.metrics import Metric, pick_metric
from explorer_engine.attribution.paths import paths_of, products
from explorer_engine.attribution.runs import example_rows
from explorer_engine.data import Examples
from explorer_engine.dictionaries import Dictionaries
from explorer_engine.errors import InputError
from explorer_engine.models import Captured, LanguageModel
from explorer_engine.options import check_choice
from explorer_engine.sites import Site

__all__ = ["NodeEffects", "SiteEffects", "node_effects"]


@dataclass(frozen=True, eq=False)
class SiteEffects:
    """Effects at one site of one batch. Entries are (token, feature) as in SiteFeatures."""

    features: SiteFeatures
    gradient: Tensor
    """[n] ∂m/∂f of each entry, averaged over the path"""
    effect: Tensor
    """[n] effect of each entry's feature"""
    error: Tensor | None
    """[B,S] effect of the SAE error; None where the dictionary has no error"""
    site_gradient: Tensor
    """[B,S,d] ∂m/∂(site value) = ∂m/∂ε, averaged over the path"""


@dataclass(frozen=True, eq=False)
class NodeEffects:
    """Effects of all nodes of one batch of examples."""

    examples: Examples
    metric: Metric
    captured: Captured
    sites: dict[Site, SiteEffects]
    n_features: dict[Site, int]
    m_clean: Tensor
    """[B] the metric of the clean run"""
    m_patch: Tensor | None
    """[B] the metric of the patch run; None with the zero baseline"""

    @property
    def total(self) -> Tensor:
        """[B] total effect m(patch run) − m(clean run). Raises InputError with the zero baseline."""
        if self.m_patch is None:
            raise InputError("total effect: there is no patch run with the zero baseline")
        return self.m_patch - self.m_clean

    def dense(self, site: Site) -> Tensor:
        """[B,S,F] effects of a site's features, zeros written out."""
        batch, length = self.examples.tokens.shape
        effects = self.sites[site]
        out = effects.effect.new_zeros(batch * length, self.n_features[site])
        out[effects.features.token, effects.features.feature] = effects.effect
        return out.reshape(batch, length, -1)

    def error(self, site: Site) -> Tensor:
        """[B,S] effects of a site's SAE error; zeros where the dictionary has none."""
        error = self.sites[site].error
        return self.sites[site].effect.new_zeros(self.examples.tokens.shape) if error is None else error


def node_effects(
    model: LanguageModel,
    dictionaries: Dictionaries,
    examples: Examples,
    *,
    metric: str | Metric = "auto",
    method: Method = "ig",
    steps: Steps = 10,
    rule: Rule = "left",
    baseline: Baseline = "auto",
) -> NodeEffects:
    """Effects of every feature and SAE error at the dictionaries' sites, for one batch of examples.

    `ig`: integrated gradients (eq. 4); `attribution`: first order (eq. 3); `exact`: one run a node (eq.
    2), whose gradients, used by edges, are those of `ig`. One site at a time, all of its features
    together. `zero` baseline: features and errors go to 0. Effects at padding are 0. For many examples
    call it on `examples.batches(n)`. Raises InputError for an unknown choice, sites or widths that do not
    fit, missing answers or patches, NaN or Inf in the effects.
    """
    check_choice("method", method, get_args(Method))
    paths = paths_of(model, dictionaries, examples, pick_metric(metric, examples), baseline)
    tail, patch_tail, sites = paths.tail, paths.patch_tail, list(paths.ends)
    examples, captured = tail.examples, tail.captured
    with torch.no_grad():
        rows = example_rows(len(examples), 1, model.device)
        m_clean = tail.read(tail.after(tail.last_layer), rows)
        m_patch = None if patch_tail is None else tail.read(patch_tail.after(tail.last_layer), rows)
    if method == "attribution":
        gradients = paths.gradients({site: ([0.0], [1.0]) for site in sites})
    else:
        each = dict.fromkeys(sites, steps) if isinstance(steps, int) else steps
        gradients = paths.gradients({site: quadrature(each[site], rule) for site in sites})
    out: dict[Site, SiteEffects] = {}
    for site in sites:
        dictionary, gradient = dictionaries[site], gradients[site]
        # where the metric does not depend on the site there are no effects, and nothing to encode
        matters = examples.mask if method == "exact" else gradient.any(-1)
        found = site_features(dictionary, captured.values[site], paths.patches.get(site), matters)
        by_feature, effect, error = products(dictionary, found, gradient)
        if method == "exact":
            effect, error = exact_effects(tail, site, dictionary, found, m_clean)
        _check_finite(site, effect, error)
        out[site] = SiteEffects(found, by_feature, effect, error, gradient)
    widths = {site: dictionaries[site].n_features for site in sites}
    return NodeEffects(examples, tail.metric, captured, out, widths, m_clean, m_patch)


def _check_finite(site: Site, effect: Tensor, error: Tensor | None) -> None:
    for what, values in (("features", effect), ("error", error)):
        if values is not None and not bool(torch.isfinite(values).all()):
            raise InputError(
                f"effects at {site} ({what}) hold NaN or Inf: check the weights of dictionary and model, "
                "or use --dtype float32"
            )

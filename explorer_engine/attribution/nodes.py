"""Node effects: how much each feature and SAE error, changed from clean to patch, moves the metric."""

from __future__ import annotations

from dataclasses import dataclass
from typing import get_args

import torch
from torch import Tensor

from explorer_engine.attribution.choices import Baseline, Method, Rule
from explorer_engine.attribution.exact import exact_effects
from explorer_engine.attribution.features import SiteFeatures, site_features
from explorer_engine.attribution.gradients import first_order, path_gradients, quadrature
from explorer_engine.attribution.metrics import Metric, pick_metric
from explorer_engine.attribution.runs import check_dictionaries, example_rows, trace_batch, uses_patch
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
    steps: int = 10,
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
    chosen = pick_metric(metric, examples)
    patched = uses_patch(baseline, examples)
    check_dictionaries(model, dictionaries)
    examples = examples.to(model.device)
    tail, patch_tail = trace_batch(model, dictionaries, examples, chosen, patched)
    captured = tail.captured
    sites = [site for site in sorted(dictionaries) if tail.reaches(site)]
    with torch.no_grad():
        m_clean = tail.read(tail.after(tail.last_layer), example_rows(len(examples), 1, model.device))
        m_patch = None
        if patch_tail is not None:
            m_patch = tail.read(
                patch_tail.after(tail.last_layer), example_rows(len(examples), 1, model.device)
            )
    times, weights = ([0.0], [1.0]) if method == "attribution" else quadrature(steps, rule)
    # at t = 0 every site is at its clean value: one pass gives the gradients of all of them
    at_clean = first_order(tail, sites) if 0.0 in times else {}
    patches = {} if patch_tail is None else patch_tail.captured.values
    ends = {s: patches.get(s, dictionaries[s].decoder_bias.expand_as(captured.values[s])) for s in sites}
    gradients = path_gradients(tail, ends, times, weights, at_clean)
    out: dict[Site, SiteEffects] = {}
    for site in sites:
        dictionary, clean, patch = dictionaries[site], captured.values[site], patches.get(site)
        gradient = gradients[site] * examples.mask.unsqueeze(-1)
        # where the metric does not depend on the site there are no effects, and nothing to encode
        matters = examples.mask if method == "exact" else gradient.any(-1)
        found = site_features(dictionary, clean, patch, matters)
        by_feature = dictionary.project(gradient.flatten(0, 1), found.token, found.feature)
        if method == "exact":
            effect, error = exact_effects(tail, site, dictionary, found, m_clean)
        else:
            effect = by_feature * found.delta
            error = None if found.error_delta is None else (gradient * found.error_delta).sum(-1)
        _check_finite(site, effect, error)
        out[site] = SiteEffects(found, by_feature, effect, error, gradient)
    widths = {site: dictionaries[site].n_features for site in sites}
    return NodeEffects(examples, chosen, captured, out, widths, m_clean, m_patch)


def _check_finite(site: Site, effect: Tensor, error: Tensor | None) -> None:
    for what, values in (("features", effect), ("error", error)):
        if values is not None and not bool(torch.isfinite(values).all()):
            raise InputError(
                f"effects at {site} ({what}) hold NaN or Inf: check the weights of dictionary and model, "
                "or use --dtype float32"
            )

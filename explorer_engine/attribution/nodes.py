"""Node effects: how much each feature and SAE error, changed from clean to patch, moves the metric."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby

import numpy as np
import torch
from torch import Tensor

from explorer_engine.attribution.choices import Baseline, Method, Rule
from explorer_engine.attribution.exact import exact_effects
from explorer_engine.attribution.features import SiteFeatures, project, site_features
from explorer_engine.attribution.metrics import Metric, pick_metric
from explorer_engine.attribution.tail import Tail, example_rows, replaced
from explorer_engine.data import Examples
from explorer_engine.dictionaries import Dictionaries
from explorer_engine.errors import InputError
from explorer_engine.models import Captured, LanguageModel
from explorer_engine.sites import Site

__all__ = [
    "NodeEffects",
    "SiteEffects",
    "node_effects",
    "quadrature",
    "trace_batch",
]


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
    _cache: dict[Site, Tensor] = field(default_factory=dict, repr=False)

    @property
    def total(self) -> Tensor:
        """[B] total effect m(patch run) − m(clean run); InputError with the zero baseline."""
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

    def summed(self, site: Site) -> Tensor:
        """[B,F] effects of a site's features, summed over positions."""
        effects = self.sites[site]
        example = effects.features.token // self.examples.length
        out = effects.effect.new_zeros(len(self.examples), self.n_features[site])
        return out.index_put_((example, effects.features.feature), effects.effect, accumulate=True)

    def error(self, site: Site) -> Tensor:
        """[B,S] effects of a site's SAE error; zeros where the dictionary has none."""
        error = self.sites[site].error
        return self.sites[site].effect.new_zeros(self.examples.tokens.shape) if error is None else error


def quadrature(steps: int, rule: Rule) -> tuple[list[float], list[float]]:
    """Points t in [0,1] on the way from clean to patch, and weights that sum to 1.

    `left`: the paper's t_k = k/N, k = 0…N−1, never reaching patch. `gauss`: Gauss–Legendre with N
    points, exact for gradients that are polynomials of degree 2N−1 along the path.
    """
    if steps < 1:
        raise InputError(f"steps {steps}: integrated gradients need at least 1 step")
    if rule == "left":
        return [k / steps for k in range(steps)], [1 / steps] * steps
    if rule != "gauss":
        raise InputError(f"rule {rule!r}: expected left or gauss")
    points, weights = np.polynomial.legendre.leggauss(steps)
    return ((points + 1) / 2).tolist(), (weights / 2).tolist()


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
    call it on `examples.batches(n)`. InputError: sites or widths that do not fit, missing answers or
    patches, NaN or Inf in the effects.
    """
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
        by_feature = project(dictionary, gradient.reshape(-1, gradient.shape[-1]), found.token, found.feature)
        if method == "exact":
            effect, error = exact_effects(tail, site, dictionary, found, m_clean)
        else:
            effect = by_feature * found.delta
            error = None if found.error_delta is None else (gradient * found.error_delta).sum(-1)
        _check_finite(site, effect, error)
        out[site] = SiteEffects(found, by_feature, effect, error, gradient)
    widths = {site: dictionaries[site].n_features for site in sites}
    return NodeEffects(examples, chosen, captured, out, widths, m_clean, m_patch)


def uses_patch(baseline: Baseline, examples: Examples) -> bool:
    """Does this baseline take patch prompts? `auto` takes them where there are any. InputError."""
    if baseline not in ("auto", "patch", "zero"):
        raise InputError(f"baseline {baseline!r}: expected auto, patch or zero")
    if baseline == "patch" and examples.patch is None:
        raise InputError("baseline patch: the examples have no patch prompts: use --baseline zero")
    return baseline != "zero" and examples.patch is not None


def check_dictionaries(model: LanguageModel, dictionaries: Dictionaries) -> None:
    """InputError when a dictionary does not fit its site's width, or there is none at all."""
    if not dictionaries:
        raise InputError("dictionaries: none given: at least one site needs a dictionary")
    for site, dictionary in dictionaries.items():
        if dictionary.width != model.width(site):
            raise InputError(
                f"dictionary {site}: reads width {dictionary.width}, but the site's width in {model.name} is "
                f"{model.width(site)}: use dictionaries trained on this model"
            )
        if dictionary.dtype != model.dtype:
            raise InputError(
                f"dictionary {site}: is {dictionary.dtype}, the model {model.dtype}: load both with one dtype"
            )


def trace_batch(
    model: LanguageModel, sites: Iterable[Site], examples: Examples, metric: Metric, patched: bool
) -> tuple[Tail, Tail | None]:
    """Runs of the clean and, if `patched`, the patch prompts, ready to be continued from any site."""
    _check_tokens(model, examples)
    wanted = {*sites, Site("resid", model.n_layers - 1)}
    captured = model.capture(examples.tokens, examples.mask, wanted)
    tail = Tail(model, captured, metric, examples)
    if not patched:
        return tail, None
    assert examples.patch is not None
    return tail, Tail(model, model.capture(examples.patch, examples.mask, wanted), metric, examples)


def _check_tokens(model: LanguageModel, examples: Examples) -> None:
    """InputError when the model has no such token, or not so many positions."""
    ids = (examples.tokens, examples.patch, examples.answer, examples.patch_answer)
    largest = max(int(tokens.max()) for tokens in ids if tokens is not None)
    known = min(model.embed.weight.shape[0], model.unembed.weight.shape[0])
    if largest >= known:
        raise InputError(
            f"examples: token {largest}, but {model.name} knows {known}: use the model's own tokenizer"
        )
    longest, room = int(examples.mask.sum(1).max()), getattr(model.config, "max_position_embeddings", None)
    if room is not None and longest > room:
        raise InputError(f"examples: a prompt of {longest} tokens, {model.name} takes {room}: shorten it")


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


def _check_finite(site: Site, effect: Tensor, error: Tensor | None) -> None:
    for what, values in (("features", effect), ("error", error)):
        if values is not None and not bool(torch.isfinite(values).all()):
            raise InputError(
                f"effects at {site} ({what}) hold NaN or Inf: check the weights of dictionary and model, "
                "or use --dtype float32"
            )

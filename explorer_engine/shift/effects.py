"""How much each feature moves a probe's logit: what a classifier stands on (the paper, §4, step 1)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from explorer_engine.attribution.choices import Method
from explorer_engine.attribution.metrics import ProbeLogit
from explorer_engine.attribution.nodes import NodeEffects, SiteEffects, node_effects
from explorer_engine.data import Examples, pad_left
from explorer_engine.dictionaries import Dictionaries, IdentityDictionary
from explorer_engine.models import LanguageModel
from explorer_engine.progress import Progress, told
from explorer_engine.shift.probe import Probe
from explorer_engine.shift.texts import TextSet
from explorer_engine.sites import FeatureRef, Site
from explorer_engine.sums import precise

__all__ = [
    "ClassifierEffects",
    "FeatureEffect",
    "classifier_effects",
    "text_examples",
    "neuron_effects",
]

Target = Literal["label", "attribute"]


@dataclass(frozen=True)
class FeatureEffect:
    """One feature's effects, in units of the probe's logit, means over texts of sums over positions."""

    ref: FeatureRef
    push: float
    """What its presence adds to the logit of the positive class."""
    support: float
    """What its presence adds to the logit of the text's own class: how much the classifier stands on it."""


@dataclass(frozen=True, eq=False)
class ClassifierEffects:
    """Effects of all features of all sites up to the probe's."""

    push: dict[Site, Tensor]
    """[F] as in FeatureEffect"""
    support: dict[Site, Tensor]
    """[F] as in FeatureEffect"""

    def top(self, n: int) -> list[FeatureEffect]:
        """The n features with the largest |support|, strongest first; never one without any effect."""
        return self._strongest(n, lambda support: support.abs())

    def most_supporting(self, n: int) -> list[FeatureEffect]:
        """The n features with the largest positive support, strongest first."""
        return self._strongest(n, lambda support: support)

    def active(self) -> list[FeatureRef]:
        """All features that have any effect."""
        return [
            FeatureRef(site, j)
            for site, push in self.push.items()
            for j in push.nonzero().squeeze(1).tolist()
        ]

    def of(self, ref: FeatureRef) -> FeatureEffect:
        """One feature's effects."""
        assert isinstance(ref.index, int)
        push, support = self.push[ref.site][ref.index], self.support[ref.site][ref.index]
        return FeatureEffect(ref, float(push), float(support))

    def _strongest(self, n: int, score: Callable[[Tensor], Tensor]) -> list[FeatureEffect]:
        scores = torch.cat([score(support) for support in self.support.values()])
        refs = [FeatureRef(site, j) for site, support in self.support.items() for j in range(len(support))]
        values, index = scores.topk(min(n, len(scores)))
        return [
            self.of(refs[i]) for value, i in zip(values.tolist(), index.tolist(), strict=True) if value > 0
        ]


def classifier_effects(
    model: LanguageModel,
    dictionaries: Dictionaries,
    probe: Probe,
    site: Site,
    texts: TextSet,
    *,
    target: Target = "label",
    method: Method = "attribution",
    steps: int = 10,
    skip_first: bool = False,
    batch: int = 64,
    progress: Progress | None = None,
) -> ClassifierEffects:
    """Effects of removing features (zero ablation, positions summed) on the logit of a probe at `site`.

    Effects are what a feature's presence adds: m(as it is) − m(without it). `target` "attribute" takes the
    attribute for the text's own class, which is how skylines find what a classifier uses of it.
    """
    chosen = {s: d for s, d in dictionaries.items() if s <= site}
    push = {s: precise(torch.zeros(d.n_features, dtype=d.dtype)) for s, d in sorted(chosen.items())}
    support = {s: torch.zeros_like(total) for s, total in push.items()}
    metric = ProbeLogit(site, probe.weight, probe.bias)
    for rows in told(_batches(texts, batch), progress, "effects on the probe"):
        examples, sign = _prompts(texts, rows, target)
        found = node_effects(
            model, chosen, examples, metric=metric, method=method, steps=steps, baseline="zero"
        )
        for s, effects in found.sites.items():
            example, feature, effect = _entries(found, effects, skip_first)
            effect = precise(effect)
            push[s].index_add_(0, feature, -effect / len(texts))
            support[s].index_add_(0, feature, -effect * sign[example].to(effect) / len(texts))
    return ClassifierEffects(push, support)


def neuron_effects(
    model: LanguageModel, probe: Probe, site: Site, texts: TextSet, *, target: Target, batch: int = 64
) -> tuple[ClassifierEffects, dict[Site, Tensor]]:
    """First-order effects of mean-ablating single neurons of attention, MLP and residual sites up to `site`.

    Also the means [d] by site, over all tokens of `texts`, that a neuron is set to.
    """
    sites = [s for s in model.sites if s <= site and s.kind != "embed"]
    neurons = {s: IdentityDictionary(model.width(s), model.dtype, model.device) for s in sites}
    means = {s: precise(torch.zeros(model.width(s), dtype=model.dtype)) for s in sites}
    n_tokens = sum(map(len, texts.tokens))
    for rows in _batches(texts, batch):
        examples, _ = _prompts(texts, rows, target)
        for s, value in model.activations(examples.tokens, examples.mask, sites).items():
            means[s] += precise(value[examples.mask]).sum(0).cpu() / n_tokens
    push = {s: torch.zeros_like(mean) for s, mean in means.items()}
    support = {s: torch.zeros_like(mean) for s, mean in means.items()}
    metric = ProbeLogit(site, probe.weight, probe.bias)
    for rows in _batches(texts, batch):
        examples, sign = _prompts(texts, rows, target)
        found = node_effects(model, neurons, examples, metric=metric, method="attribution", baseline="zero")
        for s, effects in found.sites.items():
            from_mean = found.captured.values[s] - means[s].to(model.device)
            by_text = (from_mean * effects.site_gradient).sum(1).cpu()  # the gradient is 0 at padding
            push[s] += by_text.sum(0) / len(texts)
            support[s] += (sign.to(by_text)[:, None] * by_text).sum(0) / len(texts)
    return ClassifierEffects(push, support), {s: mean.to(model.dtype) for s, mean in means.items()}


def text_examples(texts: TextSet) -> Examples:
    """All texts as one left-padded batch, labels included."""
    tokens, mask = pad_left(texts.tokens)
    return Examples(tokens, mask, label=texts.label)


def _batches(texts: TextSet, size: int) -> list[list[int]]:
    """Row numbers of texts of similar length, `size` together."""
    order = sorted(range(len(texts)), key=lambda row: len(texts.tokens[row]))
    return [order[start : start + size] for start in range(0, len(order), size)]


def _prompts(texts: TextSet, rows: Sequence[int], target: Target) -> tuple[Examples, Tensor]:
    """Some texts as prompts, and their signs [B]: +1 for 1, −1 for 0."""
    part = texts.take(rows)
    return text_examples(part), 2 * (part.label if target == "label" else part.attribute) - 1


def _entries(found: NodeEffects, effects: SiteEffects, skip_first: bool) -> tuple[Tensor, Tensor, Tensor]:
    """Example, feature and effect [n] of every entry, first positions left out where asked."""
    token, feature, effect = effects.features.token, effects.features.feature, effects.effect
    length = found.examples.length
    example = token // length
    if skip_first:
        first = length - found.examples.mask.sum(1)
        kept = token % length != first[example]
        example, feature, effect = example[kept], feature[kept], effect[kept]
    return example.cpu(), feature.cpu(), effect.cpu()

"""The ways from clean to patch: both runs of a batch, and where the value of each site goes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from torch import Tensor

from explorer_engine.attribution.choices import Baseline
from explorer_engine.attribution.features import SiteFeatures
from explorer_engine.attribution.gradients import Points, first_order, path_gradients
from explorer_engine.attribution.metrics import Metric
from explorer_engine.attribution.runs import Tail, check_dictionaries, trace_batch, uses_patch
from explorer_engine.data import Examples
from explorer_engine.dictionaries import Dictionaries, Dictionary
from explorer_engine.models import LanguageModel
from explorer_engine.sites import Site

__all__ = ["Paths", "paths_of", "products"]


@dataclass(frozen=True, eq=False)
class Paths:
    """One batch, ready to be moved site by site."""

    tail: Tail
    patch_tail: Tail | None
    """None with the zero baseline."""
    ends: dict[Site, Tensor]
    """[B,S,d] by site, in order: the patch run's value, or the decoder bias."""

    @property
    def patches(self) -> Mapping[Site, Tensor]:
        """[B,S,d] by site: values of the patch run; none with the zero baseline."""
        return {} if self.patch_tail is None else self.patch_tail.captured.values

    def gradients(self, points: Mapping[Site, Points]) -> dict[Site, Tensor]:
        """[B,S,d] by site: ∂m/∂(site value), averaged over each site's points; 0 at padding."""
        # at t = 0 every site is at its clean value: one pass gives the gradients of all of them
        start = any(0.0 in times for times, _ in points.values())
        at_clean = first_order(self.tail, list(self.ends)) if start else {}
        found = path_gradients(self.tail, self.ends, points, at_clean)
        real = self.tail.examples.mask.unsqueeze(-1)
        return {site: gradient * real for site, gradient in found.items()}


def paths_of(
    model: LanguageModel, dictionaries: Dictionaries, examples: Examples, metric: Metric, baseline: Baseline
) -> Paths:
    """Run a batch. Raises InputError for sites or widths that do not fit, and for missing patches."""
    patched = uses_patch(baseline, examples)
    check_dictionaries(model, dictionaries)
    tail, patch_tail = trace_batch(model, dictionaries, examples.to(model.device), metric, patched)
    ends = {}
    for site in (site for site in sorted(dictionaries) if tail.reaches(site)):
        if patch_tail is None:
            ends[site] = dictionaries[site].decoder_bias.expand_as(tail.captured.values[site])
        else:
            ends[site] = patch_tail.captured.values[site]
    return Paths(tail, patch_tail, ends)


def products(
    dictionary: Dictionary, found: SiteFeatures, gradient: Tensor
) -> tuple[Tensor, Tensor, Tensor | None]:
    """Gradient · change from the averaged gradient [B,S,d] at a site.

    [n] ∂m/∂f of each entry, [n] its effect, and [B,S] the error's; None where the dictionary has no error.
    """
    by_feature = dictionary.project(gradient.flatten(0, 1), found.token, found.feature)
    error = None if found.error_delta is None else (gradient * found.error_delta).sum(-1)
    return by_feature, by_feature * found.delta, error

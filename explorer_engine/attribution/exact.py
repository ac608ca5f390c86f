"""Exact indirect effects (eq. 2), the yardstick of the others: one run for every node."""

from __future__ import annotations

import torch
from torch import Tensor

from explorer_engine.attribution.features import SiteFeatures
from explorer_engine.attribution.runs import Tail
from explorer_engine.dictionaries import Dictionary
from explorer_engine.sites import Site

__all__ = ["exact_effects"]

_CHUNK = 1 << 23
"""Most numbers in one batch of site values."""


@torch.no_grad()
def exact_effects(
    tail: Tail, site: Site, dictionary: Dictionary, found: SiteFeatures, m_clean: Tensor
) -> tuple[Tensor, Tensor | None]:
    """m(do(a = a_patch)) − m for every entry [n], and for the error at every position [B,S], if any."""
    clean = tail.captured.values[site]
    batch, length, _ = clean.shape
    effect = torch.zeros_like(found.delta)
    changed = (found.delta != 0).nonzero().squeeze(1)
    for part in changed.split(max(1, _CHUNK // clean[0].numel())):
        change = found.delta[part, None] * dictionary.decoder[found.feature[part]]
        effect[part] = _moved(tail, site, found.token[part], change, m_clean)
    if found.error_delta is None:
        return effect, None
    change = found.error_delta.reshape(batch * length, -1)
    error = clean.new_zeros(batch * length)
    changed = change.any(1).nonzero().squeeze(1)
    for part in changed.split(max(1, _CHUNK // clean[0].numel())):
        error[part] = _moved(tail, site, part, change[part], m_clean)
    return effect, error.reshape(batch, length)


def _moved(tail: Tail, site: Site, token: Tensor, change: Tensor, m_clean: Tensor) -> Tensor:
    """[n]: m − m(clean) with `change` [n,d] added at token [n] (= example · S + position), one at a time."""
    clean = tail.captured.values[site]
    example, position = token // clean.shape[1], token % clean.shape[1]
    value = clean[example]
    value[torch.arange(len(token), device=token.device), position] += change
    return tail(site, value, example) - m_clean[example]

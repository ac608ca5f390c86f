"""How good a dictionary is: what it reconstructs, how sparsely, and what the model loses by it."""

from __future__ import annotations

from collections.abc import Mapping

import torch

from explorer_engine.data import Examples
from explorer_engine.dictionaries.base import Dictionaries, Dictionary
from explorer_engine.dictionaries.training import collect_activations
from explorer_engine.dictionaries.values import DictionaryQuality, SplicedQuality
from explorer_engine.errors import InputError
from explorer_engine.models import Edit, LanguageModel
from explorer_engine.sites import Site

__all__ = ["dictionary_quality", "spliced_quality"]

_BATCH = 100
"""Windows in one forward pass."""


@torch.no_grad()
def dictionary_quality(
    model: LanguageModel, site: Site, dictionary: Dictionary, windows: Examples, ce_windows: int = 200
) -> DictionaryQuality:
    """All figures of one dictionary (App. B.3) on held-out windows [n,S] without padding.

    Variance explained, L0, L1 and the share alive are taken over all windows; cross-entropies, which cost
    four runs of the whole model, over the first `ce_windows`. The site's values are all held in memory.
    Raises InputError for windows with padding: padded positions would count as tokens.
    """
    if not bool(windows.mask.all()):
        raise InputError("windows: some are padded: give windows of one length")
    values = collect_activations(model, windows, [site])[site].float()
    f = dictionary.encode(values)
    residue = (values - dictionary.decode(f)).square().sum()
    mean = values.mean(0)
    edits: dict[str, dict[Site, Edit]] = {
        "model": {},
        "reconstructed": {site: _reconstruction(dictionary)},
        "zero": {site: torch.zeros_like},
        "mean": {site: lambda v: mean.to(v).expand_as(v)},
    }
    fewer = windows[:ce_windows]
    ce = {name: _cross_entropy(model, fewer, edit) for name, edit in edits.items()}
    delta = ce["reconstructed"] - ce["model"]
    return DictionaryQuality(
        site=site,
        kind=dictionary.kind,
        n_features=dictionary.n_features,
        width=dictionary.width,
        variance_explained=1 - float(residue / (values - mean).square().sum()),
        l0=float((f > 0).sum(1, dtype=torch.float32).mean()),
        l1=float(f.sum(1).mean()),
        alive=float((f > 0).any(0).float().mean()),
        ce_delta=delta,
        ce_recovered=1 - delta / (ce["zero"] - ce["model"]),
        ce_recovered_mean=1 - delta / (ce["mean"] - ce["model"]),
    )


@torch.no_grad()
def spliced_quality(model: LanguageModel, dictionaries: Dictionaries, windows: Examples) -> SplicedQuality:
    """Cross-entropy with every site of `dictionaries` replaced at once, on windows [n,S] without padding.

    Errors add up and shift what later dictionaries see: the sum of one at a time says little about it.
    """
    before = _cross_entropy(model, windows, {})
    edits = {site: _reconstruction(dictionary) for site, dictionary in dictionaries.items()}
    return SplicedQuality(before, _cross_entropy(model, windows, edits) - before)


def _reconstruction(dictionary: Dictionary) -> Edit:
    return lambda v: dictionary.decode(dictionary.encode(v))


def _cross_entropy(model: LanguageModel, windows: Examples, edits: Mapping[Site, Edit]) -> float:
    """Mean next-token loss in nats over windows, under edits."""
    total = 0.0
    for batch in windows.batches(_BATCH):
        logits = model.logits_edited(batch.tokens, batch.mask, edits)
        loss = torch.nn.functional.cross_entropy(logits[:, :-1].flatten(0, 1), batch.tokens[:, 1:].flatten())
        total += float(loss) * len(batch)
    return total / len(windows)

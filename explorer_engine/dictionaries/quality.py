"""How good a dictionary is: what it reconstructs, how sparsely, and what the model loses by it."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from explorer_engine.data import Examples
from explorer_engine.dictionaries.base import Dictionaries, Dictionary
from explorer_engine.dictionaries.values import DictionaryQuality, SplicedQuality
from explorer_engine.errors import InputError
from explorer_engine.models import Edit, LanguageModel
from explorer_engine.progress import Progress, told
from explorer_engine.sites import Site

__all__ = ["dictionary_quality", "spliced_quality"]

_BATCH = 100
"""Windows in one forward pass."""
_PIECE = 2048
"""Tokens that are encoded at once."""


@torch.no_grad()
def dictionary_quality(
    model: LanguageModel,
    site: Site,
    dictionary: Dictionary,
    windows: Examples,
    ce_windows: int = 200,
    progress: Progress | None = None,
) -> DictionaryQuality:
    """All figures of one dictionary (App. B.3) on held-out windows [n,S] without padding.

    Variance explained, L0, L1 and the share alive are taken over all windows; cross-entropies, which cost
    four runs of the whole model, over the first `ce_windows`. What is in memory does not grow with the
    windows. Raises InputError for windows with padding: padded positions would count as tokens.
    """
    if not bool(windows.mask.all()):
        raise InputError("windows: some are padded: give windows of one length")
    sums = _Sums(dictionary)
    for batch in told(list(windows.batches(_BATCH)), progress, f"quality {site}"):
        values = model.activations(batch.tokens, batch.mask, [site])[site].flatten(0, 1)
        for piece in values.split(_PIECE):
            sums.add(piece)
    mean = sums.total / sums.n
    edits: dict[str, dict[Site, Edit]] = {
        "model": {},
        "reconstructed": {site: _reconstruction(dictionary)},
        "zero": {site: torch.zeros_like},
        "mean": {site: lambda v: mean.to(v).expand_as(v)},
    }
    fewer = windows[:ce_windows]
    ce = {
        name: _cross_entropy(model, fewer, edit, progress, f"loss, {site} {name}")
        for name, edit in edits.items()
    }
    delta = ce["reconstructed"] - ce["model"]
    return DictionaryQuality(
        site=site,
        kind=dictionary.kind,
        n_features=dictionary.n_features,
        width=dictionary.width,
        variance_explained=1 - float(sums.residue / (sums.squares - sums.n * mean.square().sum())),
        l0=float(sums.active / sums.n),
        l1=float(sums.length / sums.n),
        alive=float(sums.fired.float().mean()),
        ce_delta=delta,
        ce_recovered=1 - delta / (ce["zero"] - ce["model"]),
        ce_recovered_mean=1 - delta / (ce["mean"] - ce["model"]),
    )


class _Sums:
    """Sums over tokens, in float64, that the figures of a dictionary are made of."""

    def __init__(self, dictionary: Dictionary) -> None:
        self._dictionary = dictionary
        zero = torch.zeros((), dtype=torch.float64, device=dictionary.device)
        self.n = 0
        self.residue, self.squares, self.length, self.active = (zero.clone() for _ in range(4))
        self.total = zero.new_zeros(dictionary.width)
        """[d] of the values."""
        self.fired = torch.zeros(dictionary.n_features, dtype=torch.bool, device=dictionary.device)

    def add(self, values: Tensor) -> None:
        """Values [n,d] of further tokens."""
        f = self._dictionary.encode(values)
        self.n += len(values)
        self.residue += (values - self._dictionary.decode(f)).double().square().sum()
        self.squares += values.double().square().sum()
        self.total += values.double().sum(0)
        self.length += f.abs().sum(dtype=torch.float64)
        self.active += (f != 0).sum()
        self.fired |= (f != 0).any(0)


@torch.no_grad()
def spliced_quality(
    model: LanguageModel, dictionaries: Dictionaries, windows: Examples, progress: Progress | None = None
) -> SplicedQuality:
    """Cross-entropy with every site of `dictionaries` replaced at once, on windows [n,S] without padding.

    Errors add up and shift what later dictionaries see: the sum of one at a time says little about it.
    """
    before = _cross_entropy(model, windows, {}, progress, "loss")
    edits = {site: _reconstruction(dictionary) for site, dictionary in dictionaries.items()}
    after = _cross_entropy(model, windows, edits, progress, "loss, all reconstructed")
    return SplicedQuality(before, after - before)


def _reconstruction(dictionary: Dictionary) -> Edit:
    return lambda v: dictionary.decode(dictionary.encode(v))


def _cross_entropy(
    model: LanguageModel,
    windows: Examples,
    edits: Mapping[Site, Edit],
    progress: Progress | None,
    what: str,
) -> float:
    """Mean next-token loss in nats over windows, under edits."""
    total = 0.0
    for batch in told(list(windows.batches(_BATCH)), progress, what):
        logits = model.logits_edited(batch.tokens, batch.mask, edits)
        loss = torch.nn.functional.cross_entropy(logits[:, :-1].flatten(0, 1), batch.tokens[:, 1:].flatten())
        total += float(loss) * len(batch)
    return total / len(windows)

"""Where features are active: one streaming pass over documents gives densities, histograms, contexts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from explorer_engine.dashboards.running import Best, Entries, RunningHistogram
from explorer_engine.data import pad_left
from explorer_engine.dictionaries import Dictionaries, Dictionary
from explorer_engine.errors import InputError
from explorer_engine.models import LanguageModel
from explorer_engine.progress import Progress
from explorer_engine.sites import Site

__all__ = ["Contexts", "SiteActivity", "collect_activity"]

_ACTIVATIONS_AT_ONCE = 1 << 22  # numbers: more than 32 MB would be asked from the system again each time
_ASIDE = 1 << 19  # active numbers that are put aside before they are merged
_SHIFT = 20  # a place is document << _SHIFT | position
_POSITION = (1 << _SHIFT) - 1
_QUARTILES = (0.75, 0.5, 0.25)


@dataclass(frozen=True, eq=False)
class Contexts:
    """Example places of all features of a site, sorted by feature, bin and rank; arrays over n contexts."""

    feature: np.ndarray
    bin: np.ndarray
    """0 = the strongest places, 1–4 = a sample of each quarter of the active tokens, strongest first."""
    rank: np.ndarray
    """Within the bin, strongest first."""
    document: np.ndarray
    position: np.ndarray
    value: np.ndarray
    """[n] activation at the position."""
    first: np.ndarray
    """[n] document position of the window's first token."""
    length: np.ndarray
    """[n] tokens in the window; shorter than W only in documents shorter than W."""
    window: np.ndarray
    """[n,W] activations; behind `length` they are 0."""

    def __len__(self) -> int:
        return len(self.feature)


@dataclass(frozen=True, eq=False)
class SiteActivity:
    """What one pass found out about the F features of a site."""

    n_tokens: int
    density: np.ndarray
    """[F] share of tokens on which the feature is active."""
    maximum: np.ndarray
    """[F] largest activation."""
    histogram: np.ndarray
    """[F,bins] active tokens in equal bins of (0, maximum]."""
    top_tokens: np.ndarray
    """[F,top] tokens at its strongest places by their summed activation, each once; −1 behind the last."""
    contexts: Contexts


def collect_activity(
    model: LanguageModel,
    dictionaries: Dictionaries,
    documents: Sequence[Sequence[int]],
    *,
    top: int = 8,
    per_bin: int = 3,
    window: tuple[int, int] = (15, 8),
    bins: int = 40,
    batch_size: int = 32,
    seed: int = 0,
    progress: Progress | None = None,
) -> dict[Site, SiteActivity]:
    """Density, maximum, histogram, contexts and top tokens of every feature, in one pass over documents.

    `top` strongest places (one a document) and `per_bin` places from each quarter of a feature's active
    tokens, with `window` = (before, after) tokens around each. Memory is a fixed number of places a
    feature, whatever the number of documents (the strongest, and a uniform random sample of the active
    tokens by `seed` that the quarters draw from), and half a million places a site that are to be merged.
    `progress` counts documents. Raises InputError for no documents or an empty one.
    """
    if not documents or min(map(len, documents)) == 0:
        raise InputError("documents: none, or an empty one; give each at least one token")
    before, after = window
    width = before + 1 + after
    states = {
        site: _State(dictionary, top, 16 * per_bin, width, seed) for site, dictionary in dictionaries.items()
    }
    last = 0
    for start, tokens, mask in _batches(documents, batch_size):
        values, real = model.activations(tokens, mask, list(dictionaries)), mask.to(model.device)
        for site, state in states.items():
            state.add(values[site], real, start, before)
        last = start + len(tokens)
        if progress is not None:
            progress(last, len(documents), "feature activity")
    n_tokens = sum(map(len, documents))
    return {site: state.finish(documents, n_tokens, per_bin, before, bins) for site, state in states.items()}


def _batches(documents: Sequence[Sequence[int]], size: int) -> Iterator[tuple[int, Tensor, Tensor]]:
    for start in range(0, len(documents), size):
        tokens, mask = pad_left(documents[start : start + size])
        yield start, tokens, mask


class _State:
    """The running statistics of one site."""

    def __init__(self, dictionary: Dictionary, top: int, sample: int, window: int, seed: int) -> None:
        n, device = dictionary.n_features, dictionary.device
        self.dictionary = dictionary
        self.window = window
        self.count = torch.zeros(n, dtype=torch.long, device=device)
        self.histogram = RunningHistogram(n, device=device)
        self.top = Best(n, top, window, device)
        self.sample = Best(n, sample, window, device)
        self.random = torch.Generator(device).manual_seed(seed)
        self.active: list[tuple[Tensor, ...]] = []
        """What is active in the texts just read: feature, value."""
        self.aside: list[tuple[Tensor, ...]] = []
        """Of these what may be kept: feature, value, key, whether it is its document's peak, place, strip."""

    @torch.no_grad()
    def add(self, values: Tensor, mask: Tensor, start: int, before: int) -> None:
        """Take in the site's values [B,S,d] of documents start, start + 1, …; a document is never cut."""
        step = max(1, _ACTIVATIONS_AT_ONCE // (values.shape[1] * self.dictionary.n_features))
        for low in range(0, len(values), step):
            here = mask[low : low + step]
            f = self.dictionary.encode(values[low : low + step][here]).float()
            self._read(f, here.sum(1), start + low, before)

    def _read(self, f: Tensor, lengths: Tensor, start: int, before: int) -> None:
        """Put aside what is active of [T,F], of documents of these lengths [D], one after the other."""
        n, shortest = f.shape[1], int(lengths.min())
        document = torch.repeat_interleave(torch.arange(len(lengths), device=f.device), lengths)
        end = lengths.cumsum(0)[document]
        begin = end - lengths[document]
        flat = f.reshape(-1)
        active = _active(flat)
        token, feature, value = active // n, active % n, flat[active]
        key = torch.rand(len(active), generator=self.random, device=f.device)
        peak = _peaks(document[token] * n + feature, value, len(lengths) * n)
        self.active.append((feature, value))
        wanted = (key > self.sample.least[feature]) | (peak & (value > self.top.least[feature]))
        kept = wanted.nonzero().squeeze(1)
        token, feature, value, key, peak = (part[kept] for part in (token, feature, value, key, peak))
        place = (start + document[token]) << _SHIFT | (token - begin[token])
        first = torch.minimum(token - before, end[token] - self.window).maximum(begin[token])
        cell, last = first * n + feature, len(flat) - 1
        strip = torch.stack([flat.take((cell + i * n).clamp_max_(last)) for i in range(self.window)], dim=1)
        if shortest < self.window:
            ahead = torch.arange(self.window, device=f.device)
            strip *= ahead < (end[token] - first).unsqueeze(1)
        self.aside.append((feature, value, key, peak, place, strip.half()))
        if sum(len(feature) for feature, _ in self.active) > _ASIDE:
            self._merge()

    def _merge(self) -> None:
        """Take in what was put aside."""
        feature, value = (torch.cat(part) for part in zip(*self.active, strict=True))
        self.count += torch.bincount(feature, minlength=len(self.count))
        self.histogram.add(feature, value)
        feature, value, key, peak, place, strip = (torch.cat(part) for part in zip(*self.aside, strict=True))
        self.sample.offer(feature, key, value, place, strip)
        feature, value, place, strip = (part[peak] for part in (feature, value, place, strip))
        self.top.offer(feature, value, value, place, strip)
        self.active, self.aside = [], []

    def finish(
        self, documents: Sequence[Sequence[int]], n_tokens: int, per_bin: int, before: int, bins: int
    ) -> SiteActivity:
        if self.active:
            self._merge()
        bounds = self.histogram.quantiles(_QUARTILES).cpu().numpy()
        strongest, sample = self.top.sorted(self.top.key), self.sample.sorted(self.sample.value)
        chosen = [_whole(strongest), *_quarters(sample, strongest.place, bounds, per_bin)]
        contexts = _contexts(documents, chosen, before, self.window)
        return SiteActivity(
            n_tokens,
            (self.count / n_tokens).double().cpu().numpy(),
            self.histogram.maximum.cpu().numpy(),
            self.histogram.binned(bins).cpu().numpy(),
            _top_tokens(documents, strongest),
            contexts,
        )


def _active(flat: Tensor) -> Tensor:
    """Where numbers [n] are positive."""
    if flat.device.type == "cpu":  # by numpy, in pieces that stay in the cache: a tenth of torch's time
        numbers, piece = flat.numpy(), 1 << 19
        starts = range(0, len(numbers), piece)
        return torch.from_numpy(
            np.concatenate([np.flatnonzero(numbers[start : start + piece] > 0) + start for start in starts])
        )
    return (flat > 0).nonzero().squeeze(1)


def _peaks(group: Tensor, value: Tensor, n_groups: int) -> Tensor:
    """[n]: whether a value is the largest of its group, of equal ones the first."""
    numbers = torch.arange(len(value), device=value.device)
    most = value.new_zeros(n_groups).scatter_reduce_(0, group, value, "amax")
    largest = numbers[value == most[group]]
    first = numbers.new_full((n_groups,), len(value)).scatter_reduce_(0, group[largest], largest, "amin")
    return first[group] == numbers


@dataclass(frozen=True)
class _Chosen:
    """Entries of one bin: numbers of their features and ranks, and where in `of` they are."""

    of: Entries
    bin: int
    feature: np.ndarray
    slot: np.ndarray
    rank: np.ndarray


def _whole(strongest: Entries) -> _Chosen:
    """Bin 0: all that there are."""
    feature, slot = np.nonzero(strongest.place >= 0)
    return _Chosen(strongest, 0, feature, slot, slot)


def _quarters(sample: Entries, shown: np.ndarray, bounds: np.ndarray, per_bin: int) -> Iterator[_Chosen]:
    """Bins 1–4: a few of each quarter's entries, spread over it, strongest first, without those `shown`."""
    known = (sample.place[:, :, None] == shown[:, None, :]).any(2) | (sample.place < 0)
    quarter = (sample.value[:, :, None] < bounds[:, None, :]).sum(2)
    for number in range(4):
        own = (quarter == number) & ~known
        total = own.sum(1, keepdims=True)
        wanted = np.minimum(total, per_bin)
        spread = np.arange(per_bin) * ((total - 1) / np.maximum(wanted - 1, 1))
        spread = np.where(np.arange(per_bin) < wanted, np.round(spread), -1)
        at = np.where(own, own.cumsum(1) - 1, -2)
        feature, slot, rank = np.nonzero(at[:, :, None] == spread[:, None, :])
        yield _Chosen(sample, number + 1, feature, slot, rank)


def _top_tokens(documents: Sequence[Sequence[int]], strongest: Entries) -> np.ndarray:
    """[F,top], as in SiteActivity."""
    there = strongest.place >= 0
    token = np.full(there.shape, -1)
    token[there] = [
        documents[place >> _SHIFT][place & _POSITION] for place in strongest.place[there].tolist()
    ]
    same = (token[:, :, None] == token[:, None, :]) & there[:, None, :]
    score = np.where(there, (same * strongest.value[:, None, :].astype(float)).sum(2), -1)
    again = np.tril(same, -1).any(2)
    token, score = np.where(again, -1, token), np.where(again, -1, score)
    order = np.lexsort((token, -score), axis=1)
    return np.take_along_axis(token, order, 1)


def _contexts(
    documents: Sequence[Sequence[int]], chosen: Sequence[_Chosen], before: int, window: int
) -> Contexts:
    feature = np.concatenate([c.feature for c in chosen])
    bin_ = np.concatenate([np.full(len(c.feature), c.bin) for c in chosen])
    rank = np.concatenate([c.rank for c in chosen])
    place, value, strip = (
        np.concatenate([getattr(c.of, name)[c.feature, c.slot] for c in chosen])
        for name in ("place", "value", "strip")
    )
    order = np.lexsort((rank, bin_, feature))
    document, position = place[order] >> _SHIFT, place[order] & _POSITION
    lengths = np.array([len(documents[d]) for d in document.tolist()], dtype=int)
    return Contexts(
        feature[order],
        bin_[order],
        rank[order],
        document,
        position,
        value[order].astype(float),
        np.maximum(np.minimum(position - before, lengths - window), 0),
        np.minimum(lengths, window),
        strip[order].astype(np.float32),
    )

"""Where features are active: one streaming pass over documents gives densities, histograms, contexts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from explorer_engine.dashboards.running import Best, RunningHistogram
from explorer_engine.data import pad_left
from explorer_engine.dictionaries import Dictionaries, Dictionary
from explorer_engine.errors import InputError
from explorer_engine.models import LanguageModel
from explorer_engine.progress import Progress
from explorer_engine.sites import Site

__all__ = ["Contexts", "SiteActivity", "collect_activity"]

_ACTIVATIONS_AT_ONCE = 1 << 25
_SHIFT = 20  # a place is document << _SHIFT | position
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
    top_tokens: tuple[tuple[int, ...], ...]
    """For each feature the tokens at its strongest places, by their summed activation, at most 10."""
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
    feature, whatever the number of documents: the strongest, and a uniform random sample of the active
    tokens (`seed`) that the quarters draw from. `progress` counts documents. Raises InputError for no
    documents or an empty one.
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
        values = model.activations(tokens, mask, list(dictionaries))
        for site, state in states.items():
            state.add(values[site], mask.to(model.device), start, before)
        last = start + len(tokens)
        if progress is not None:
            progress(last, len(documents), "feature activity")
    n_tokens = sum(map(len, documents))
    return {
        site: state.finish(documents, n_tokens, top, per_bin, before, bins) for site, state in states.items()
    }


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

    @torch.no_grad()
    def add(self, values: Tensor, mask: Tensor, start: int, before: int) -> None:
        """Take in the site's values [B,S,d] of documents start, start + 1, …"""
        step = max(1, _ACTIVATIONS_AT_ONCE // (values.shape[1] * self.dictionary.n_features))
        for low in range(0, len(values), step):
            rows = slice(low, low + step)
            self._add(self.dictionary.encode(values[rows]).float(), mask[rows], start + low, before)

    def _add(self, f: Tensor, mask: Tensor, start: int, before: int) -> None:
        _, length, n = f.shape
        f = f.masked_fill(~mask.unsqueeze(-1), 0)
        padding = length - mask.sum(1)

        def places(row: Tensor, column: Tensor) -> Tensor:
            return (start + row) << _SHIFT | (column - padding[row])

        def strips(row: Tensor, column: Tensor, feature: Tensor) -> Tensor:
            at = _first(column, padding[row], length, before, self.window)
            columns = at.unsqueeze(1) + torch.arange(self.window, device=f.device)
            inside = columns < length
            return f[row.unsqueeze(1), columns.clamp(max=length - 1), feature.unsqueeze(1)] * inside

        strongest, where = f.max(dim=1)
        row, feature = (strongest > self.top.key[:, -1].clamp_min(0)).nonzero(as_tuple=True)
        value, column = strongest[row, feature], where[row, feature]
        self.top.offer(
            feature, value, value, places(row, column), lambda i: strips(row[i], column[i], feature[i])
        )

        active = (f.view(-1) > 0).nonzero().squeeze(1)
        features, values = active % n, f.view(-1)[active]
        self.count += torch.bincount(features, minlength=n)
        self.histogram.add(features, values)
        keys = torch.rand(len(active), generator=self.random, device=f.device)
        kept = self.sample.wanted(features, keys)
        keys, active, drawn, values = keys[kept], active[kept], features[kept], values[kept]
        token = active // n
        rows, columns = token // length, token % length
        self.sample.offer(
            drawn, keys, values, places(rows, columns), lambda i: strips(rows[i], columns[i], drawn[i])
        )

    def finish(
        self,
        documents: Sequence[Sequence[int]],
        n_tokens: int,
        top: int,
        per_bin: int,
        before: int,
        bins: int,
    ) -> SiteActivity:
        bounds = self.histogram.quantiles(_QUARTILES).cpu().numpy()
        strongest, sample = _host(self.top), _host(self.sample)
        parts = []
        for j in range(self.dictionary.n_features):
            chosen = _choose(strongest, sample, j, bounds[j], per_bin)
            parts.extend((j, bin_, rank, *place) for bin_, rank, *place in chosen)
        return SiteActivity(
            n_tokens,
            (self.count / n_tokens).double().cpu().numpy(),
            self.histogram.maximum.cpu().numpy(),
            self.histogram.binned(bins).cpu().numpy(),
            tuple(_top_tokens(documents, *strongest[:2], j) for j in range(self.dictionary.n_features)),
            _contexts(documents, parts, before, self.window),
        )


def _first(position: Tensor, low: Tensor, end: int, before: int, window: int) -> Tensor:
    """Where a window of W tokens around a position begins, moved to lie inside [low, end) where it fits."""
    return torch.minimum(position - before, torch.as_tensor(end - window, device=position.device)).maximum(
        low
    )


def _host(best: Best) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(value, place, strip) of a Best as arrays."""
    return best.value.cpu().numpy(), best.place.cpu().numpy(), best.strip.cpu().numpy()


def _choose(
    strongest: tuple[np.ndarray, ...],
    sample: tuple[np.ndarray, ...],
    j: int,
    bounds: np.ndarray,
    per_bin: int,
) -> Iterator[tuple[int, int, int, float, np.ndarray]]:
    """(bin, rank, place, value, strip) of feature j's contexts: the strongest, then a few of each quarter."""
    values, places, strips = (array[j] for array in strongest)
    shown = set()
    for rank in range(int((places >= 0).sum())):
        shown.add(int(places[rank]))
        yield 0, rank, int(places[rank]), float(values[rank]), strips[rank]
    values, places, strips = (array[j] for array in sample)
    order = np.argsort(-values, kind="stable")
    order = [i for i in order if places[i] >= 0 and int(places[i]) not in shown]
    quarter = np.searchsorted(-bounds, [-values[i] for i in order], side="left")
    for bin_ in range(4):
        own = [i for i, q in zip(order, quarter, strict=True) if q == bin_]
        spread = sorted({round(k) for k in np.linspace(0, len(own) - 1, min(per_bin, len(own)))})
        for rank, k in enumerate(spread):
            i = own[k]
            yield bin_ + 1, rank, int(places[i]), float(values[i]), strips[i]


def _top_tokens(
    documents: Sequence[Sequence[int]], values: np.ndarray, places: np.ndarray, j: int
) -> tuple[int, ...]:
    score: dict[int, float] = {}
    for value, place in zip(values[j], places[j], strict=True):
        if place >= 0:
            token = int(documents[place >> _SHIFT][place & ((1 << _SHIFT) - 1)])
            score[token] = score.get(token, 0.0) + float(value)
    return tuple(sorted(score, key=lambda token: (-score[token], token))[:10])


def _contexts(
    documents: Sequence[Sequence[int]],
    parts: list[tuple[int, int, int, int, float, np.ndarray]],
    before: int,
    window: int,
) -> Contexts:
    feature, bin_, rank, place, value = (
        np.array([part[i] for part in parts], dtype=kind)
        for i, kind in enumerate((int, int, int, int, float))
    )
    document, position = place >> _SHIFT, place & ((1 << _SHIFT) - 1)
    lengths = np.array([len(documents[d]) for d in document], dtype=int)
    first = np.maximum(np.minimum(position - before, lengths - window), 0)
    strips = np.stack([part[5] for part in parts]) if parts else np.zeros((0, window), np.float16)
    return Contexts(
        feature,
        bin_,
        rank,
        document,
        position,
        value,
        first,
        np.minimum(lengths, window),
        strips.astype(np.float32),
    )

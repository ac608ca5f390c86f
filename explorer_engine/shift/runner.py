"""Fixed texts run again and again with different edits: what an edit leaves unchanged is reused."""

from __future__ import annotations

import copy
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from queue import SimpleQueue
from threading import Lock
from typing import Any

import torch
from torch import Tensor

from explorer_engine.ablation import feature_edits
from explorer_engine.attribution.runs import LayerRunner, replaced
from explorer_engine.data import by_length
from explorer_engine.dictionaries.base import Dictionaries
from explorer_engine.models import Captured, Edit, LanguageModel
from explorer_engine.progress import Progress
from explorer_engine.sites import FeatureRef, Site

__all__ = ["Cancelled", "Edits", "SiteEdit", "TextRunner", "feature_site_edits"]

_BUCKET_TOKENS = 4096
"""Most tokens in one batch: enough for efficient products, small enough for the processor's cache."""
_EMBED = Site("embed", -1)


class Cancelled(Exception):
    """The caller asked to stop."""


@dataclass(frozen=True, eq=False)
class SiteEdit:
    """A change of one site's value, with a key: equal keys at a site mean the same change."""

    key: Hashable
    apply: Edit


Edits = Mapping[Site, SiteEdit]


def feature_site_edits(
    dictionaries: Dictionaries, refs: Iterable[FeatureRef], to: Mapping[FeatureRef, float] | None = None
) -> dict[Site, SiteEdit]:
    """Setting `refs` to their values in `to`, or to zero, with the error kept; one edit a site.

    Raises InputError for an unknown feature.
    """
    chosen = {ref: 0.0 if to is None else to.get(ref, 0.0) for ref in refs}
    return {
        site: SiteEdit(frozenset((ref.index, v) for ref, v in chosen.items() if ref.site == site), edit)
        for site, edit in feature_edits(dictionaries, chosen, to).items()
    }


@dataclass(frozen=True, eq=False)
class _Bucket:
    """Texts of one length, so that nothing is padded."""

    number: int
    rows: Tensor
    """[B] their numbers among the runner's texts"""
    tokens: Tensor
    """[B,S]"""
    layers: Captured
    """The layers' arguments; the values are not kept"""
    offset: Tensor | None
    """[B,S,d] what joins the embedding before the first layer; None = nothing"""


class TextRunner:
    """The mean over tokens of one residual site, for fixed texts and any edits.

    Texts are batched by length. The streams after each layer are kept by the edits that led to them, the
    least recently used dropped first, so that a run starts behind the deepest layer whose edits were seen
    before. Batches run on `workers` threads with one intra-op thread each: on shared cores that beats one
    batch on all of them. Every worker has modules of its own around the same weights, so that hooks of other
    threads never meet them. One call at a time.
    """

    def __init__(
        self,
        model: LanguageModel,
        site: Site,
        texts: Sequence[Sequence[int]],
        *,
        workers: int = 2,
        memory: int = 256 << 20,
    ) -> None:
        """`memory`: how many bytes the kept streams may take; 0 keeps none."""
        self.site, self.n_texts = site, len(texts)
        self._kept = _KeptStreams(memory)
        self._models: SimpleQueue[LanguageModel] = SimpleQueue()
        for _ in range(workers):
            self._models.put(_own_modules(model))
        self._pool = ThreadPoolExecutor(workers, "texts", initializer=torch.set_num_threads, initargs=(1,))
        batches = by_length(texts, _BUCKET_TOKENS)
        self._buckets: list[_Bucket] = self._map(self._capture, list(enumerate(batches)))
        self._where = {int(row): (b, i) for b in self._buckets for i, row in enumerate(b.rows)}

    def close(self) -> None:
        """End the worker threads and drop what is kept."""
        self._pool.shutdown(cancel_futures=True)
        self._kept = _KeptStreams(0)

    def pooled(
        self,
        edits: Edits,
        progress: Progress | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> Tensor:
        """[N,d], on the CPU: each text's mean over tokens, every edit acting on the already edited stream.

        `progress` counts texts; once `cancelled` says so the run ends with Cancelled.
        """
        done, counting = 0, Lock()

        def run(model: LanguageModel, bucket: _Bucket) -> Tensor:
            nonlocal done
            if cancelled is not None and cancelled():
                raise Cancelled
            mean = self._run(model, bucket, edits).mean(1).cpu()
            with counting:
                done += len(bucket.rows)
                if progress is not None:
                    progress(done, self.n_texts, "texts")
            return mean

        means = self._map(run, self._buckets)
        out = means[0].new_empty(self.n_texts, means[0].shape[1])
        for bucket, mean in zip(self._buckets, means, strict=True):
            out[bucket.rows] = mean
        return out

    def embedding(self, text: int) -> Tensor:
        """[S,d]: the value of the embed site for one text."""
        bucket, index = self._where[text]
        return self._borrow(lambda model: model.embed(bucket.tokens[index]))

    def average_embedding(self) -> Tensor:
        """[d]: the mean of the embed site over all tokens of all texts."""
        sums = self._map(lambda model, bucket: model.embed(bucket.tokens).sum((0, 1)), self._buckets)
        return torch.stack(sums).sum(0) / sum(bucket.tokens.numel() for bucket in self._buckets)

    def pooled_from(self, text: int, embedding: Tensor, edits: Edits) -> Tensor:
        """[K,d]: as `pooled` for one text whose embeddings are `embedding` [K,S,d]; differentiable."""
        bucket, index = self._where[text]
        rows = torch.full((len(embedding),), index, device=embedding.device)
        offset = None if bucket.offset is None else bucket.offset[rows]

        def run(model: LanguageModel) -> Tensor:
            runner = LayerRunner(model, bucket.layers, len(bucket.rows))
            stream = _entered(embedding, offset, edits)
            for layer in range(self.site.layer + 1):
                stream = _edited(Site("resid", layer), _layer(runner, layer, stream, rows, edits), edits)
            return stream.mean(1)

        return self._borrow(run)

    def _capture(self, model: LanguageModel, numbered: tuple[int, tuple[Tensor, Tensor]]) -> _Bucket:
        """The unedited run of one batch, its streams kept."""
        number, (rows, tokens) = numbered
        tokens = tokens.to(model.device)
        captured = model.capture(tokens, torch.ones_like(tokens, dtype=torch.bool))  # type: ignore[arg-type]
        for layer, stream in enumerate(captured.inputs[1 : self.site.layer + 2]):
            self._kept.put(layer, {}, number, stream)
        offset = captured.inputs[0] - model.embed(tokens)
        layers = Captured({}, (), captured.calls)
        return _Bucket(number, rows, tokens, layers, offset if bool(offset.any()) else None)

    def _run(self, model: LanguageModel, bucket: _Bucket, edits: Edits) -> Tensor:
        """[B,S,d]: the site's value, from the deepest kept stream on."""
        layer = self.site.layer
        while layer >= 0 and (kept := self._kept.get(layer, edits, bucket.number)) is None:
            layer -= 1
        if layer >= 0:
            stream = _edited(Site("resid", layer), kept, edits)  # type: ignore[possibly-undefined]
        else:
            stream = _entered(model.embed(bucket.tokens), bucket.offset, edits)
        runner = LayerRunner(model, bucket.layers, len(bucket.rows))
        rows = torch.arange(len(bucket.rows), device=stream.device)
        for i in range(layer + 1, self.site.layer + 1):
            stream = _layer(runner, i, stream, rows, edits)
            self._kept.put(i, edits, bucket.number, stream)
            stream = _edited(Site("resid", i), stream, edits)
        return stream

    def _map(self, function: Callable[[LanguageModel, Any], Any], items: Sequence[Any]) -> list[Any]:
        @torch.no_grad()
        def run(item: Any) -> Any:
            return self._borrow(lambda model: function(model, item))

        return list(self._pool.map(run, items))

    def _borrow(self, function: Callable[[LanguageModel], Any]) -> Any:
        model = self._models.get()
        try:
            return function(model)
        finally:
            self._models.put(model)


class _KeptStreams:
    """Streams after a layer, before the edit of its residual site, by the edits that led there."""

    def __init__(self, memory: int) -> None:
        self._memory, self._size, self._lock = memory, 0, Lock()
        self._streams: OrderedDict[Hashable, dict[int, Tensor]] = OrderedDict()

    def get(self, layer: int, edits: Edits, bucket: int) -> Tensor | None:
        key = self._key(layer, edits)
        with self._lock:
            if (streams := self._streams.get(key)) is None:
                return None
            self._streams.move_to_end(key)
            return streams.get(bucket)

    def put(self, layer: int, edits: Edits, bucket: int, stream: Tensor) -> None:
        with self._lock:
            key = self._key(layer, edits)
            self._streams.setdefault(key, {})[bucket] = stream
            self._streams.move_to_end(key)
            self._size += stream.nbytes
            while self._size > self._memory:
                _, dropped = self._streams.popitem(last=False)
                self._size -= sum(t.nbytes for t in dropped.values())

    @staticmethod
    def _key(layer: int, edits: Edits) -> Hashable:
        here = Site("resid", layer)
        return layer, frozenset((site, edit.key) for site, edit in edits.items() if site < here)


def _own_modules(model: LanguageModel) -> LanguageModel:
    """The same model in modules of its own: hooks apart, weights shared."""
    weights = {id(t): t for t in (*model.hf.parameters(), *model.hf.buffers())}
    return LanguageModel(copy.deepcopy(model.hf, weights), model.tokenizer, model.name)


def _entered(embedding: Tensor, offset: Tensor | None, edits: Edits) -> Tensor:
    """What enters the first layer."""
    stream = _edited(_EMBED, embedding, edits)
    return stream if offset is None else stream + offset


def _edited(site: Site, value: Tensor, edits: Edits) -> Tensor:
    return edits[site].apply(value) if site in edits else value


def _layer(runner: LayerRunner, layer: int, stream: Tensor, rows: Tensor, edits: Edits) -> Tensor:
    """One layer with the edits of its attention and MLP sites."""
    model = runner.model
    with ExitStack() as hooks:
        for site in (Site("attn", layer), Site("mlp", layer)):
            if site in edits:
                place = model.place(site)
                assert place is not None  # attn and mlp sites have one
                module = model.submodule(layer, place.module)
                hooks.enter_context(replaced(module, place.end, edits[site].apply))
        return runner(layer, stream, rows)

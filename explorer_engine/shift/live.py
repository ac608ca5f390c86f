"""A classifier being cleaned by hand: remove any set of features and see at once what it does."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Literal

import torch
from torch import Tensor

from explorer_engine.dictionaries.base import Dictionaries
from explorer_engine.models import LanguageModel
from explorer_engine.progress import Progress, told
from explorer_engine.shift.annotate import pooled_features
from explorer_engine.shift.probe import Probe, train_probe
from explorer_engine.shift.report import ShiftReport, flips, report_of
from explorer_engine.shift.runner import Cancelled, Edits, TextRunner, feature_site_edits
from explorer_engine.shift.task import ClassifierTask
from explorer_engine.shift.texts import TaskTexts
from explorer_engine.shift.values import Ablation, Flip, Split
from explorer_engine.sites import ERROR, FeatureRef

__all__ = ["Cancelled", "Counted", "ShiftSession"]

_REMEMBERED = 64
"""How many sets of pooled activations and probes are kept, so that undo and redo cost nothing."""
_STEPS = 16
"""Midpoints on the way from no text to the text."""

Refs = Iterable[FeatureRef | str]
_Texts = Literal["ambiguous", "development", "test"]


@dataclass(frozen=True, eq=False)
class Counted:
    """What the tokens of one text add to the probe's logit."""

    text: int
    """Its number among the texts."""
    logit: float
    tokens: Tensor
    """[S] contribution of each token to the logit of label 1; they add up to logit − `empty`"""
    empty: float
    """The logit when every token is the average token."""


@dataclass(frozen=True)
class _Change:
    """What is done to the model before its activations are pooled."""

    refs: frozenset[FeatureRef] = frozenset()
    ablation: Ablation = "zero"


class ShiftSession:
    """One classifier task held ready: what does not depend on the ablated features is computed once.

    Calls wait for each other; a long one is stopped through `cancelled`. Features are given as FeatureRef or
    as "resid_2/17". Nothing in the model is changed. Where nothing else is said figures are of the
    development texts, so that nothing is chosen by the test texts.
    """

    def __init__(
        self,
        model: LanguageModel,
        dictionaries: Dictionaries,
        task: ClassifierTask,
        texts: TaskTexts,
        probes: Sequence[Probe] = (),
        *,
        n_probes: int = 1,
        means: Mapping[FeatureRef, float] | None = None,
        seed: int = 0,
        workers: int = 2,
        progress: Progress | None = None,
    ) -> None:
        """`probes`: the classifier to clean, and others of its kind that figures are averaged over; without
        any, `n_probes` are trained on the ambiguous texts, with seeds from `seed` on.

        `means`: what mean ablation sets features to, where it is known; else it is measured when needed.
        `progress` counts texts. Raises InputError where one of the four groups has no text.
        """
        texts.check(task)
        self.task, self.texts, self.model, self.dictionaries, self.seed = (
            task,
            texts,
            model,
            dictionaries,
            seed,
        )
        self.n_probes = len(probes) or n_probes
        self._lock = Lock()
        self.workers = workers
        self._runners: dict[_Texts, TextRunner] = {}
        self._pooled: OrderedDict[tuple[_Texts, _Change], Tensor] = OrderedDict()
        self._probes: dict[_Change, tuple[Probe, ...]] = {}
        self.means = dict(means or {})
        self._averages: dict[Split, Tensor] = {}
        self.probes = tuple(probes) or self._trained(_Change(), progress, None)
        self.original = self.evaluate((), progress=progress)

    @property
    def probe(self) -> Probe:
        """The classifier to clean: the first probe."""
        return self.probes[0]

    def close(self) -> None:
        """End the worker threads."""
        for runner in self._runners.values():
            runner.close()

    def evaluate(
        self,
        ablated: Refs,
        retrain: bool = False,
        progress: Progress | None = None,
        cancelled: Callable[[], bool] | None = None,
        *,
        ablation: Ablation = "zero",
        split: Split = "development",
    ) -> ShiftReport:
        """Accuracies with `ablated` features set to zero or their means at every token, the errors kept.

        As means over the probes; `retrain` trains all of them again on the ambiguous texts with the same
        features ablated. `progress` counts the texts of both. Raises Cancelled once `cancelled` says so, and
        InputError for a feature that does not exist.
        """
        refs = _parsed(ablated)
        logits = self.logits(refs, retrain, progress, cancelled, ablation=ablation, split=split)
        return report_of(logits, self.texts.of(split), len(refs), self.seed)

    def logits(
        self,
        ablated: Refs,
        retrain: bool = False,
        progress: Progress | None = None,
        cancelled: Callable[[], bool] | None = None,
        *,
        ablation: Ablation = "zero",
        split: Split = "development",
    ) -> Tensor:
        """[K,N]: what each of the K probes says of each text; arguments as in `evaluate`."""
        change = _change(ablated, ablation)
        with self._lock:
            n_train = len(self.texts.ambiguous) if retrain else 0
            n = n_train + len(self.texts.of(split))
            probes = self._classifiers(change, retrain, _part(progress, 0, n), cancelled)
            pooled = self._pooled_of(split, change, _part(progress, n_train, n), cancelled)
        return torch.stack([probe(pooled) for probe in probes])

    def classifiers(
        self, ablated: Refs, retrain: bool = False, ablation: Ablation = "zero"
    ) -> tuple[Probe, ...]:
        """The probes that `evaluate` with the same arguments uses."""
        with self._lock:
            return self._classifiers(_change(ablated, ablation), retrain, None, None)

    def values(self, ablated: Refs, ablation: Ablation) -> dict[FeatureRef, float]:
        """What each ablated feature is set to."""
        change = _change(ablated, ablation)
        with self._lock:
            return self._values(change) or dict.fromkeys(change.refs, 0.0)

    def flips(self, after: ShiftReport, split: Split = "development") -> list[Flip]:
        """Texts that the original probe and the one of a report predict differently, largest change first."""
        before = self.original if split == "development" else self.evaluate((), split=split)
        return flips(before, after, self.texts.of(split))

    def counts(
        self,
        texts: Sequence[int],
        ablated: Refs,
        retrain: bool = False,
        *,
        ablation: Ablation = "zero",
        split: Split = "development",
    ) -> list[Counted]:
        """What still counts: contributions of each token of some texts under the edited classifier.

        Integrated gradients along the embeddings, from the average token at every position to the text's own
        tokens (midpoint rule), through the model with the features ablated.
        """
        change = _change(ablated, ablation)
        with self._lock:
            edits = self._edits(change)
            probe = self._classifiers(change, retrain, None, None)[0]
            return [self._counted(split, text, probe, edits) for text in texts]

    def alone(
        self, refs: Refs, progress: Progress | None = None, *, ablation: Ablation = "zero"
    ) -> dict[FeatureRef, float]:
        """Change of accuracy on the label, in points, when only this one feature is ablated."""
        wanted = sorted(_parsed(refs), key=lambda ref: (ref.site, str(ref.index)))
        base, out = self.original.accuracies.label.value, {}
        for ref in told(wanted, progress, "features alone"):
            out[ref] = 100 * (self.evaluate([ref], ablation=ablation).accuracies.label.value - base)
        return out

    def pooled(
        self,
        texts: Literal["ambiguous", "development", "test"],
        ablated: Refs = (),
        ablation: Ablation = "zero",
    ) -> Tensor:
        """[N,d]: mean activations of a set of texts at the probe's site, with features ablated."""
        with self._lock:
            return self._pooled_of(texts, _change(ablated, ablation), None, None)

    def pooled_edited(self, edits: Edits, split: Split) -> Tensor:
        """[N,d]: the same under edits of any kind; nothing is remembered."""
        with self._lock:
            return self._runner(split).pooled(edits)

    # -- inside the lock ---------------------------------------------------------------------------------

    def _classifiers(
        self,
        change: _Change,
        retrain: bool,
        progress: Progress | None,
        cancelled: Callable[[], bool] | None,
    ) -> tuple[Probe, ...]:
        return self._trained(change, progress, cancelled) if retrain else self.probes

    def _trained(
        self, change: _Change, progress: Progress | None, cancelled: Callable[[], bool] | None
    ) -> tuple[Probe, ...]:
        """A probe of every seed, trained on the ambiguous texts as they are after the change."""
        if change not in self._probes:
            pooled = self._pooled_of("ambiguous", change, progress, cancelled)
            seeds = range(self.seed, self.seed + self.n_probes)
            label = self.texts.ambiguous.label
            self._probes[change] = tuple(train_probe(pooled, label, seed=seed) for seed in seeds)
        return self._probes[change]

    def _edits(self, change: _Change) -> Edits:
        return feature_site_edits(self.dictionaries, change.refs, self._values(change))

    def _values(self, change: _Change) -> dict[FeatureRef, float] | None:
        """What the features are set to; None for zeros."""
        if change.ablation == "zero":
            return None
        unknown = [ref for ref in change.refs if ref not in self.means and ref.index != ERROR]
        if unknown:
            feature_site_edits(self.dictionaries, unknown)  # a feature that does not exist is told
            pooled = pooled_features(self.model, self.dictionaries, unknown, self.texts.ambiguous.tokens)
            self.means |= dict(zip(unknown, pooled.double().mean(0).tolist(), strict=True))
        return {ref: self.means[ref] for ref in change.refs if ref.index != ERROR}

    def _pooled_of(
        self,
        texts: _Texts,
        change: _Change,
        progress: Progress | None,
        cancelled: Callable[[], bool] | None,
    ) -> Tensor:
        """[N,d], remembered."""
        if (texts, change) not in self._pooled:
            self._pooled[texts, change] = self._runner(texts).pooled(self._edits(change), progress, cancelled)
            if len(self._pooled) > _REMEMBERED:
                self._pooled.popitem(last=False)
        elif progress is not None:
            n = len(self._pooled[texts, change])
            progress(n, n, "texts")
        self._pooled.move_to_end((texts, change))
        return self._pooled[texts, change]

    def _runner(self, texts: _Texts) -> TextRunner:
        if texts not in self._runners:
            tokens = (self.texts.ambiguous if texts == "ambiguous" else self.texts.of(texts)).tokens
            # retraining may take seconds and results are asked for once: more is kept for toggling
            memory = (256 if texts == "development" else 128) << 20
            self._runners[texts] = TextRunner(
                self.model, self.task.site, tokens, workers=self.workers, memory=memory
            )
        return self._runners[texts]

    def _counted(self, split: Split, text: int, probe: Probe, edits: Edits) -> Counted:
        runner = self._runner(split)
        if split not in self._averages:
            self._averages[split] = runner.average_embedding()
        average = self._averages[split]
        own = runner.embedding(text)
        path = (torch.arange(_STEPS).to(own) + 0.5) / _STEPS
        with torch.enable_grad():
            points = (average + path[:, None, None] * (own - average)).requires_grad_()
            logits = probe(runner.pooled_from(text, points, edits))
            (gradient,) = torch.autograd.grad(logits.sum(), points)
        with torch.no_grad():
            ends = torch.stack([average.expand_as(own), own])
            empty, logit = probe(runner.pooled_from(text, ends, edits)).tolist()
        return Counted(text, logit, ((own - average) * gradient.mean(0)).sum(-1).cpu(), empty)


def _change(refs: Refs, ablation: Ablation) -> _Change:
    parsed = _parsed(refs)
    return _Change(parsed, ablation if parsed else "zero")


def _parsed(refs: Refs) -> frozenset[FeatureRef]:
    return frozenset(FeatureRef.parse(ref) if isinstance(ref, str) else ref for ref in refs)


def _part(progress: Progress | None, before: int, total: int) -> Progress | None:
    """Progress of a part of the work told as that of the whole, of which `before` was done earlier."""
    if progress is None:
        return None
    return lambda done, _, what: progress(before + done, total, what)

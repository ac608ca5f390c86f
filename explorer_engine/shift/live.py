"""A classifier being cleaned by hand: remove any set of features and see at once what it does."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Literal

import torch
from torch import Tensor

from explorer_engine.dictionaries.base import Dictionaries
from explorer_engine.models import LanguageModel
from explorer_engine.progress import Progress, told
from explorer_engine.shift.probe import Probe, train_probe
from explorer_engine.shift.report import ShiftReport, flips, report_of
from explorer_engine.shift.runner import Cancelled, Edits, TextRunner, feature_site_edits
from explorer_engine.shift.task import ClassifierTask
from explorer_engine.shift.texts import TaskTexts
from explorer_engine.shift.values import Flip
from explorer_engine.sites import FeatureRef

__all__ = ["Cancelled", "Counted", "ShiftSession"]

_REMEMBERED = 64
"""How many sets of pooled activations and probes are kept, so that undo and redo cost nothing."""
_STEPS = 16
"""Midpoints on the way from no text to the text."""

Refs = Iterable[FeatureRef | str]


@dataclass(frozen=True, eq=False)
class Counted:
    """What the tokens of one text add to the probe's logit."""

    text: int
    """Its number in the test set."""
    logit: float
    tokens: Tensor
    """[S] contribution of each token to the logit of label 1; they add up to logit − `empty`"""
    empty: float
    """The logit when every token is the average token."""


class ShiftSession:
    """One classifier task held ready: what does not depend on the removed features is computed once.

    Calls wait for each other; a long one is stopped through `cancelled`. Features are given as FeatureRef or
    as "resid_2/17". Nothing in the model is changed.
    """

    def __init__(
        self,
        model: LanguageModel,
        dictionaries: Dictionaries,
        task: ClassifierTask,
        texts: TaskTexts,
        probe: Probe | None = None,
        *,
        seed: int = 0,
        workers: int = 2,
        progress: Progress | None = None,
    ) -> None:
        """`probe`: the classifier to clean; None trains it on the ambiguous texts with `seed`.

        `progress` counts texts. Raises InputError where one of the four groups has no test text.
        """
        texts.check(task)
        self.task, self.texts, self.model, self.dictionaries, self.seed = (
            task,
            texts,
            model,
            dictionaries,
            seed,
        )
        self._lock = Lock()
        self._test = TextRunner(model, task.site, texts.test.tokens, workers=workers)
        self._train: TextRunner | None = None
        self._workers = workers
        self._pooled: OrderedDict[tuple[str, frozenset[FeatureRef]], Tensor] = OrderedDict()
        self._probes: dict[frozenset[FeatureRef], Probe] = {}
        self._average: Tensor | None = None
        self.probe = probe or self.classifier((), retrain=True, progress=progress)
        self.original = self.evaluate((), progress=progress)

    def close(self) -> None:
        """End the worker threads."""
        self._test.close()
        if self._train is not None:
            self._train.close()

    def evaluate(
        self,
        ablated: Refs,
        retrain: bool = False,
        progress: Progress | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> ShiftReport:
        """Accuracies on the test texts with `ablated` features removed at every token, the errors kept.

        `retrain` trains the probe again on the ambiguous texts with the same features removed. `progress`
        counts the texts of both. Raises Cancelled once `cancelled` says so, and InputError for a feature that
        does not exist.
        """
        refs = _parsed(ablated)
        with self._lock:
            n_train = len(self.texts.ambiguous) if retrain else 0
            n = n_train + len(self.texts.test)
            probe = self._classifier(refs, retrain, _part(progress, 0, n), cancelled)
            pooled = self._pooled_of("test", refs, _part(progress, n_train, n), cancelled)
        return report_of(probe(pooled), self.texts.test, len(refs), self.seed)

    def classifier(
        self,
        ablated: Refs,
        retrain: bool = False,
        progress: Progress | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> Probe:
        """The probe that `evaluate` with the same arguments uses."""
        with self._lock:
            return self._classifier(_parsed(ablated), retrain, progress, cancelled)

    def flips(self, after: ShiftReport, before: ShiftReport | None = None) -> list[Flip]:
        """Test texts whose prediction changed, largest change first; `before` None = the original probe."""
        return flips(before or self.original, after, self.texts.test)

    def counts(self, texts: Sequence[int], ablated: Refs, retrain: bool = False) -> list[Counted]:
        """What still counts: contributions of each token of some test texts under the edited classifier.

        Integrated gradients along the embeddings, from the average token at every position to the text's own
        tokens (midpoint rule), through the model with the features removed.
        """
        refs = _parsed(ablated)
        edits = feature_site_edits(self.dictionaries, refs)
        with self._lock:
            probe = self._classifier(refs, retrain, None, None)
            return [self._counted(text, probe, edits) for text in texts]

    def alone(self, refs: Refs, progress: Progress | None = None) -> dict[FeatureRef, float]:
        """Change of accuracy on the label, in points, when only this one feature is removed."""
        wanted = sorted(_parsed(refs), key=lambda ref: (ref.site, str(ref.index)))
        base, out = self.original.accuracies.label.value, {}
        for ref in told(wanted, progress, "features alone"):
            out[ref] = 100 * (self.evaluate([ref]).accuracies.label.value - base)
        return out

    def pooled(self, split: Literal["train", "test"]) -> Tensor:
        """[N,d]: unedited mean activations of the ambiguous ("train") or the test texts."""
        with self._lock:
            return self._pooled_of(split, frozenset(), None, None)

    def evaluate_edits(self, edits: Edits, n_ablated: int) -> ShiftReport:
        """As `evaluate` for edits of any kind and the original probe; nothing is remembered."""
        with self._lock:
            return report_of(self.probe(self._test.pooled(edits)), self.texts.test, n_ablated, self.seed)

    # -- inside the lock ---------------------------------------------------------------------------------

    def _classifier(
        self,
        refs: frozenset[FeatureRef],
        retrain: bool,
        progress: Progress | None,
        cancelled: Callable[[], bool] | None,
    ) -> Probe:
        if not retrain:
            return self.probe
        if refs not in self._probes:
            pooled = self._pooled_of("train", refs, progress, cancelled)
            self._probes[refs] = train_probe(pooled, self.texts.ambiguous.label, seed=self.seed)
        return self._probes[refs]

    def _pooled_of(
        self,
        split: str,
        refs: frozenset[FeatureRef],
        progress: Progress | None,
        cancelled: Callable[[], bool] | None,
    ) -> Tensor:
        """[N,d], remembered."""
        if (split, refs) not in self._pooled:
            runner = self._test if split == "test" else self._train_runner()
            edits = feature_site_edits(self.dictionaries, refs)
            self._pooled[split, refs] = runner.pooled(edits, progress, cancelled)
            if len(self._pooled) > _REMEMBERED:
                self._pooled.popitem(last=False)
        elif progress is not None:
            n = len(self._pooled[split, refs])
            progress(n, n, "texts")
        self._pooled.move_to_end((split, refs))
        return self._pooled[split, refs]

    def _train_runner(self) -> TextRunner:
        if self._train is None:
            # retraining may take seconds: less is kept for it than for toggling
            tokens = self.texts.ambiguous.tokens
            self._train = TextRunner(
                self.model, self.task.site, tokens, workers=self._workers, memory=128 << 20
            )
        return self._train

    def _counted(self, text: int, probe: Probe, edits: Edits) -> Counted:
        if self._average is None:
            self._average = self._test.average_embedding()
        own = self._test.embedding(text)
        path = (torch.arange(_STEPS).to(own) + 0.5) / _STEPS
        with torch.enable_grad():
            points = (self._average + path[:, None, None] * (own - self._average)).requires_grad_()
            logits = probe(self._test.pooled_from(text, points, edits))
            (gradient,) = torch.autograd.grad(logits.sum(), points)
        with torch.no_grad():
            ends = torch.stack([self._average.expand_as(own), own])
            empty, logit = probe(self._test.pooled_from(text, ends, edits)).tolist()
        return Counted(text, logit, ((own - self._average) * gradient.mean(0)).sum(-1).cpu(), empty)


def _parsed(refs: Refs) -> frozenset[FeatureRef]:
    return frozenset(FeatureRef.parse(ref) if isinstance(ref, str) else ref for ref in refs)


def _part(progress: Progress | None, before: int, total: int) -> Progress | None:
    """Progress of a part of the work told as that of the whole, of which `before` was done earlier."""
    if progress is None:
        return None
    return lambda done, _, what: progress(before + done, total, what)

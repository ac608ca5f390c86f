"""The SHIFT table: the cleaned classifier beside its rivals, all that it must be compared with."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random
from typing import TypeVar

import torch
from torch import Tensor
from torch.nn.functional import cosine_similarity

from explorer_engine.models import LanguageModel
from explorer_engine.progress import Progress, told
from explorer_engine.shift.effects import classifier_effects, neuron_effects
from explorer_engine.shift.live import ShiftSession
from explorer_engine.shift.measures import Accuracies, Share
from explorer_engine.shift.probe import train_probe
from explorer_engine.shift.report import ShiftReport, report_of
from explorer_engine.shift.runner import SiteEdit, TextRunner
from explorer_engine.shift.texts import TextSet
from explorer_engine.shift.values import Needs, ShiftRun
from explorer_engine.sites import FeatureRef, Site

T = TypeVar("T")

__all__ = ["average", "concept_bottleneck", "shift_table"]

_SEEDS = 5
"""Draws of random features that are averaged."""


def shift_table(
    session: ShiftSession,
    circuit: Sequence[FeatureRef],
    spurious: Sequence[FeatureRef] | None,
    *,
    active: Sequence[FeatureRef],
    embedding: Sequence[FeatureRef] | None,
    words_deleted: TextSet | None = None,
    keywords: Sequence[str] = (),
    progress: Progress | None = None,
) -> list[ShiftRun]:
    """All rows, in the order of the paper's table.

    `circuit`: the features of the probe's circuit; `spurious`: those of them judged spurious; `active`: what
    random features are drawn from; `embedding`: every feature of the embed site judged spurious, in the
    circuit or not; `words_deleted`: the test texts without the words that tell the attribute; `keywords`:
    words of the two classes for concept bottleneck probing. Rows without their input are left out: where
    nobody judged, those of `spurious` and those that take as many features. `progress` counts rows.
    """
    rows: list[Callable[[], ShiftRun] | None] = [
        lambda: _run("original", session.original, "nothing"),
        _if(spurious, lambda judged: _random(session, active, len(judged))),
        _if(keywords or None, lambda words: _concepts(session, words)),
        _if(embedding, lambda judged: _embedding(session, judged)),
        _if(words_deleted, lambda texts: _words(session, texts)),
        _if(spurious, lambda judged: _run("shift", session.evaluate(judged), "labels")),
        _if(
            spurious,
            lambda judged: _run("shift+retrain", session.evaluate(judged, retrain=True), "labels"),
        ),
        _if(spurious, lambda judged: _neuron_skyline(session, len(judged))),
        _if(spurious, lambda judged: _feature_skyline(session, circuit, len(judged))),
        lambda: _oracle(session),
    ]
    makers = [make for make in rows if make is not None]
    return [make() for make in told(makers, progress, "rows of the SHIFT table")]


def average(found: Sequence[Accuracies]) -> Accuracies:
    """The mean of several accuracies on the same texts, figure by figure, intervals too."""

    def mean(shares: Sequence[Share]) -> Share:
        values = (
            torch.tensor([(s.value, s.low, s.high) for s in shares], dtype=torch.float64).mean(0).tolist()
        )
        return Share(*values)

    groups = [mean([a.groups[g] for a in found]) for g in range(4)]
    return Accuracies(
        label=mean([a.label for a in found]),
        attribute=mean([a.attribute for a in found]),
        worst=mean([a.worst for a in found]),
        groups=(groups[0], groups[1], groups[2], groups[3]),
    )


def concept_bottleneck(model: LanguageModel, site: Site, keywords: Sequence[str], pooled: Tensor) -> Tensor:
    """[N,k]: cosine similarity of each pooled text [N,d] with each of the k concept vectors (App. E.2).

    A concept vector is the site's value over the keyword's last token, less the mean of all concept vectors.
    """
    vectors = []
    for word in keywords:
        tokens = torch.tensor([model.tokenizer(f" {word}")["input_ids"]])
        value = model.activations(tokens, torch.ones_like(tokens, dtype=torch.bool), [site])[site]  # type: ignore[arg-type]
        vectors.append(value[0, -1].cpu())
    concepts = torch.stack(vectors)
    concepts = concepts - concepts.mean(0)
    return cosine_similarity(pooled[:, None], concepts[None], dim=-1)


def _run(name: str, report: ShiftReport, needs: Needs, note: str | None = None) -> ShiftRun:
    return ShiftRun(name, report.accuracies, report.n_ablated, needs, note)


def _if(given: T | None, make: Callable[[T], ShiftRun]) -> Callable[[], ShiftRun] | None:
    """The row made of what is given; None where it is not."""
    return None if given is None else lambda: make(given)


def _random(session: ShiftSession, active: Sequence[FeatureRef], n: int) -> ShiftRun:
    pool = sorted(active, key=lambda ref: (ref.site, str(ref.index)))
    draws = [Random(seed).sample(pool, min(n, len(pool))) for seed in range(_SEEDS)]
    note = f"mean of {_SEEDS} draws of {n} features that are active on the texts"
    reports = [session.evaluate(refs) for refs in draws]
    mean = average([report.accuracies for report in reports])
    return ShiftRun("random", mean, reports[0].n_ablated, note=note)


def _embedding(session: ShiftSession, embedding: Sequence[FeatureRef]) -> ShiftRun:
    note = "every feature of the token embedding judged spurious, no other"
    return _run("embedding features", session.evaluate(embedding), "labels", note)


def _words(session: ShiftSession, texts: TextSet) -> ShiftRun:
    runner = TextRunner(session.model, session.task.site, texts.tokens, memory=0)
    try:
        found = report_of(session.probe(runner.pooled({})), texts, seed=session.seed)
    finally:
        runner.close()
    note = "the original probe on texts without the words that tell the attribute"
    return _run("words deleted", found, "words of the attribute", note)


def _concepts(session: ShiftSession, keywords: Sequence[str]) -> ShiftRun:
    task, texts, model = session.task, session.texts, session.model
    train, test = (
        concept_bottleneck(model, task.site, keywords, session.pooled(split)) for split in ("train", "test")
    )
    probe = train_probe(train, texts.ambiguous.label, seed=session.seed)
    note = f"a probe on cosine similarities to {len(keywords)} keywords"
    return _run("cbp", report_of(probe(test), texts.test, seed=session.seed), "words of the label", note)


def _oracle(session: ShiftSession) -> ShiftRun:
    texts = session.texts
    runner = TextRunner(session.model, session.task.site, texts.balanced.tokens, memory=0)
    try:
        probe = train_probe(runner.pooled({}), texts.balanced.label, seed=session.seed)
    finally:
        runner.close()
    found = report_of(probe(session.pooled("test")), texts.test, seed=session.seed)
    return _run("oracle", found, "balanced labels", "a probe trained on balanced texts")


def _feature_skyline(session: ShiftSession, circuit: Sequence[FeatureRef], n: int) -> ShiftRun:
    task = session.task
    effects = classifier_effects(
        session.model,
        session.dictionaries,
        session.probe,
        task.site,
        session.texts.balanced,
        target="attribute",
        skip_first=task.skip_first,
    )
    ranked = sorted(circuit, key=lambda ref: -effects.of(ref).support)
    note = f"the {n} features of the circuit that support the attribute most on balanced texts"
    return _run("feature skyline", session.evaluate(ranked[:n]), "balanced labels", note)


def _neuron_skyline(session: ShiftSession, n: int) -> ShiftRun:
    task = session.task
    effects, means = neuron_effects(
        session.model, session.probe, task.site, session.texts.balanced, target="attribute"
    )
    chosen: dict[Site, list[int]] = {}
    for effect in effects.most_supporting(n):
        assert isinstance(effect.ref.index, int)
        chosen.setdefault(effect.ref.site, []).append(effect.ref.index)
    edits = {site: _mean_ablation(neurons, means[site]) for site, neurons in chosen.items()}
    note = f"the {n} neurons that support the attribute most on balanced texts, each set to its mean"
    found = session.evaluate_edits(edits, sum(map(len, chosen.values())))
    return _run("neuron skyline", found, "balanced labels", note)


def _mean_ablation(neurons: list[int], means: Tensor) -> SiteEdit:
    def edit(x: Tensor) -> Tensor:
        x = x.clone()
        x[..., neurons] = means[neurons].to(x)
        return x

    return SiteEdit(("mean", frozenset(neurons)), edit)

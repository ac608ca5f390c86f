"""The SHIFT table: the cleaned classifier beside everything that it must be compared with."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from random import Random

import torch
from torch import Tensor
from torch.nn.functional import cosine_similarity

from explorer_engine.models import LanguageModel
from explorer_engine.shift.effects import classifier_effects, neuron_effects
from explorer_engine.shift.live import ShiftSession
from explorer_engine.shift.probe import train_probe
from explorer_engine.shift.report import Share, ShiftReport, report_of
from explorer_engine.shift.runner import SiteEdit, TextRunner
from explorer_engine.shift.task import TextSet
from explorer_engine.sites import FeatureRef, Site

__all__ = ["Row", "average", "concept_bottleneck", "shift_table"]

_SEEDS = 5
"""Draws of random features that are averaged."""


@dataclass(frozen=True, eq=False)
class Row:
    """One row of the SHIFT table."""

    name: str
    report: ShiftReport
    needs_balanced_labels: bool = False
    note: str | None = None


def shift_table(
    session: ShiftSession,
    circuit: Sequence[FeatureRef],
    spurious: Sequence[FeatureRef],
    *,
    active: Sequence[FeatureRef],
    embedding: Sequence[FeatureRef],
    words_deleted: TextSet | None = None,
    keywords: Sequence[str] = (),
    progress: Callable[[str], None] | None = None,
) -> list[Row]:
    """All rows, in the order of the paper's table.

    `circuit`: the features of the probe's circuit; `spurious`: those of them judged spurious; `active`: what
    random features are drawn from; `embedding`: every feature of the embed site judged spurious, in the
    circuit or not; `words_deleted`: the test texts without the words that tell the attribute; `keywords`:
    words of the two classes for concept bottleneck probing. Rows without their input are left out.
    """
    n = len(spurious)
    makers: list[tuple[str, Callable[[], Row] | None]] = [
        ("original", lambda: Row("original", session.original)),
        ("random", lambda: _random(session, active, n)),
        ("cbp", (lambda: _concepts(session, keywords)) if keywords else None),
        ("embedding features", lambda: _embedding(session, embedding)),
        ("words deleted", (lambda: _words(session, words_deleted)) if words_deleted else None),
        ("shift", lambda: Row("shift", session.evaluate(spurious))),
        ("shift+retrain", lambda: Row("shift+retrain", session.evaluate(spurious, retrain=True))),
        ("neuron skyline", lambda: _neuron_skyline(session, n)),
        ("feature skyline", lambda: _feature_skyline(session, circuit, n)),
        ("oracle", lambda: _oracle(session)),
    ]
    rows = []
    for name, make in makers:
        if make is None:
            continue
        if progress is not None:
            progress(name)
        rows.append(make())
    return rows


def average(reports: Sequence[ShiftReport]) -> ShiftReport:
    """The mean of several reports on the same texts, figure by figure, intervals and probabilities too."""

    def mean(shares: Sequence[Share]) -> Share:
        values = (
            torch.tensor([(s.value, s.low, s.high) for s in shares], dtype=torch.float64).mean(0).tolist()
        )
        return Share(*values)

    groups = [mean([r.groups[g] for r in reports]) for g in range(4)]
    return replace(
        reports[0],
        profession=mean([r.profession for r in reports]),
        attribute=mean([r.attribute for r in reports]),
        worst=mean([r.worst for r in reports]),
        groups=(groups[0], groups[1], groups[2], groups[3]),
        p=torch.stack([r.p for r in reports]).mean(0),
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


def _random(session: ShiftSession, active: Sequence[FeatureRef], n: int) -> Row:
    pool = sorted(active, key=lambda ref: (ref.site, str(ref.index)))
    draws = [Random(seed).sample(pool, min(n, len(pool))) for seed in range(_SEEDS)]
    note = f"mean of {_SEEDS} draws of {n} features that are active on the texts"
    return Row("random", average([session.evaluate(refs) for refs in draws]), note=note)


def _embedding(session: ShiftSession, embedding: Sequence[FeatureRef]) -> Row:
    note = "every feature of the token embedding judged spurious, no other"
    return Row("embedding features", session.evaluate(embedding), note=note)


def _words(session: ShiftSession, texts: TextSet) -> Row:
    runner = TextRunner(session.model, session.task.site, texts.tokens, memory=0)
    try:
        found = report_of(session.probe(runner.pooled({})), texts, seed=session.seed)
    finally:
        runner.close()
    return Row(
        "words deleted", found, note="the original probe on texts without the words that tell the attribute"
    )


def _concepts(session: ShiftSession, keywords: Sequence[str]) -> Row:
    task, model = session.task, session.model
    train, test = (
        concept_bottleneck(model, task.site, keywords, session.pooled(split)) for split in ("train", "test")
    )
    probe = train_probe(train, task.ambiguous.label, seed=session.seed)
    note = f"a probe on cosine similarities to {len(keywords)} keywords"
    return Row("cbp", report_of(probe(test), task.test, seed=session.seed), note=note)


def _oracle(session: ShiftSession) -> Row:
    task = session.task
    runner = TextRunner(session.model, task.site, task.balanced.tokens, memory=0)
    try:
        probe = train_probe(runner.pooled({}), task.balanced.label, seed=session.seed)
    finally:
        runner.close()
    found = report_of(probe(session.pooled("test")), task.test, seed=session.seed)
    return Row("oracle", found, needs_balanced_labels=True, note="a probe trained on balanced texts")


def _feature_skyline(session: ShiftSession, circuit: Sequence[FeatureRef], n: int) -> Row:
    task = session.task
    effects = classifier_effects(
        session.model,
        session.dictionaries,
        session.probe,
        task.site,
        task.balanced,
        target="attribute",
        skip_first=task.skip_first,
    )
    ranked = sorted(circuit, key=lambda ref: -effects.of(ref).support)
    note = f"the {n} features of the circuit that support the attribute most on balanced texts"
    return Row("feature skyline", session.evaluate(ranked[:n]), needs_balanced_labels=True, note=note)


def _neuron_skyline(session: ShiftSession, n: int) -> Row:
    task = session.task
    effects, means = neuron_effects(
        session.model, session.probe, task.site, task.balanced, target="attribute"
    )
    chosen: dict[Site, list[int]] = {}
    for effect in effects.most_supporting(n):
        assert isinstance(effect.ref.index, int)
        chosen.setdefault(effect.ref.site, []).append(effect.ref.index)
    edits = {site: _mean_ablation(neurons, means[site]) for site, neurons in chosen.items()}
    note = f"the {n} neurons that support the attribute most on balanced texts, each set to its mean"
    found = session.evaluate_edits(edits, sum(map(len, chosen.values())))
    return Row("neuron skyline", found, needs_balanced_labels=True, note=note)


def _mean_ablation(neurons: list[int], means: Tensor) -> SiteEdit:
    def edit(x: Tensor) -> Tensor:
        x = x.clone()
        x[..., neurons] = means[neurons].to(x)
        return x

    return SiteEdit(("mean", frozenset(neurons)), edit)

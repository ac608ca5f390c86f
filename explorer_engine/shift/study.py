"""A classifier from its texts to everything the SHIFT page shows: probe, features, verdicts, table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from torch import Tensor

from explorer_engine.dictionaries.base import Dictionaries
from explorer_engine.models import LanguageModel
from explorer_engine.progress import Progress
from explorer_engine.shift.annotate import Verdict, group_means, pooled_features, verdicts_of
from explorer_engine.shift.effects import FeatureEffect, classifier_effects
from explorer_engine.shift.live import ShiftSession
from explorer_engine.shift.options import StudyOptions
from explorer_engine.shift.probe import Probe
from explorer_engine.shift.readers import READERS, Contexts, TaskWords, spurious_to
from explorer_engine.shift.rivals import TableInput, WordsDeleted, shift_table
from explorer_engine.shift.task import ClassifierTask
from explorer_engine.shift.texts import TaskTexts
from explorer_engine.shift.values import ClassifierFeature, ShiftRun
from explorer_engine.sites import FeatureRef, Site

__all__ = ["Draw", "GenericTexts", "Reading", "StudiedDraw", "Study", "study_classifier", "study_draw"]


@dataclass(frozen=True, eq=False)
class GenericTexts:
    """Texts of many labels on which the ground-truth annotator measures what a feature follows."""

    tokens: Sequence[Sequence[int]]
    attribute: Tensor
    """[N] 0 or 1"""
    label: Tensor
    """[N] any number of labels"""


@dataclass(frozen=True, eq=False)
class Reading:
    """What automatic readers are given."""

    words: TaskWords
    contexts: Callable[[Sequence[FeatureRef]], Contexts]
    """Of the features asked for, the texts up to where they are most active, strongest first."""


@dataclass(frozen=True, eq=False)
class Study:
    """Everything that is known of one classifier."""

    task: ClassifierTask
    texts: TaskTexts
    probes: tuple[Probe, ...]
    """The classifier, and others that differ only in their seed: figures are means over all."""
    features: tuple[ClassifierFeature, ...]
    """Of the probe's circuit, strongest support first."""
    least_support: float
    """|Support| of the last of them: where the probe's circuit is cut."""
    runs: tuple[ShiftRun, ...]
    """The SHIFT table, with the ground-truth annotator's judgements where there are any."""
    options: StudyOptions


@dataclass(frozen=True, eq=False)
class Draw:
    """One draw of a task's texts."""

    texts: TaskTexts
    words_deleted: WordsDeleted | None = None
    """The same without the words that tell the attribute."""


def study_classifier(
    model: LanguageModel,
    dictionaries: Dictionaries,
    task: ClassifierTask,
    draws: Sequence[Draw],
    options: StudyOptions | None = None,
    *,
    generic: GenericTexts | None = None,
    reading: Reading | None = None,
    keywords: Sequence[str] = (),
    workers: int = 2,
    progress: Progress | None = None,
) -> Study:
    """Train the probes, find the features that the first stands on most, see which are spurious, compare.

    All but the table is of the first draw of texts; the table's figures are means over `draws`, in each of
    which probes, features and judgements are made anew. Without `generic` there is no ground truth, without
    `reading` no reader: rows of the table without their input are left out. Raises InputError for texts of
    one class and for a group without texts.
    """
    options = options or StudyOptions()
    studied: list[StudiedDraw] = []
    try:
        for draw in draws:
            studied.append(
                study_draw(
                    model, dictionaries, task, draw, options, generic, reading, keywords, workers, progress
                )
            )
        runs = shift_table([(of.session, of.given) for of in studied], options.ablation, progress)
        first = studied[0]
        features = _features(first, options, progress)
        probes = first.session.probes
    finally:
        for of in studied:
            of.session.close()
    least = abs(first.top[-1].support) if first.top else 0.0
    return Study(task, draws[0].texts, probes, features, least, tuple(runs), options)


@dataclass(frozen=True, eq=False)
class StudiedDraw:
    """A draw of texts with its probes, their strongest features and what is said of these."""

    session: ShiftSession
    top: Sequence[FeatureEffect]
    """Strongest support first."""
    verdicts: dict[FeatureRef, Verdict]
    """The ground-truth annotator's; none where there is no ground truth."""
    given: TableInput
    """What the table's rows are made of."""


def study_draw(
    model: LanguageModel,
    dictionaries: Dictionaries,
    task: ClassifierTask,
    draw: Draw,
    options: StudyOptions,
    generic: GenericTexts | None,
    reading: Reading | None,
    keywords: Sequence[str],
    workers: int,
    progress: Progress | None,
) -> StudiedDraw:
    """Train probes on a draw of texts, find the features that the first stands on, and judge these."""
    session = ShiftSession(
        model,
        dictionaries,
        task,
        draw.texts,
        n_probes=options.probes,
        seed=options.seed,
        workers=workers,
        progress=progress,
    )
    effects = classifier_effects(
        model,
        dictionaries,
        session.probe,
        task.site,
        draw.texts.ambiguous,
        method=options.method,
        steps=options.steps,
        skip_first=task.skip_first,
        progress=progress,
    )
    top = effects.top(options.features)
    circuit = [effect.ref for effect in top]
    verdicts, embedding = _truth(model, dictionaries, circuit, generic, options, progress)
    given = TableInput(
        circuit,
        effects.active(),
        spurious=[ref for ref in circuit if verdicts[ref].spurious] if verdicts else None,
        embedding=embedding,
        readers=_readers(reading, circuit),
        words_deleted=draw.words_deleted,
        keywords=keywords,
    )
    return StudiedDraw(session, top, verdicts, given)


def _features(
    of: StudiedDraw, options: StudyOptions, progress: Progress | None
) -> tuple[ClassifierFeature, ...]:
    """Everything that the page shows of the features that are judged."""
    session, circuit, readers = of.session, of.given.circuit, of.given.readers
    alone = session.alone(circuit, progress, ablation=options.ablation)
    means = session.values(circuit, "mean")
    balanced = session.texts.balanced
    pooled = pooled_features(session.model, session.dictionaries, circuit, balanced.tokens)
    return tuple(
        ClassifierFeature(
            effect.ref,
            effect.push,
            of.verdicts[effect.ref].spurious if of.verdicts else None,
            alone[effect.ref],
            tuple(groups),
            mean=means[effect.ref],
            readers=sum(effect.ref in found for found in readers) / len(readers) if readers else None,
        )
        for effect, groups in zip(of.top, group_means(pooled, balanced), strict=True)
    )


def _truth(
    model: LanguageModel,
    dictionaries: Dictionaries,
    circuit: Sequence[FeatureRef],
    generic: GenericTexts | None,
    options: StudyOptions,
    progress: Progress | None,
) -> tuple[dict[FeatureRef, Verdict], list[FeatureRef] | None]:
    """Verdicts of the ground-truth annotator on the circuit, and all features of the embedding it rejects."""
    if generic is None:
        return {}, None
    embed = Site("embed", -1)
    n_embed = dictionaries[embed].n_features if embed in dictionaries else 0
    embedding = [FeatureRef(embed, j) for j in range(n_embed)]
    asked = list(dict.fromkeys([*circuit, *embedding]))
    pooled = pooled_features(model, dictionaries, asked, generic.tokens, progress)
    found = verdicts_of(asked, pooled, generic.attribute, generic.label, options.correlation)
    verdicts = {verdict.ref: verdict for verdict in found}
    return verdicts, [ref for ref in embedding if verdicts[ref].spurious]


def _readers(reading: Reading | None, circuit: Sequence[FeatureRef]) -> list[frozenset[FeatureRef]]:
    """What each automatic reader calls spurious."""
    if reading is None:
        return []
    contexts = reading.contexts(circuit)
    return [spurious_to(reader, contexts, reading.words) for reader in READERS]

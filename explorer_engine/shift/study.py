"""A classifier from its texts to everything the SHIFT page shows: probe, features, verdicts, table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from torch import Tensor

from explorer_engine.dictionaries.base import Dictionaries
from explorer_engine.models import LanguageModel
from explorer_engine.progress import Progress
from explorer_engine.shift.annotate import Verdict, group_means, pooled_features, verdicts_of
from explorer_engine.shift.effects import classifier_effects
from explorer_engine.shift.live import ShiftSession
from explorer_engine.shift.options import StudyOptions
from explorer_engine.shift.probe import Probe
from explorer_engine.shift.readers import READERS, Contexts, TaskWords, spurious_to
from explorer_engine.shift.rivals import TableInput, WordsDeleted, shift_table
from explorer_engine.shift.task import ClassifierTask
from explorer_engine.shift.texts import TaskTexts
from explorer_engine.shift.values import ClassifierFeature, ShiftRun
from explorer_engine.sites import FeatureRef, Site

__all__ = ["GenericTexts", "Reading", "Study", "study_classifier"]


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


def study_classifier(
    model: LanguageModel,
    dictionaries: Dictionaries,
    task: ClassifierTask,
    texts: TaskTexts,
    options: StudyOptions | None = None,
    *,
    generic: GenericTexts | None = None,
    reading: Reading | None = None,
    words_deleted: WordsDeleted | None = None,
    keywords: Sequence[str] = (),
    workers: int = 2,
    progress: Progress | None = None,
) -> Study:
    """Train the probes, find the features that the first stands on most, see which are spurious, compare.

    Without `generic` there is no ground truth, without `reading` no reader: rows of the table without their
    input are left out. Raises InputError for texts of one class and for a group without texts.
    """
    options = options or StudyOptions()
    session = ShiftSession(
        model,
        dictionaries,
        task,
        texts,
        n_probes=options.probes,
        seed=options.seed,
        workers=workers,
        progress=progress,
    )
    try:
        effects = classifier_effects(
            model,
            dictionaries,
            session.probe,
            task.site,
            texts.ambiguous,
            method=options.method,
            steps=options.steps,
            skip_first=task.skip_first,
            progress=progress,
        )
        top = effects.top(options.features)
        circuit = [effect.ref for effect in top]
        verdicts, embedding = _truth(model, dictionaries, circuit, generic, options, progress)
        readers = _readers(reading, circuit)
        given = TableInput(
            circuit,
            effects.active(),
            spurious=[ref for ref in circuit if verdicts[ref].spurious] if verdicts else None,
            embedding=embedding,
            readers=readers,
            words_deleted=words_deleted,
            keywords=keywords,
        )
        runs = shift_table(session, given, options.ablation, progress)
        alone = session.alone(circuit, progress, ablation=options.ablation)
        means = session.values(circuit, "mean")
        pooled = pooled_features(model, dictionaries, circuit, texts.balanced.tokens)
        groups = group_means(pooled, texts.balanced)
        probes = session.probes
    finally:
        session.close()
    features = tuple(
        ClassifierFeature(
            effect.ref,
            effect.push,
            verdicts[effect.ref].spurious if verdicts else None,
            alone[effect.ref],
            tuple(groups_of),
            mean=means[effect.ref],
            readers=sum(effect.ref in found for found in readers) / len(readers) if readers else None,
        )
        for effect, groups_of in zip(top, groups, strict=True)
    )
    least = abs(top[-1].support) if top else 0.0
    return Study(task, texts, probes, features, least, tuple(runs), options)


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

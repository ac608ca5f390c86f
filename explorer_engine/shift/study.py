"""A classifier from its texts to everything the SHIFT page shows: probe, features, verdicts, table."""

from __future__ import annotations

from collections.abc import Sequence
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
from explorer_engine.shift.rivals import shift_table
from explorer_engine.shift.task import ClassifierTask
from explorer_engine.shift.texts import TaskTexts, TextSet
from explorer_engine.shift.values import ClassifierFeature, ShiftRun
from explorer_engine.sites import FeatureRef, Site

__all__ = ["GenericTexts", "Study", "study_classifier"]


@dataclass(frozen=True, eq=False)
class GenericTexts:
    """Texts of many labels on which the ground-truth annotator measures what a feature follows."""

    tokens: Sequence[Sequence[int]]
    attribute: Tensor
    """[N] 0 or 1"""
    label: Tensor
    """[N] any number of labels"""


@dataclass(frozen=True, eq=False)
class Study:
    """Everything that is known of one classifier."""

    task: ClassifierTask
    texts: TaskTexts
    probe: Probe
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
    generic: GenericTexts | None = None,
    options: StudyOptions | None = None,
    *,
    words_deleted: TextSet | None = None,
    keywords: Sequence[str] = (),
    workers: int = 2,
    progress: Progress | None = None,
) -> Study:
    """Train the probe, find the features it stands on most, see which are spurious, remove those, compare.

    `generic` None: no feature is judged, and the rows of the table that need judgements are left out. The
    rest as in `shift_table`. Raises InputError for texts of one class and for a group without test texts.
    """
    options = options or StudyOptions()
    session = ShiftSession(
        model, dictionaries, task, texts, seed=options.seed, workers=workers, progress=progress
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
        embed = Site("embed", -1)
        n_embed = dictionaries[embed].n_features if embed in dictionaries else 0
        embedding = [FeatureRef(embed, j) for j in range(n_embed)]
        verdicts: dict[FeatureRef, Verdict] = {}
        if generic is not None:
            asked = list(dict.fromkeys([*circuit, *embedding]))
            pooled = pooled_features(model, dictionaries, asked, generic.tokens, progress)
            found = verdicts_of(asked, pooled, generic.attribute, generic.label, options.correlation)
            verdicts = {verdict.ref: verdict for verdict in found}
        runs = shift_table(
            session,
            circuit,
            [ref for ref in circuit if verdicts[ref].spurious] if verdicts else None,
            active=effects.active(),
            embedding=[ref for ref in embedding if verdicts[ref].spurious] if verdicts else None,
            words_deleted=words_deleted,
            keywords=keywords,
            progress=progress,
        )
        alone = session.alone(circuit, progress)
        groups = group_means(pooled_features(model, dictionaries, circuit, texts.test.tokens), texts.test)
    finally:
        session.close()
    features = tuple(
        ClassifierFeature(
            effect.ref,
            effect.push,
            verdicts[effect.ref].spurious if verdicts else None,
            alone[effect.ref],
            tuple(means),
        )
        for effect, means in zip(top, groups, strict=True)
    )
    least = abs(top[-1].support) if top else 0.0
    return Study(task, texts, session.probe, features, least, tuple(runs), options)

"""A classifier from its texts to everything the SHIFT page shows: probe, features, verdicts, table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from torch import Tensor

from explorer_engine.attribution.choices import Method
from explorer_engine.dictionaries import Dictionaries
from explorer_engine.models import LanguageModel
from explorer_engine.shift.annotate import GroupMean, Verdict, group_means, judge, pooled_features
from explorer_engine.shift.baselines import Row, shift_table
from explorer_engine.shift.effects import FeatureEffect, classifier_effects
from explorer_engine.shift.live import ShiftSession
from explorer_engine.shift.probe import Probe
from explorer_engine.shift.task import ClassifierTask, TextSet
from explorer_engine.sites import FeatureRef, Site

__all__ = ["GenericTexts", "Study", "StudyFeature", "study_classifier"]


@dataclass(frozen=True, eq=False)
class GenericTexts:
    """Texts of many labels on which the ground-truth annotator measures what a feature follows."""

    tokens: Sequence[Sequence[int]]
    attribute: Tensor
    """[N] 0 or 1"""
    label: Tensor
    """[N] any number of labels"""


@dataclass(frozen=True, eq=False)
class StudyFeature:
    """A feature of the probe's circuit."""

    effect: FeatureEffect
    verdict: Verdict
    """The ground-truth annotator's."""
    alone: float
    """Change of profession accuracy, in points, when only this feature is removed."""
    groups: tuple[GroupMean, ...]
    """Pooled activation on the test texts, (label, attribute) = (0,0), (0,1), (1,0), (1,1)."""

    @property
    def ref(self) -> FeatureRef:
        return self.effect.ref


@dataclass(frozen=True, eq=False)
class Study:
    """Everything that is known of one classifier."""

    task: ClassifierTask
    probe: Probe
    features: tuple[StudyFeature, ...]
    """The probe's circuit, strongest support first."""
    rows: tuple[Row, ...]
    """The SHIFT table, with the ground-truth annotator's judgements."""


def study_classifier(
    model: LanguageModel,
    dictionaries: Dictionaries,
    task: ClassifierTask,
    generic: GenericTexts,
    *,
    n_features: int = 100,
    method: Method = "attribution",
    words_deleted: TextSet | None = None,
    keywords: Sequence[str] = (),
    seed: int = 0,
    workers: int = 2,
    progress: Callable[[str, float], None] | None = None,
) -> Study:
    """Train the probe, find the `n_features` it stands on most, judge them by the ground truth, compare.

    `words_deleted` and `keywords` as in `shift_table`; `progress` is told a step in words and the share of it
    that is done.
    """

    def say(step: str) -> Callable[[float], None]:
        def told(share: float) -> None:
            if progress is not None:
                progress(step, share)

        return told

    say("probe")(0.0)
    session = ShiftSession(model, dictionaries, task, seed=seed, workers=workers)
    try:
        effects = classifier_effects(
            model,
            dictionaries,
            session.probe,
            task.site,
            task.ambiguous,
            method=method,
            skip_first=task.skip_first,
            progress=say("effects"),
        )
        top = effects.top(n_features)
        circuit = [effect.ref for effect in top]
        embed = Site("embed", -1)
        n_embed = dictionaries[embed].n_features if embed in dictionaries else 0
        embedding = [FeatureRef(embed, j) for j in range(n_embed)]
        asked = list(dict.fromkeys([*circuit, *embedding]))
        say("annotator")(0.0)
        pooled = pooled_features(model, dictionaries, asked, generic.tokens)
        verdicts = {v.ref: v for v in judge(asked, pooled, generic.attribute, generic.label)}
        spurious = [ref for ref in circuit if verdicts[ref].spurious]
        rows = shift_table(
            session,
            circuit,
            spurious,
            active=effects.active(),
            embedding=[ref for ref in embedding if verdicts[ref].spurious],
            words_deleted=words_deleted,
            keywords=keywords,
            progress=lambda name: say(f"row {name}")(0.0),
        )
        alone = session.alone(circuit, say("features alone"))
        groups = group_means(pooled_features(model, dictionaries, circuit, task.test.tokens), task.test)
    finally:
        session.close()
    features = tuple(
        StudyFeature(effect, verdicts[effect.ref], alone[effect.ref], tuple(found))
        for effect, found in zip(top, groups, strict=True)
    )
    return Study(task, session.probe, features, tuple(rows))

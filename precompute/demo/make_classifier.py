"""Stage `classifiers`: probes that learned a shortcut, their circuits, and the SHIFT table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import torch

from explorer_engine.circuits.rows import CircuitEntry, to_rows
from explorer_engine.shift.circuit import classifier_circuit
from explorer_engine.shift.measures import Share
from explorer_engine.shift.options import StudyOptions
from explorer_engine.shift.study import GenericTexts, Study, study_classifier
from explorer_engine.shift.task import ClassifierTask
from explorer_engine.shift.texts import TaskTexts, TextSet
from explorer_engine.shift.values import ShiftRun
from explorer_engine.sites import Site
from explorer_engine.store import shards
from precompute.demo.corpus.bios_task import (
    Bio,
    BioKnobs,
    ambiguous_bios,
    balanced_bios,
    generic_bios,
    without_gender_words,
)
from precompute.demo.corpus.professions import PROFESSIONS
from precompute.progress import reporter
from precompute.source import Source

__all__ = ["ClassifierRecipe", "make_classifiers"]

STEPS = 14
"""What `study_classifier` tells of: probe, effects, annotator, ten rows of the table, features alone."""


@dataclass(frozen=True)
class ClassifierRecipe:
    """The classifiers' data and how they are cleaned."""

    tasks: tuple[tuple[str, str], ...] = (("professor", "nurse"), ("chef", "engineer"))
    knobs: BioKnobs = field(default_factory=BioKnobs)
    site: str = "resid_2"
    training: int = 1600
    test: int = 1000
    generic: int = 2000
    """Texts of all professions that the ground-truth annotator judges by."""
    study: StudyOptions = field(default_factory=StudyOptions)
    seed: int = 0


def make_classifiers(recipe: ClassifierRecipe, made: Source, folder: Path) -> None:
    """Shards of every task."""
    bios = generic_bios(recipe.generic, recipe.seed, recipe.knobs)
    generic = GenericTexts(
        made.model.tokenizer([bio.text for bio in bios])["input_ids"],
        attribute=torch.tensor([bio.attribute for bio in bios]),
        label=torch.tensor([bio.label for bio in bios]),
    )
    for professions in recipe.tasks:
        _write(recipe, made, _study(recipe, made, generic, professions), folder / "shards")


def _text_set(made: Source, bios: Sequence[Bio]) -> TextSet:
    tokens = made.model.tokenizer([bio.text for bio in bios])["input_ids"]
    return TextSet.of(tokens, [bio.label for bio in bios], [bio.attribute for bio in bios])


def task_of(recipe: ClassifierRecipe, professions: tuple[str, str]) -> ClassifierTask:
    """One task in words."""
    return ClassifierTask(
        name="-".join(professions),
        site=Site.parse(recipe.site),
        classes=professions,
        attributes=("male", "female"),
        label_name="Profession",
        attribute_name="Gender",
    )


def texts_of(recipe: ClassifierRecipe, made: Source, professions: tuple[str, str]) -> TaskTexts:
    """The texts of one task."""
    n, seed, knobs = recipe.training, recipe.seed, recipe.knobs
    return TaskTexts(
        ambiguous=_text_set(made, ambiguous_bios(professions, n, seed, knobs)),
        balanced=_text_set(made, balanced_bios(professions, n, seed + 1, knobs)),
        test=_text_set(made, balanced_bios(professions, recipe.test, seed + 2, knobs)),
    )


def _study(
    recipe: ClassifierRecipe, made: Source, generic: GenericTexts, professions: tuple[str, str]
) -> Study:
    """Everything the SHIFT page shows of one task."""
    bar = reporter(f"classifier {'-'.join(professions)}")
    steps: list[str] = []

    def progress(step: str, share: float) -> None:
        if step not in steps:
            steps.append(step)
            bar(len(steps), STEPS)
        del share

    words = [PROFESSIONS[name] for name in professions]
    return study_classifier(
        made.model,
        made.dictionaries,
        task_of(recipe, professions),
        texts_of(recipe, made, professions),
        generic,
        replace(recipe.study, seed=recipe.seed),
        words_deleted=_without_gender(recipe, made, professions),
        keywords=[word for job in words for word in (*job.places, *job.tools)],
        workers=1,
        progress=progress,
    )


def _write(recipe: ClassifierRecipe, made: Source, study: Study, target: Path) -> None:
    """All shards of one task."""
    task, name = study.task, study.task.name
    heading = f"What the {task.classes[0]} / {task.classes[1]} classifier stands on"
    entry = CircuitEntry(
        f"classifier-{name}",
        heading,
        "classifier",
        classifier_circuit(made.model, made.dictionaries, study),
        task=name,
    )
    for table, rows in to_rows([entry]).items():
        shards.write(target, table, rows, f"classifier-{name}")
    shards.write(target, "classifier", [_classifier_row(recipe, study)], name)
    shards.write(target, "classifier_text", _text_rows(study), name)
    shards.write(target, "classifier_feature", _feature_rows(study), name)
    groups = (
        {"task": name, "site": str(f.ref.site), "feature": f.ref.index, **asdict(mean)}
        for f in study.features
        for mean in f.groups
    )
    shards.write(target, "classifier_group", groups, name)
    shards.write(target, "shift_run", (_run_row(name, k, run) for k, run in enumerate(study.runs)), name)


def _without_gender(recipe: ClassifierRecipe, made: Source, professions: tuple[str, str]) -> TextSet:
    """The test texts without the words that tell the gender."""
    bios = balanced_bios(professions, recipe.test, recipe.seed + 2, recipe.knobs)
    return _text_set(made, [replace(bio, text=without_gender_words(bio.text)) for bio in bios])


def _classifier_row(recipe: ClassifierRecipe, study: Study) -> dict[str, Any]:
    task = study.task
    return {
        "task": task.name,
        "title": task.title,
        "site": str(task.site),
        "classes": task.classes,
        "attributes": task.attributes,
        "circuit": f"classifier-{task.name}",
        "probe_weight": study.probe.weight,
        "probe_bias": study.probe.bias,
        "parameters": {"seed": recipe.seed, "skip_first": task.skip_first, "training texts": recipe.training},
    }


def _text_rows(study: Study) -> Iterator[dict[str, Any]]:
    for split in ("ambiguous", "balanced", "test"):
        texts: TextSet = getattr(study.texts, split)
        labels, attributes = texts.label.tolist(), texts.attribute.tolist()
        for k, tokens in enumerate(texts.tokens):
            yield {
                "task": study.task.name,
                "split": split,
                "id": k,
                "tokens": tokens,
                "label": labels[k],
                "attribute": attributes[k],
            }


def _feature_rows(study: Study) -> Iterator[dict[str, Any]]:
    for rank, found in enumerate(study.features):
        yield {
            "task": study.task.name,
            "rank": rank,
            "site": str(found.ref.site),
            "feature": found.ref.index,
            "effect": found.effect,
            "spurious_truth": found.spurious,
            "alone": found.alone,
        }


def _run_row(task: str, rank: int, run: ShiftRun) -> dict[str, Any]:
    found = run.accuracies

    def interval(share: Share) -> list[float]:
        return [share.low, share.high]

    return {
        "task": task,
        "name": run.name,
        "rank": rank,
        "needs_balanced_labels": run.needs_balanced_labels,
        "n_ablated": run.n_ablated,
        "profession": found.label.value,
        "attribute": found.attribute.value,
        "worst": found.worst.value,
        "profession_ci": interval(found.label),
        "attribute_ci": interval(found.attribute),
        "worst_ci": interval(found.worst),
        "groups": [share.value for share in found.groups],
        "note": run.note,
    }

"""Stage `classifiers`: probes that learned a shortcut, their circuits, and the SHIFT table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import torch

from explorer_engine.shift.circuit import classifier_circuit
from explorer_engine.shift.options import StudyOptions
from explorer_engine.shift.rows import to_rows
from explorer_engine.shift.study import GenericTexts, Study, study_classifier
from explorer_engine.shift.task import ClassifierTask
from explorer_engine.shift.texts import TaskTexts, TextSet
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
        study = _study(recipe, made, generic, professions)
        circuit = classifier_circuit(made.model, made.dictionaries, study)
        for table, rows in to_rows(study, circuit).items():
            shards.write(folder / "shards", table, rows, f"classifier-{study.task.name}")


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


def _without_gender(recipe: ClassifierRecipe, made: Source, professions: tuple[str, str]) -> TextSet:
    """The test texts without the words that tell the gender."""
    bios = balanced_bios(professions, recipe.test, recipe.seed + 2, recipe.knobs)
    return _text_set(made, [replace(bio, text=without_gender_words(bio.text)) for bio in bios])

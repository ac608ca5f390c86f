"""Stage `biographies`: labelled texts that tell a profession and, beside it, a gender, as files."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

from explorer_engine.formats.tables import write_lines
from explorer_engine.shift.readers import TaskWords
from explorer_engine.shift.splits import SplitSizes
from explorer_engine.shift.task import ClassifierTask
from explorer_engine.sites import Site
from precompute.demo.corpus import words as w
from precompute.demo.corpus.bios_task import (
    Bio,
    BioKnobs,
    ambiguous_bios,
    balanced_bios,
    generic_bios,
    without_gender_words,
)
from precompute.demo.corpus.professions import GENDERS, PROFESSIONS
from precompute.engine.stage import Stage
from precompute.engine.work import Work
from precompute.stages.classifiers import LabelledTask

__all__ = ["BiographiesRecipe", "labelled_tasks", "stage"]

GENERIC = "generic.jsonl"


@dataclass(frozen=True)
class BiographiesRecipe:
    """The tasks and their texts."""

    tasks: tuple[tuple[str, str], ...] = (("professor", "nurse"), ("chef", "engineer"))
    knobs: BioKnobs = field(default_factory=BioKnobs)
    site: str = "resid_2"
    """Where the probes read."""
    training: int = 1600
    test: int = 1000
    generic: int = 2000
    """Texts of all professions that the ground-truth annotator judges by."""
    draws: int = 3
    """How often the texts of a task are drawn: the first is shown, the table's figures are means over all."""
    seed: int = 0


def stage(recipe: BiographiesRecipe) -> Stage:
    """GENERIC, and of every task and draw its texts, and those with the words deleted."""

    def run(unit: str, folder: Path) -> None:
        if unit == "generic":
            _write(generic_bios(recipe.generic, recipe.seed, recipe.knobs), folder / GENERIC)
        else:
            for draw in range(recipe.draws):
                _write_draw(recipe, names[unit], draw, _draw(folder, unit, draw))

    names = {"-".join(professions): professions for professions in recipe.tasks}
    return Stage("biographies", 3, recipe, (), run, lambda: [["generic", *names]], lambda _: Work())


def labelled_tasks(recipe: BiographiesRecipe, folder: Path) -> list[LabelledTask]:
    """What `stage` writes into its folder, as the classifiers' stage takes it."""
    return [_labelled(recipe, professions, folder) for professions in recipe.tasks]


def _labelled(recipe: BiographiesRecipe, professions: tuple[str, str], folder: Path) -> LabelledTask:
    task = ClassifierTask(
        name="-".join(professions),
        site=Site.parse(recipe.site),
        classes=professions,
        attributes=("male", "female"),
        label_name="Profession",
        attribute_name="Gender",
    )
    words = [PROFESSIONS[name] for name in professions]
    keywords = tuple(word for job in words for word in (*job.places, *job.tools))
    draws = tuple(_draw(folder, task.name, draw) for draw in range(recipe.draws))
    sizes = SplitSizes(recipe.training, recipe.training, recipe.test, recipe.generic)
    return LabelledTask(task, draws, folder / GENERIC, keywords, _told(), sizes=sizes)


def _draw(folder: Path, task: str, draw: int) -> Path:
    return folder / task / f"draw-{draw}"


def _told() -> TaskWords:
    """The words that tell a gender, and those that tell a profession."""
    names = tuple(frozenset(name.lower() for name in found) for found in (w.MALE_NAMES, w.FEMALE_NAMES))
    words = [frozenset(word.lower() for word in vars(gender).values()) for gender in GENDERS]
    professions = {
        job.title: frozenset(w.words_of(job.title, *job.places, *job.tools, *job.acts))
        for job in PROFESSIONS.values()
    }
    return TaskWords((words[0] | names[0], words[1] | names[1]), professions, names[0] | names[1])


def _write_draw(recipe: BiographiesRecipe, professions: tuple[str, str], draw: int, folder: Path) -> None:
    n, seed, knobs = recipe.training, recipe.seed + 10 * draw, recipe.knobs
    ambiguous = ambiguous_bios(professions, n, seed, knobs)
    test = balanced_bios(professions, recipe.test, seed + 2, knobs)
    folder.mkdir(parents=True, exist_ok=True)
    _write(ambiguous, folder / "ambiguous.jsonl")
    _write(balanced_bios(professions, n, seed + 1, knobs), folder / "balanced.jsonl")
    _write(test, folder / "test.jsonl")
    for name, bios in (("ambiguous", ambiguous), ("test", test)):
        without = (replace(bio, text=without_gender_words(bio.text)) for bio in bios)
        _write(without, folder / f"words-deleted-{name}.jsonl")


def _write(bios: Iterable[Bio], path: Path) -> None:
    lines = ({"text": bio.text, "label": bio.label, "attribute": bio.attribute} for bio in bios)
    write_lines(path, lines)

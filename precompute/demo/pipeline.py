"""The demo world's recipe and the order of its stages."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import torch

from explorer_engine.dictionaries.training import TrainingOptions
from explorer_engine.errors import InputError
from precompute.demo.language_model import LanguageModelRecipe
from precompute.demo.make_behaviours import BehaviourRecipe, make_behaviours
from precompute.demo.make_circuits import CircuitRecipe, make_circuits
from precompute.demo.make_classifier import ClassifierRecipe, make_classifiers
from precompute.demo.make_dashboards import DashboardRecipe, make_dashboards
from precompute.demo.make_model import CorpusRecipe, make_corpus, make_dictionaries, make_language_model
from precompute.demo.make_world import publish_world
from precompute.progress import say
from precompute.stages._engine import Stage, run_stages

__all__ = ["Recipe", "build_world", "stages_of"]


@dataclass(frozen=True)
class Recipe:
    """Everything that decides the demo world."""

    corpus: CorpusRecipe = field(default_factory=CorpusRecipe)
    language_model: LanguageModelRecipe = field(default_factory=LanguageModelRecipe)
    dictionaries: TrainingOptions = field(default_factory=TrainingOptions)
    dashboards: DashboardRecipe = field(default_factory=DashboardRecipe)
    behaviours: BehaviourRecipe = field(default_factory=BehaviourRecipe)
    circuits: CircuitRecipe = field(default_factory=CircuitRecipe)
    classifiers: ClassifierRecipe = field(default_factory=ClassifierRecipe)


def stages_of(recipe: Recipe, work: Path) -> list[Stage]:
    """The stages in order, each writing to `work/NAME`."""
    r = recipe
    corpus, model = work / "corpus", work / "language-model"
    trained = (corpus / "documents.npz", model / "model", work / "dictionaries" / "dictionaries")
    makers: list[tuple[str, object, tuple[Path, ...], Callable[[Path], None]]] = [
        ("corpus", r.corpus, (), lambda to: make_corpus(r.corpus, to)),
        (
            "language-model",
            r.language_model,
            (corpus,),
            lambda to: make_language_model(r.language_model, corpus, to),
        ),
        (
            "dictionaries",
            r.dictionaries,
            (corpus, model / "model"),
            lambda to: make_dictionaries(r.dictionaries, corpus, model, to),
        ),
        ("dashboards", r.dashboards, trained, lambda to: make_dashboards(r.dashboards, work, to)),
        (
            "behaviours",
            r.behaviours,
            (*trained, model / "checkpoints"),
            lambda to: make_behaviours(r.behaviours, r.language_model, work, to),
        ),
        ("circuits", r.circuits, trained, lambda to: make_circuits(r.circuits, work, to)),
        ("classifiers", r.classifiers, trained, lambda to: make_classifiers(r.classifiers, work, to)),
    ]

    def stage(name: str, options: object, inputs: tuple[Path, ...], make: Callable[[Path], None]) -> Stage:
        return Stage(name, 1, options, inputs, lambda _, folder: make(folder))

    return [stage(*maker) for maker in makers]


def build_world(out: Path, work: Path, only: str | None = None, recipe: Recipe | None = None) -> None:
    """Bring all stages up to date and publish the world in `out`; `only` names a stage to do again.

    Runs on one thread, so that the same numbers come out whatever the number of cores. Raises InputError
    for a stage that does not exist.
    """
    torch.set_num_threads(1)
    stages = stages_of(recipe or Recipe(), work)
    names = [stage.name for stage in stages]
    if only is not None and only not in names:
        raise InputError(f"--only {only}: there is no such stage; the stages are {', '.join(names)}")
    done = run_stages(stages, work, only)
    say("publishing")
    counts = publish_world(done, work, out)
    size = sum(file.stat().st_size for file in out.rglob("*") if file.is_file())
    seconds = sum(how.seconds for how in done.values())
    rows = f"{sum(counts.values()):,} rows, {size / 1e6:.1f} MB"
    say(f"{out}: {rows}; the stages took {seconds / 60:.0f} minutes")

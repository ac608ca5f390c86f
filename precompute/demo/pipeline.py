"""The demo world's recipe and the order of its stages."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from pathlib import Path

import torch

from explorer_engine.behaviours.options import BehaviourOptions
from explorer_engine.circuits.options import CircuitOptions, SweepOptions
from explorer_engine.dictionaries.training import TrainingOptions
from explorer_engine.errors import InputError
from explorer_engine.quality import with_bars
from explorer_engine.shift.options import StudyOptions
from precompute.demo import abilities, biographies_task, cluster_scores, pairs
from precompute.demo.bars import BARS
from precompute.demo.corpus import stage as corpus_stage
from precompute.demo.corpus.windows import load_windows
from precompute.demo.figures import figures_of
from precompute.demo.planted import PlantedChoice, PlantedRecipe, planted_label
from precompute.language_model.options import LanguageModelOptions
from precompute.language_model.training import checkpoint_steps, load_checkpoint
from precompute.progress import say
from precompute.source import Source
from precompute.stages import (
    behaviours,
    circuits,
    classifiers,
    dashboards,
    dictionaries,
    language_model,
    loss_curves,
)
from precompute.stages._engine import Stage, run_stages
from precompute.stages.publish import WorldWords, publish_world

__all__ = ["Recipe", "build_world", "stages_of"]


@dataclass(frozen=True)
class Recipe:
    """Everything that decides the demo world."""

    corpus: corpus_stage.CorpusRecipe = field(default_factory=corpus_stage.CorpusRecipe)
    language_model: LanguageModelOptions = field(default_factory=LanguageModelOptions)
    abilities: abilities.AbilitiesRecipe = field(default_factory=abilities.AbilitiesRecipe)
    dictionaries: TrainingOptions = field(
        default_factory=lambda: TrainingOptions(
            kind="batch-topk",
            features=2048,
            mlp_features=1024,
            attention_features=512,
            embed_features=1024,
            active=10,
            embed_active=3,
        )
    )
    dashboards: dashboards.DashboardOptions = field(default_factory=dashboards.DashboardOptions)
    planted: PlantedRecipe = field(default_factory=PlantedRecipe)
    behaviours: BehaviourOptions = field(default_factory=BehaviourOptions)
    pairs: pairs.PairsRecipe = field(default_factory=pairs.PairsRecipe)
    circuits: circuits.ContrastOptions = field(
        default_factory=lambda: circuits.ContrastOptions(
            pairs=100,
            circuit=CircuitOptions(steps=10, n_nodes=150, edge_threshold=0.002),
            sweep=SweepOptions(start_layer=1),
        )
    )
    biographies: biographies_task.BiographiesRecipe = field(
        default_factory=biographies_task.BiographiesRecipe
    )
    classifiers: StudyOptions = field(default_factory=StudyOptions)


def source_of(work: Path) -> Source:
    """Model, dictionaries (as shipped, in half precision) and documents that the first stages make."""
    return Source(
        work / "language-model" / "model",
        work / "dictionaries" / "dictionaries",
        work / "corpus" / "shards",
    )


def stages_of(recipe: Recipe, work: Path) -> list[Stage]:
    """The stages in order, each writing to `work/NAME`."""
    r, source = recipe, source_of(work)
    corpus, checkpoints = work / "corpus", work / "language-model" / "checkpoints"
    planted = PlantedChoice(r.planted, corpus / "documents.npz")
    return [
        corpus_stage.stage(r.corpus),
        language_model.stage(
            r.language_model,
            corpus / "tokenizer",
            lambda: load_windows(corpus / "training.npz").tokens,
            lambda: load_windows(corpus / "test.npz").tokens,
            (corpus / "training.npz", corpus / "test.npz"),
        ),
        abilities.stage(r.abilities, source_of(work).model_folder, corpus / "test.npz"),
        dictionaries.stage(
            r.dictionaries,
            source,
            lambda n: load_windows(corpus / "training.npz").examples(n),
            lambda: load_windows(corpus / "test.npz").examples(),
            (corpus / "training.npz", corpus / "test.npz"),
        ),
        dashboards.stage(r.dashboards, source),
        behaviours.stage(r.behaviours, source, planted, planted_label, asdict(r.planted)),
        cluster_scores.stage(r.behaviours, source, planted),
        loss_curves.stage(
            checkpoint_steps(r.language_model.steps),
            lambda step: load_checkpoint(r.language_model, checkpoints, step),
            source,
            work / "behaviours" / "shards",
            checkpoints,
        ),
        pairs.stage(r.pairs),
        circuits.stage(r.circuits, source, pairs.pairs_files(work / "pairs")),
        biographies_task.stage(r.biographies),
        classifiers.stage(
            r.classifiers,
            source,
            biographies_task.labelled_tasks(r.biographies, work / "biographies"),
            work / "dashboards" / "shards",
        ),
    ]


def words_of(work: Path) -> WorldWords:
    """What the demo world says of itself."""
    return WorldWords(
        title="Demo world",
        summary="A small GPT-NeoX trained on synthetic text in which behaviours were planted, "
        "so that for everything found in it the truth is known.",
        model="demo GPT-NeoX",
        data="Synthetic text: sentences, biographies, lists, dates, steps, quotes and code "
        "from seeded templates",
        command="python -m precompute demo",
        artefacts={
            "corpus": "corpus",
            "language-model": "model",
            "abilities": "abilities",
            "dictionaries": "dictionaries",
            "dashboards": "dashboards",
            "behaviours": "behaviours",
            "cluster-scores": "cluster scores",
            "training-loss": "training loss",
            "circuits": "circuits",
            "classifiers": "classifier",
        },
        files={
            "model": source_of(work).model_folder,
            "dictionaries": source_of(work).dictionaries_folder,
            "pairs": work / "pairs",
        },
    )


def build_world(out: Path, work: Path, only: str | None = None, recipe: Recipe | None = None) -> None:
    """Bring all stages up to date and publish the world in `out`; `only` names a stage to do again.

    Runs on one thread, so that the same numbers come out whatever the number of cores. Raises InputError
    for a stage that does not exist.
    """
    torch.set_num_threads(1)
    recipe = recipe or Recipe()
    stages = stages_of(recipe, work)
    names = [stage.name for stage in stages]
    if only is not None and only not in names:
        raise InputError(f"--only {only}: there is no such stage; the stages are {', '.join(names)}")
    done = run_stages(stages, work, only)
    say("publishing")
    figures = with_bars(figures_of(work, ["-".join(task) for task in recipe.biographies.tasks]), BARS)
    counts = publish_world(words_of(work), source_of(work), done, work, out, figures)
    size = sum(file.stat().st_size for file in out.rglob("*") if file.is_file())
    seconds = sum(how.seconds for how in done.values())
    rows = f"{sum(counts.values()):,} rows, {size / 1e6:.1f} MB"
    say(f"{out}: {rows}; the stages took {seconds / 60:.0f} minutes")

"""The demo world's recipe: its options, the order of its stages, and what it says of itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from explorer_engine.behaviours.options import BehaviourOptions
from explorer_engine.circuits.options import SweepOptions
from explorer_engine.dictionaries.training import TrainingOptions
from explorer_engine.models import LanguageModel
from explorer_engine.naming.options import NamingOptions
from explorer_engine.quality import QualityFigure, with_bars
from explorer_engine.shift.options import StudyOptions
from precompute.demo import abilities, biographies_task, cluster_scores, pairs
from precompute.demo.bars import BARS
from precompute.demo.corpus import stage as corpus_stage
from precompute.demo.corpus.mixture import passages
from precompute.demo.corpus.windows import load_windows
from precompute.demo.figures import figures_of
from precompute.demo.planted import PlantedChoice, PlantedRecipe, planted_label
from precompute.engine.stage import Stage
from precompute.language_model.families import new_model
from precompute.language_model.options import LanguageModelOptions
from precompute.language_model.training import checkpoint_steps, load_checkpoint
from precompute.plan.speeds import Sample
from precompute.recipe.recipe import Recipe
from precompute.source import Source
from precompute.stages import (
    ablations,
    behaviours,
    circuits,
    classifiers,
    dashboards,
    dictionaries,
    language_model,
    loss_curves,
    names,
)
from precompute.stages.publish import WorldWords

__all__ = ["DemoRecipe"]


@dataclass(frozen=True)
class DemoRecipe(Recipe):
    """Everything that decides the demo world: its text is made, so that the truth about it is known."""

    corpus: corpus_stage.CorpusRecipe = field(default_factory=corpus_stage.CorpusRecipe)
    language_model: LanguageModelOptions = field(
        default_factory=lambda: LanguageModelOptions(steps=7000, seed=1)
    )
    abilities: abilities.AbilitiesRecipe = field(default_factory=abilities.AbilitiesRecipe)
    dictionaries: TrainingOptions = field(
        default_factory=lambda: TrainingOptions(
            kind="batch-topk",
            features=1024,
            mlp_features=512,
            attention_features=384,
            embed_features=640,
            active=10,
            attention_active=12,
            embed_active=3,
            joint_steps=400,
            seed=1,
        )
    )
    dashboards: dashboards.DashboardOptions = field(default_factory=dashboards.DashboardOptions)
    names: NamingOptions = field(default_factory=NamingOptions)
    planted: PlantedRecipe = field(default_factory=PlantedRecipe)
    behaviours: BehaviourOptions = field(default_factory=BehaviourOptions)
    pairs: pairs.PairsRecipe = field(default_factory=pairs.PairsRecipe)
    circuits: circuits.ContrastOptions = field(
        default_factory=lambda: circuits.ContrastOptions(
            sweep=SweepOptions(start_layer=1),
        )
    )
    biographies: biographies_task.BiographiesRecipe = field(
        default_factory=biographies_task.BiographiesRecipe
    )
    classifiers: StudyOptions = field(default_factory=StudyOptions)
    ablations: ablations.AblationOptions = field(default_factory=ablations.AblationOptions)

    def source(self, work: Path) -> Source:
        """Model, dictionaries (as shipped, in half precision) and documents that the first stages make."""
        return Source(
            work / "language-model" / "model",
            work / "dictionaries" / "dictionaries",
            work / "corpus" / "shards",
        )

    def stages(self, work: Path) -> list[Stage]:
        """The stages in order, each writing to `work/NAME`."""
        r, source = self, self.source(work)
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
            abilities.stage(r.abilities, self.source(work).model_folder, corpus / "test.npz"),
            dictionaries.stage(
                r.dictionaries,
                source,
                lambda: load_windows(corpus / "training.npz"),
                lambda: load_windows(corpus / "test.npz"),
                (corpus / "training.npz", corpus / "test.npz"),
            ),
            dashboards.stage(r.dashboards, source),
            names.stage(r.names, source, work / "dashboards" / "shards"),
            behaviours.stage(r.behaviours, source, planted, planted_label, asdict(r.planted), planted.most),
            cluster_scores.stage(r.behaviours, source, planted),
            loss_curves.stage(
                checkpoint_steps(r.language_model.steps),
                lambda step: load_checkpoint(r.language_model, checkpoints, step),
                source,
                (work / "behaviours" / "shards",),
                (checkpoints,),
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
            ablations.stage(
                r.ablations,
                source,
                work / "dashboards" / "shards",
                [work / name / "shards" for name in ("behaviours", "circuits", "classifiers")],
            ),
        ]

    def sample(self, work: Path) -> Sample:
        """An untrained model of the demo's shape, and the sizes of its dictionaries."""
        o = self.language_model
        return Sample(
            lambda: LanguageModel(new_model(o)),
            self.corpus.window,
            self.corpus.documents,
            self.corpus.test_windows,
            texts=lambda: (passage.text for passage in passages("plan")),
            trained=o,
            fitted=self.dictionaries,
        )

    def words(self, work: Path, command: str) -> WorldWords:
        """What the demo world says of itself."""
        return WorldWords(
            title="Demo world",
            summary="A small GPT-NeoX trained on synthetic text in which behaviours were planted, "
            "so that for everything found in it the truth is known.",
            model="demo GPT-NeoX",
            data="Synthetic text: sentences, biographies, lists, dates, steps, quotes and code "
            "from seeded templates",
            command=command,
            artefacts={
                "corpus": "corpus",
                "language-model": "model",
                "abilities": "abilities",
                "dictionaries": "dictionaries",
                "dashboards": "dashboards",
                "names": "names of features",
                "behaviours": "behaviours",
                "cluster-scores": "cluster scores",
                "training-loss": "training loss",
                "circuits": "circuits",
                "classifiers": "classifier",
                "ablations": "ablations",
            },
            files={
                "model": self.source(work).model_folder,
                "dictionaries": self.source(work).dictionaries_folder,
                "pairs": work / "pairs",
            },
        )

    def figures(self, work: Path) -> Sequence[QualityFigure]:
        """The figures of its report, against their bars."""
        namer = names.Namer(self.names, self.source(work), work / "dashboards" / "shards")
        return with_bars(figures_of(work, ["-".join(task) for task in self.biographies.tasks], namer), BARS)

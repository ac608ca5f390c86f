"""The recipe of any world: which stages make it from a model, dictionaries and text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from explorer_engine.devices import pick_device
from explorer_engine.errors import InputError
from explorer_engine.hub import model_folder
from explorer_engine.models import LanguageModel, load_model
from explorer_engine.naming.options import NamingOptions
from explorer_engine.shift.options import StudyOptions
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
    imported,
    labelled,
    language_model,
    loss_curves,
    names,
    text,
    tokenizer,
)
from precompute.stages.publish import WorldWords
from precompute.texts.source import open_texts
from precompute.windows import StoredWindows
from precompute.world.options import (
    DictionariesOptions,
    ModelOptions,
    PairsOptions,
    WorldBehaviourOptions,
)
from precompute.world.places import dictionaries_place, step_of

__all__ = ["WorldRecipe"]

_USING = ("behaviours", imported.STAGE, "circuits", "classifiers")
"""Stages whose circuits and lists say which features matter."""


@dataclass(frozen=True)
class WorldRecipe(Recipe):
    """A world of any model, dictionaries and text. Every field is here with its value; paths are as seen
    from the folder that the command is started in."""

    text: text.TextOptions
    """Where the text comes from, and how much of it is used for what."""
    title: str = ""
    """As the app calls the world; left out, the model's name."""
    summary: str = ""
    """One sentence about it."""
    data: str = ""
    """What the text is, in words; left out, its source."""
    model: ModelOptions = field(default_factory=ModelOptions)
    """The language model."""
    tokenizer: tokenizer.TokenizerOptions = field(default_factory=tokenizer.TokenizerOptions)
    """The tokenizer of a model that is trained here."""
    language_model: LanguageModelOptions = field(default_factory=LanguageModelOptions)
    """A model that is trained here; its vocabulary must hold the tokenizer's."""
    dictionaries: DictionariesOptions = field(default_factory=DictionariesOptions)
    """The sparse dictionaries."""
    dashboards: dashboards.DashboardOptions = field(default_factory=dashboards.DashboardOptions)
    """What the feature pages show."""
    names: NamingOptions = field(default_factory=NamingOptions)
    """How features are named by patterns over the tokens of their contexts."""
    behaviours: WorldBehaviourOptions = field(default_factory=WorldBehaviourOptions)
    """How behaviours are found."""
    ablations: ablations.AblationOptions = field(default_factory=ablations.AblationOptions)
    """Of which features it is measured beforehand what the next token loses without them; of the others the
    feature's page measures it when asked."""
    circuits: circuits.ContrastOptions = field(default_factory=circuits.ContrastOptions)
    """How circuits of contrastive pairs are found and tested."""
    pairs: tuple[PairsOptions, ...] = ()
    """A file of contrastive pairs, of which a circuit is found: one [[pairs]] each."""
    study: StudyOptions = field(default_factory=StudyOptions)
    """How classifiers of labelled texts are studied."""
    classifiers: tuple[labelled.ClassifierOptions, ...] = ()
    """A file of labelled texts, of which a classifier is trained and cleaned: one [[classifiers]] each."""

    def __post_init__(self) -> None:
        called = {
            "pairs": [Path(given.file).stem for given in self.pairs],
            "classifiers": [given.task.name for given in self.classifiers],
        }
        for table, given in called.items():
            if twice := next((name for name in given if given.count(name) > 1), None):
                raise InputError(f"{table}: two are called {twice}: rename one")
        if not self.dictionaries.source and self.text.training_windows < 1:
            raise InputError(
                f"text: training_windows is {self.text.training_windows}, but dictionaries are trained on "
                "them: give some, or a source of dictionaries"
            )

    @property
    def _trained(self) -> bool:
        return not self.model.source

    @property
    def unused(self) -> tuple[str, ...]:
        """What is of a model trained here, where one is given, and of classifiers, where there are none."""
        given = () if self._trained else ("tokenizer", "language_model")
        return given if self.classifiers else (*given, "study")

    def source(self, work: Path) -> Source:
        """The model, dictionaries and documents, where they lie or will lie."""
        trained, given = work / "language-model" / "model", self.dictionaries.source
        return Source(
            trained if self._trained else model_folder(self.model.source),
            dictionaries_place(given) if given else work / "dictionaries" / "dictionaries",
            work / "text" / "shards",
            pick_device(self.model.device),
        )

    def sample(self, work: Path) -> Sample:
        """The model, or an untrained one of its shape; the text's beginning; dictionaries, or their sizes."""
        where, given = self.source(work), self.dictionaries.source
        trained = self.language_model if self._trained else None
        return Sample(
            lambda: (
                load_model(where.model_folder, device=where.device)
                if trained is None
                else LanguageModel(new_model(trained))
            ),
            self.text.window,
            self.text.documents,
            self.text.test_windows,
            where.dictionaries_folder if given else None,
            lambda: open_texts(self.text.alone()),
            trained,
            None if given else self.dictionaries.training,
        )

    def stages(self, work: Path) -> list[Stage]:
        """The stages in their order; without pairs there is no stage `circuits`, and so on."""
        source, texts = self.source(work), work / "text"
        training, test = (StoredWindows(texts / f"{name}.npy") for name in ("training", "test"))
        vocabulary = work / "tokenizer" / "tokenizer" if self._trained else source.model_folder
        files = training.file, test.file
        found = [text.stage(self.text, vocabulary)]
        if self._trained:
            found.insert(0, tokenizer.stage(self.tokenizer, self.text))
            found.append(
                language_model.stage(
                    self.language_model,
                    vocabulary,
                    lambda: training.tokens,
                    lambda: test.tokens,
                    files,
                    source.device,
                )
            )
        if self.dictionaries.source:
            found.append(dictionaries.found_stage(source, lambda: test, (test.file,)))
        else:
            found.append(
                dictionaries.stage(self.dictionaries.training, source, lambda: training, lambda: test, files)
            )
        found += [
            dashboards.stage(self.dashboards, source),
            names.stage(self.names, source, work / "dashboards" / "shards"),
            behaviours.stage(self.behaviours.found, source),
        ]
        contexts = [work / "behaviours" / "shards"]
        if self.behaviours.published:
            clusters = imported.cluster_files(self.behaviours.published)
            found.append(imported.stage(self.behaviours.found, source, clusters))
            contexts.append(work / imported.STAGE / "shards")
        found += self._loss_curves(source, work, contexts)
        if self.pairs:
            found.append(circuits.stage(self.circuits, source, [_file(pairs) for pairs in self.pairs]))
        if self.classifiers:
            tasks = labelled.labelled_tasks(self.classifiers, work / "labelled")
            found.append(labelled.stage(self.classifiers))
            found.append(classifiers.stage(self.study, source, tasks, work / "dashboards" / "shards"))
        uses = [work / stage.name / "shards" for stage in found if stage.name in _USING]
        found.append(ablations.stage(self.ablations, source, work / "dashboards" / "shards", uses))
        return found

    def _loss_curves(self, source: Source, work: Path, contexts: Sequence[Path]) -> list[Stage]:
        """The stage, where there are checkpoints of the model."""
        if self._trained:
            folder = work / "language-model" / "checkpoints"
            load = partial(load_checkpoint, self.language_model, folder)
            steps = checkpoint_steps(self.language_model.steps)
            return [loss_curves.stage(steps, load, source, contexts, (folder,))]
        if not self.model.checkpoints:
            return []
        known: dict[int, str] = {}
        for name in self.model.checkpoints:
            if (step := step_of(name)) in known:
                raise InputError(f"model.checkpoints: {known[step]} and {name} are both of step {step}")
            known[step] = name
        load = partial(loss_curves.load_folder, known, self.model.source)
        folders = tuple(path for name in known.values() if (path := Path(name)).is_dir())
        read = (self.model.source, *known.values())
        return [loss_curves.stage(sorted(known), load, source, contexts, folders, read)]

    def words(self, work: Path, command: str) -> WorldWords:
        """What the world says of itself."""
        name = Path(self.model.source).name or f"{self.language_model.family}, trained here"
        files = {}
        if self._trained:
            files["model"] = self.source(work).model_folder
        if not self.dictionaries.source:
            files["dictionaries"] = self.source(work).dictionaries_folder
        return WorldWords(
            title=self.title or name,
            summary=self.summary,
            model=name,
            data=self.data or self.text.source,
            command=command,
            artefacts={
                "text": "corpus",
                "language-model": "model",
                "dictionaries": "dictionaries",
                "dashboards": "dashboards",
                "names": "names of features",
                "behaviours": "behaviours",
                imported.STAGE: "imported clusters",
                "training-loss": "training loss",
                "circuits": "circuits",
                "classifiers": "classifier",
                "ablations": "ablations",
            },
            files=files,
        )


def _file(pairs: PairsOptions) -> circuits.PairsFile:
    path = Path(pairs.file)
    tests = {Path(name).stem: Path(name) for name in pairs.tests}
    return circuits.PairsFile(path.stem, pairs.title or path.stem, path, tests)

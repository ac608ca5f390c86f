"""Stage `classifiers`: probes of labelled texts, what they stand on, and the SHIFT table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import torch

from explorer_engine.formats.labelled import read_labelled
from explorer_engine.shift.circuit import classifier_circuit
from explorer_engine.shift.options import StudyOptions
from explorer_engine.shift.rows import to_rows
from explorer_engine.shift.study import GenericTexts, study_classifier
from explorer_engine.shift.task import ClassifierTask
from explorer_engine.shift.texts import TaskTexts, TextSet
from explorer_engine.store import shards
from precompute.progress import bars
from precompute.source import Source
from precompute.stages._engine import Stage

__all__ = ["LabelledTask", "stage"]

SPLITS = ("ambiguous", "balanced", "test")
"""In the order of `TaskTexts`."""


@dataclass(frozen=True)
class LabelledTask:
    """A classifier to clean and the files of its texts, in the form that `read_labelled` reads."""

    task: ClassifierTask
    folder: Path
    """With ambiguous.jsonl, balanced.jsonl, test.jsonl and, where words tell the attribute, the test texts
    without them: words-deleted.jsonl."""
    generic: Path | None = None
    """Texts of many labels that the ground-truth annotator judges by; None: no feature is judged."""
    keywords: tuple[str, ...] = ()
    """Words of the label, for the concept bottleneck."""


def stage(options: StudyOptions, source: Source, tasks: Sequence[LabelledTask]) -> Stage:
    """Shards of every task: classifier, texts, features, runs, and the probe's circuit."""
    job = _Classifiers(options, source, {task.task.name: task for task in tasks})
    said = [{**asdict(t.task), "site": str(t.task.site), "keywords": t.keywords} for t in tasks]
    texts = {path: None for t in tasks for path in (t.folder, t.generic) if path is not None}
    inputs = (*source.places[:2], *texts)
    decides = {**asdict(options), "tasks": said}
    return Stage("classifiers", 2, decides, inputs, job.run, lambda: list(job.tasks))


@dataclass(frozen=True)
class _Classifiers:
    """A unit is a task."""

    options: StudyOptions
    source: Source
    tasks: dict[str, LabelledTask]

    def run(self, unit: str, folder: Path) -> None:
        given, source = self.tasks[unit], self.source
        without = given.folder / "words-deleted.jsonl"
        study = study_classifier(
            source.model,
            source.dictionaries,
            given.task,
            TaskTexts(*(self._texts(given.folder / f"{split}.jsonl") for split in SPLITS)),
            None if given.generic is None else self._generic(given.generic),
            self.options,
            words_deleted=self._texts(without) if without.exists() else None,
            keywords=given.keywords,
            workers=1,
            progress=bars(),
        )
        circuit = classifier_circuit(source.model, source.dictionaries, study)
        for table, rows in to_rows(study, circuit).items():
            shards.write(folder / "shards", table, rows, f"classifier-{unit}")

    def _texts(self, file: Path) -> TextSet:
        found = read_labelled(file, self.source.model.tokenizer)
        return TextSet.of(found.tokens, found.label, found.attribute)

    def _generic(self, file: Path) -> GenericTexts:
        found = read_labelled(file, self.source.model.tokenizer)
        return GenericTexts(found.tokens, torch.tensor(found.attribute), torch.tensor(found.label))

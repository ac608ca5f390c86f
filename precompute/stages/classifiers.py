"""Stage `classifiers`: probes of labelled texts, what they stand on, and the SHIFT table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import torch

from explorer_engine.circuits.faithfulness import NODE_COUNTS
from explorer_engine.dashboards.rows import contexts_from_rows
from explorer_engine.formats.labelled import LabelledColumns, read_labelled, read_numbered
from explorer_engine.formats.tables import ENDINGS
from explorer_engine.shift.circuit import classifier_circuit
from explorer_engine.shift.options import StudyOptions
from explorer_engine.shift.readers import Contexts, TaskWords
from explorer_engine.shift.rivals import WordsDeleted
from explorer_engine.shift.rows import to_rows
from explorer_engine.shift.splits import SplitSizes
from explorer_engine.shift.study import (
    Draw,
    GenericTexts,
    Reading,
    StudiedDraw,
    Study,
    study_classifier,
    study_draw,
)
from explorer_engine.shift.task import ClassifierTask
from explorer_engine.shift.texts import TaskTexts, TextSet
from explorer_engine.sites import FeatureRef
from explorer_engine.store import shards
from precompute.engine.stage import Stage
from precompute.engine.work import Shape, Work
from precompute.progress import bars
from precompute.source import Source

__all__ = ["Classifiers", "LabelledTask", "stage"]

_ROWS = 20
"""Of the table, that are computed anew."""
_RUNS = 5 * 2 * len(NODE_COUNTS)
"""Behind the faithfulness of the probe's circuit: five curves, circuit and complement at each size."""
SPLITS = ("ambiguous", "balanced", "test")
"""In the order of `TaskTexts`."""
_COLUMNS = LabelledColumns(label_values=(0, 1), attribute_values=(0, 1))


@dataclass(frozen=True)
class LabelledTask:
    """A classifier to clean and the files of its texts, in the form that `read_labelled` reads."""

    task: ClassifierTask
    draws: tuple[Path, ...]
    """Folders with ambiguous.jsonl, balanced.jsonl, test.jsonl and, where words tell the attribute, the same
    texts without them: words-deleted-ambiguous.jsonl, words-deleted-test.jsonl; .csv and .parquet will do. Of
    several the first is shown and the table's figures are means over all."""
    generic: Path | None = None
    """Texts of many labels that the ground-truth annotator judges by, in the form that `read_numbered` reads;
    None: no feature is judged."""
    keywords: tuple[str, ...] = ()
    """Words of the label, for the concept bottleneck."""
    words: TaskWords | None = None
    """What automatic readers of contexts know; None: there are no readers."""
    longest: int | None = None
    """Tokens of a text that are read; None: all."""
    sizes: SplitSizes = field(default_factory=SplitSizes)
    """Texts of each kind at most: what the work is reckoned by."""


def stage(
    options: StudyOptions, source: Source, tasks: Sequence[LabelledTask], dashboards: Path | None = None
) -> Stage:
    """Shards of every task: classifier, texts, features, runs, and the probe's circuit.

    `dashboards` is the folder of shards whose contexts automatic readers read; None: there are no readers.
    """
    job = Classifiers(options, source, {task.task.name: task for task in tasks}, dashboards)
    said = [_said(task) for task in tasks]
    texts = {path: None for t in tasks for path in (*t.draws, t.generic) if path is not None}
    inputs = (*source.places, *texts, *([] if dashboards is None else [dashboards]))
    decides = {**asdict(options), "tasks": said}
    return Stage(
        "classifiers",
        6,
        decides,
        inputs,
        job.run,
        lambda: [list(job.tasks)],
        work=lambda of: _work(options, tasks, of),
    )


def _work(options: StudyOptions, tasks: Sequence[LabelledTask], of: Shape) -> Work:
    """Each draw: all texts once, the test texts for each row of the table, the effects of the training texts;
    of the first draw each feature alone on the development texts, and how faithful the probe's circuit is.
    Texts are taken to be half a window."""
    forward = gradient = 0
    for task in tasks:
        n, draws = task.sizes, len(task.draws)
        forward += draws * (n.training + n.development + n.generic + (_ROWS + 1) * n.test)
        forward += options.features * n.development + _RUNS * options.tested_texts
        gradient += draws * n.training * (options.steps if options.method == "ig" else 1)
    half = min(of.window, *(task.longest or of.window for task in tasks)) / 2
    return Work(forward=forward * half, gradient=gradient * half, encoded=gradient * half)


def _said(given: LabelledTask) -> dict[str, object]:
    """What decides a task, besides its texts."""
    words = given.words
    known = None if words is None else {
        "attributes": [sorted(found) for found in words.attributes],
        "labels": {label: sorted(found) for label, found in words.labels.items()},
        "names": sorted(words.names),
    }  # fmt: skip
    return {**asdict(given.task), "site": str(given.task.site), "keywords": given.keywords,
            "words": known, "longest": given.longest}  # fmt: skip


@dataclass(frozen=True)
class Classifiers:
    """A unit is a task."""

    options: StudyOptions
    source: Source
    tasks: dict[str, LabelledTask]
    dashboards: Path | None
    """Shards with the contexts of features, that readers read."""

    def study_draw(self, unit: str) -> StudiedDraw:
        """The probes, features and judgements of a task's first draw of texts."""
        given, source = self.tasks[unit], self.source
        return study_draw(
            source.model,
            source.dictionaries,
            given.task,
            self._draw(given.draws[0], given.longest),
            self.options,
            None if given.generic is None else self._generic(given.generic, given.longest),
            self.reading(given.words),
            given.keywords,
            workers=1,
            progress=bars(),
        )

    def study(self, unit: str) -> Study:
        """Everything that is known of a task's classifier."""
        given, source = self.tasks[unit], self.source
        return study_classifier(
            source.model,
            source.dictionaries,
            given.task,
            [self._draw(folder, given.longest) for folder in given.draws],
            self.options,
            generic=None if given.generic is None else self._generic(given.generic, given.longest),
            reading=self.reading(given.words),
            keywords=given.keywords,
            workers=1,
            progress=bars(),
        )

    def reading(self, words: TaskWords | None) -> Reading | None:
        """What automatic readers are given; None where there are no words or no contexts."""
        return None if words is None or self.dashboards is None else Reading(words, self._contexts)

    def run(self, unit: str, folder: Path) -> None:
        """Write the shards of a task."""
        study = self.study(unit)
        circuit = classifier_circuit(self.source.model, self.source.dictionaries, study)
        for table, rows in to_rows(study, circuit).items():
            shards.write(folder / "shards", table, rows, f"classifier-{unit}")

    def _draw(self, folder: Path, longest: int | None) -> Draw:
        texts = TaskTexts(*(self._texts(_file(folder, split), longest) for split in SPLITS))
        without = [_file(folder, f"words-deleted-{split}") for split in ("ambiguous", "test")]
        deleted = WordsDeleted(*(self._texts(f, longest) for f in without)) if without[1].exists() else None
        return Draw(texts, deleted)

    def _texts(self, file: Path, longest: int | None) -> TextSet:
        found = read_labelled(file, self.source.model.tokenizer, _COLUMNS)
        assert found.attribute is not None
        return TextSet.of([tokens[:longest] for tokens in found.tokens], found.label, found.attribute)

    def _contexts(self, refs: Sequence[FeatureRef]) -> Contexts:
        """Of each feature its strongest contexts: the piece of the document up to the peak."""
        assert self.dashboards is not None
        tokenizer, documents, wanted = self.source.model.tokenizer, self.source.documents, set(refs)
        between = set(tokenizer.all_special_ids)
        found: dict[FeatureRef, list[str]] = {ref: [] for ref in refs}
        for site in sorted({ref.site for ref in wanted}):
            rows = shards.read(self.dashboards, "feature_context", str(site))
            for context in contexts_from_rows(sorted(rows, key=lambda row: row["rank"])):
                if context.bin == 0 and context.ref in wanted:
                    before = documents[context.document][: context.position + 1]
                    first = max((i + 1 for i, t in enumerate(before[:-1]) if t in between), default=0)
                    found[context.ref].append(tokenizer.decode(before[first:]))
        return found

    def _generic(self, file: Path, longest: int | None) -> GenericTexts:
        found = read_numbered(file, self.source.model.tokenizer)
        return GenericTexts(
            [tokens[:longest] for tokens in found.tokens],
            torch.tensor(found.attribute),
            torch.tensor(found.label),
        )


def _file(folder: Path, name: str) -> Path:
    """The file of that name in whichever form there is, JSON lines before others."""
    files = [folder / f"{name}{ending}" for ending in ENDINGS]
    return next((file for file in files if file.exists()), files[0])

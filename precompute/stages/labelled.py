"""Stage `labelled`: files of labelled texts split as SHIFT needs them, drawn several times."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from explorer_engine.errors import InputError
from explorer_engine.formats.labelled import Value
from explorer_engine.formats.tables import ENDINGS, Row, checked, read_rows, write_lines
from explorer_engine.shift.readers import TaskWords
from explorer_engine.shift.splits import SplitSizes, draw_generic, draw_task
from explorer_engine.shift.task import ClassifierTask
from explorer_engine.sites import Site
from precompute.engine.stage import Stage
from precompute.engine.work import Work
from precompute.progress import say
from precompute.stages.classifiers import SPLITS, LabelledTask
from precompute.texts.columns import read_on
from precompute.texts.dataset import commit_of, dataset_rows, is_id

__all__ = ["ClassifierOptions", "labelled_tasks", "stage"]

GENERIC = "generic.jsonl"


@dataclass(frozen=True)
class ClassifierOptions:
    """A file of labelled texts, of which a classifier is trained, studied and shown on the SHIFT page."""

    file: str
    """CSV, JSON lines, Parquet, or the id of a data set of the hub (`@REVISION` may follow): in each row a
    text, its label, and an attribute that a classifier of the label should not use."""
    site: str
    """The residual site whose mean over tokens the probe reads, as resid_2; the paper takes a late layer."""
    classes: tuple[Value, Value]
    """The two values of the label column to tell apart; texts of others serve the ground-truth annotator."""
    attributes: tuple[Value, Value]
    """The two values of the attribute column; the probe learns from texts in which the first goes with the
    first class and the second with the second."""
    name: str = ""
    """Of the classifier in addresses; left out, the file's."""
    split: str = "train"
    """Of a data set of the hub."""
    test: str = ""
    """Another file like it, or another split of the data set, that test texts are drawn from, and nothing
    else; left out, they are drawn from the same texts."""
    text: str = "text"
    """Column of the texts."""
    label: str = "label"
    """Column of the labels."""
    attribute: str = "attribute"
    """Column of the attribute."""
    class_names: tuple[str, ...] = ()
    """What the two classes are called; left out, as their values."""
    attribute_names: tuple[str, ...] = ()
    """What the two attributes are called; left out, as their values."""
    label_name: str = ""
    """What the label is, as a heading says it: Toxicity; left out, the column's name."""
    attribute_name: str = ""
    """What the attribute is; left out, the column's name."""
    title: str = ""
    """As pages call the classifier; left out, it is made from the classes."""
    label_words: tuple[tuple[str, ...], ...] = ()
    """For each class words that tell it: for concept bottleneck probing, and for readers of contexts. Left
    out, the table lacks the concept bottleneck."""
    attribute_words: tuple[tuple[str, ...], ...] = ()
    """For each attribute words that tell it, names included: what readers of contexts know, and what the row
    without these words deletes. Left out, the table lacks both."""
    names: tuple[str, ...] = ()
    """Those of the attributes' words that are people's names, which half of the readers do not know."""
    longest: int = 128
    """Tokens of a text that are read; what follows is cut off."""
    skip_first: bool = False
    """Whether the tokenizer puts a token of its own before a text (BOS): effects leave it out."""
    draws: int = 3
    """How often the splits are drawn: the first is shown, the table's figures are means over all."""
    sizes: SplitSizes = field(default_factory=SplitSizes)
    """How many texts of each kind; fewer of all where the file has not so many."""
    seed: int = 0
    """Of the draws."""

    def __post_init__(self) -> None:
        for name in ("classes", "attributes"):
            if len(set(getattr(self, name))) != 2:
                raise InputError(f"{name} are {list(getattr(self, name))}: give two different values")
        for name in ("class_names", "attribute_names", "label_words", "attribute_words"):
            if len(getattr(self, name)) not in (0, 2):
                raise InputError(f"{name} has {len(getattr(self, name))} entries: give two, or leave it out")
        for name in ("draws", "longest"):
            if getattr(self, name) < 1:
                raise InputError(f"{name} is {getattr(self, name)}: give at least 1")
        _ = self.task

    @property
    def task(self) -> ClassifierTask:
        """The task in words; its name is made from the file's."""
        classes, attributes = (
            tuple(names or map(str, values))
            for names, values in ((self.class_names, self.classes), (self.attribute_names, self.attributes))
        )
        return ClassifierTask(
            name=re.sub(r"[^\w.-]+", "-", self.name or Path(self.file).stem),
            site=Site.parse(self.site),
            classes=(classes[0], classes[1]),
            attributes=(attributes[0], attributes[1]),
            label_name=self.label_name or self.label.capitalize(),
            attribute_name=self.attribute_name or self.attribute.capitalize(),
            title=self.title,
            skip_first=self.skip_first,
        )

    @property
    def words(self) -> TaskWords | None:
        """What readers of contexts know; None where nothing tells them the attribute."""
        if not self.attribute_words:
            return None
        first, second = (frozenset(map(str.lower, words)) for words in self.attribute_words)
        labels = zip(self.task.classes, self.label_words, strict=False)
        return TaskWords(
            (first, second),
            {name: frozenset(map(str.lower, words)) for name, words in labels},
            frozenset(map(str.lower, self.names)),
        )


def stage(given: Sequence[ClassifierOptions]) -> Stage:
    """For each task TASK/draw-K/ with ambiguous, balanced and test texts, those of ambiguous and test again
    without the attribute's words where there are any, and TASK/generic.jsonl. Units are the tasks."""
    tasks = {options.task.name: options for options in given}
    places = [place for options in given for place in (options.file, options.test) if place]
    sets = sorted({options.file for options in given if not _is_file(options.file) and is_id(options.file)})
    return Stage(
        "labelled",
        2,
        given,
        tuple(dict.fromkeys(Path(place) for place in places if _is_file(place))),
        lambda unit, folder: _write(tasks[unit], folder / unit),
        lambda: [list(tasks)],
        lambda _: Work(),
        (lambda: _commits(sets)) if sets else None,
    )


def labelled_tasks(given: Sequence[ClassifierOptions], folder: Path) -> list[LabelledTask]:
    """What `stage` writes into its folder, as the classifiers' stage takes it."""
    return [
        LabelledTask(
            options.task,
            tuple(folder / options.task.name / f"draw-{k}" for k in range(options.draws)),
            folder / options.task.name / GENERIC if options.sizes.generic else None,
            tuple(word for words in options.label_words for word in words),
            options.words,
            longest=options.longest,
            sizes=options.sizes,
        )
        for options in given
    ]


@dataclass(frozen=True)
class _Rows:
    """The different texts of a file, with numbers for label and attribute."""

    text: list[str]
    label: list[int]
    """0 and 1 are the task's classes, others follow."""
    attribute: list[int]
    """0 and 1 are the task's; −1: another."""
    tested: list[bool] | None
    """Which are for test alone; None: any may be."""

    def lines(self, rows: Iterable[int]) -> list[dict[str, object]]:
        """Rows as the classifiers' stage reads them."""
        return [{"text": self.text[k], "label": self.label[k], "attribute": self.attribute[k]} for k in rows]


def _write(options: ClassifierOptions, folder: Path) -> None:
    found, task = _read(options), options.task
    folder.mkdir(parents=True, exist_ok=True)
    tested = found.tested or [False] * len(found.text)
    readable = [-1 if test else value for value, test in zip(found.attribute, tested, strict=True)]
    generic = draw_generic(found.label, readable, options.sizes, [options.seed])
    if options.sizes.generic:
        write_lines(folder / GENERIC, found.lines(generic))
    judged = set(generic)
    label = [-1 if k in judged else value for k, value in enumerate(found.label)]
    for draw in range(options.draws):
        try:
            drawn = draw_task(
                label, found.attribute, options.sizes, [options.seed, draw], task.groups, found.tested
            )
        except InputError as problem:
            raise InputError(f"{options.file}: {problem}") from None
        (place := folder / f"draw-{draw}").mkdir(exist_ok=True)
        for split, rows in zip(SPLITS, (drawn.ambiguous, drawn.balanced, drawn.test), strict=True):
            lines = found.lines(rows)
            write_lines(place / f"{split}.jsonl", lines)
            if options.attribute_words and split != "balanced":
                write_lines(place / f"words-deleted-{split}.jsonl", _without(lines, options))


def _read(options: ClassifierOptions) -> _Rows:
    """Texts that occur with several labels or attributes are left out, which is said.

    Raises InputError for a file that cannot be read, and for a column or a value that is not there.
    """
    rows = _table(options.file, options.split, options)
    n, test = len(rows), options.test
    if test:
        rows += _table(test, "", options) if _is_file(test) else _table(options.file, test, options)
    for column, values in ((options.label, options.classes), (options.attribute, options.attributes)):
        known = {row[column] for _, row in rows}
        if missing := [value for value in values if value not in known]:
            there = ", ".join(sorted(map(repr, known))[:8])
            raise InputError(f"{options.file}: column {column!r} never is {missing[0]!r}: it holds {there}")
    others = sorted({row[options.label] for _, row in rows} - set(options.classes), key=repr)
    labels = {value: k for k, value in enumerate((*options.classes, *others))}
    attributes = {value: k for k, value in enumerate(options.attributes)}
    met: dict[str, tuple[int, int]] = {}
    tested: dict[str, bool] = {}
    torn: set[str] = set()
    for number, (_, row) in enumerate(rows):
        text = str(row[options.text])
        found = labels[row[options.label]], attributes.get(row[options.attribute], -1)
        if not text.strip():
            continue
        if text not in met:
            met[text] = found
            tested[text] = number >= n
        elif met[text] != found:
            torn.add(text)
    if torn:
        several = f"occur with several {options.label} or {options.attribute}: left out"
        say(f"labelled: {options.file}: {len(torn)} of {len(met)} texts {several}")
    texts = [text for text in met if text not in torn]
    labelled, attributed = ([met[text][k] for text in texts] for k in (0, 1))
    return _Rows(texts, labelled, attributed, [tested[text] for text in texts] if test else None)


def _is_file(place: str) -> bool:
    return Path(place).exists() or Path(place).suffix in ENDINGS


def _table(place: str, split: str, options: ClassifierOptions) -> list[Row]:
    """The rows of a file, or of a data set's split."""
    columns = (options.text, options.label, options.attribute)
    if _is_file(place) or not is_id(place):
        return read_rows(Path(place), columns)
    where = f"data set {place!r}, {split}"
    rows = read_on(dataset_rows(place, None, split), where)
    found = [(f"{where}, row {number}", dict(row)) for number, row in enumerate(rows, 1)]
    return checked(found, columns, where)


def _commits(sets: Sequence[str]) -> str | None:
    """At which commits data sets are; None while it cannot be said of all."""
    found = [commit_of(place) for place in sets]
    return None if None in found else " ".join(map(str, found))


def _without(lines: Sequence[dict[str, object]], options: ClassifierOptions) -> list[dict[str, object]]:
    """The same texts without the words that tell the attribute; a text of nothing else stays a blank."""
    words = sorted({word for of in options.attribute_words for word in of}, key=len, reverse=True)
    telling = re.compile(rf" ?\b({'|'.join(map(re.escape, words))})\b", re.IGNORECASE)
    return [{**line, "text": telling.sub("", str(line["text"])) or " "} for line in lines]

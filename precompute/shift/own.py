"""The table of a task of one's own: splits drawn, probes trained, their circuit found, rows computed."""

from __future__ import annotations

import argparse
import hashlib
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from explorer_engine.errors import InputError, one_line
from explorer_engine.formats.circuit_json import circuit_to_json
from explorer_engine.models import LanguageModel
from explorer_engine.shift.circuit import classifier_circuit
from explorer_engine.shift.missing import missing_rows
from explorer_engine.shift.options import StudyOptions
from explorer_engine.shift.splits import SplitSizes
from explorer_engine.shift.study import Study
from explorer_engine.shift.task import ClassifierTask
from explorer_engine.shift.values import SPLITS, ShiftRun
from explorer_engine.sites import Site
from precompute.inputs import tell_missing
from precompute.options import options_from
from precompute.shift.own_texts import OwnTexts
from precompute.shift.table import Made, document, row_of
from precompute.source import Source
from precompute.stages.classifiers import Classifiers
from precompute.stages.labelled import ClassifierOptions, labelled_tasks, stage
from precompute.world.fit_classifier import classifier_of

__all__ = ["own_table"]

_UNATTRIBUTED = "the texts have no attribute (--attribute-column)"
_OF_ATTRIBUTE = (
    "attribute", "worst group", "groups", "random", "words deleted", "readers", "embedding features", "shift",
    "neuron skyline", "feature skyline", "oracle", "attribute probe", "attribute probe after shift",
)  # fmt: skip
"""Figures and rows that take an attribute: of random features and skylines as many as are judged spurious."""
_UNJUDGED = (
    "random",
    "embedding features",
    "neuron skyline",
    "feature skyline",
    "attribute probe after shift",
)
"""Rows that take somebody who judges features."""


def own_table(
    args: argparse.Namespace, provenance: Mapping[str, Any]
) -> tuple[dict[str, Any], ClassifierTask, list[ShiftRun]]:
    """The file's content, its task and its rows; says on stderr how many texts are cut.

    `args` are those of the command. Raises InputError for texts of which no classifier can be made, and for a
    model, dictionaries or options that do not fit.
    """
    texts = OwnTexts.read(args.data, args.text_column, args.label_column, args.attribute_column)
    options, sizes = options_from(args, StudyOptions), options_from(args, SplitSizes)
    source = Source(Path(args.model), Path(args.dictionaries), Path(), args.device, args.dtype)
    longest = min(args.longest, getattr(source.model.config, "max_position_embeddings", args.longest))
    if n_cut := texts.check_tokens(source.model.tokenizer, longest):
        _say(f"{n_cut} of {len(texts.rows)} texts are longer than {longest} tokens: they are cut there")
    tell_missing(args, source.model, source.dictionaries)
    with tempfile.TemporaryDirectory() as work:
        folder = Path(work)
        used = texts if texts.attribute else texts.halved(folder)
        sizes = sizes if texts.attribute else replace(sizes, generic=0)
        task = replace(_options(args, used, source.model), sizes=sizes, longest=longest)
        try:
            study = _study(task, options, source, folder)
        except InputError as problem:
            raise InputError(str(problem).replace(str(used.file), str(texts.file))) from None
    runs = [run for run in study.runs if texts.attribute or not run.needs_labels]
    made = Made(options.seed, options.probes, {**provenance, **_inputs(source.model, texts.file)})
    rows = [
        {**row_of(run, study.task, made, label_only=texts.attribute is None), "source": "computed"}
        for run in runs
    ]
    n = {name: len(getattr(study.texts, name)) for name in ("ambiguous", *SPLITS.values())}
    content = document(study.task, n, rows, _missing(study, texts.attribute))
    if texts.attribute is None:
        content["task"] |= dict.fromkeys(("attributes", "attribute_name", "groups"))
    content["data"] = {"file": str(texts.file), "texts": len(texts.rows), "cut": n_cut, "longest": longest}
    content["features"] = [
        {
            "feature": str(f.ref),
            "effect": f.effect,
            "spurious_truth": f.spurious,
            "alone": f.alone,
            "mean": f.mean,
        }
        for f in study.features
    ]
    content["circuit"] = circuit_to_json(classifier_circuit(source.model, source.dictionaries, study).circuit)
    return content, study.task, runs


def _options(args: argparse.Namespace, texts: OwnTexts, model: LanguageModel) -> ClassifierOptions:
    """As a recipe has them."""
    assert texts.attribute is not None  # `halved` gives one
    rows, columns = [row for _, row in texts.rows], (texts.text, texts.label, texts.attribute)
    found = classifier_of(texts.file, rows, columns, texts.classes, model)
    site = Site.parse(args.site or found.site)
    model.width(site)
    return replace(
        found,
        site=str(site),
        label_words=_words(args.label_words),
        attribute_words=_words(args.attribute_words),
        draws=args.draws,
        seed=args.seed,
    )


def _study(task: ClassifierOptions, options: StudyOptions, source: Source, folder: Path) -> Study:
    """What the stages make of a recipe's classifier."""
    (name,) = (name for wave in stage([task]).units() for name in wave)
    stage([task]).run(name, folder)
    (labelled,) = labelled_tasks([task], folder)
    return Classifiers(options, source, {name: labelled}, None).study(name)


def _missing(study: Study, attribute: str | None) -> dict[str, str]:
    """Row → why it is not there."""
    there = {run.name for run in study.runs}
    found = missing_rows(study.task, there)
    if attribute is None:
        return found | dict.fromkeys(_OF_ATTRIBUTE, _UNATTRIBUTED)
    if "readers" not in there:
        found["readers"] = "no contexts of features to read: they come with a world"
    why = found.get("shift", "no feature of the circuit is spurious")
    return found | {row: why for row in _UNJUDGED if row not in there}


def _words(given: Sequence[str] | None) -> tuple[tuple[str, ...], ...]:
    """For each class its words, which stand with commas between."""
    return tuple(tuple(filter(None, map(str.strip, words.split(",")))) for words in given or ())


def _inputs(model: LanguageModel, file: Path) -> dict[str, Any]:
    return {"model_hash": model.fingerprint, "data_sha256": hashlib.sha256(file.read_bytes()).hexdigest()}


def _say(text: str) -> None:
    print(one_line(text), file=sys.stderr)  # noqa: T201

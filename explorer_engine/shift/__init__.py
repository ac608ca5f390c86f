"""SHIFT: find what a classifier stands on, judge it, remove it, and measure what changed (the paper, §4).

`task` and `texts` say what is to be cleaned, `study` does all of it at once, `live` holds a classifier ready
for one edit after the other, `bundle` is one to take away. `measures` and `values` are what comes out; they
cost no torch, and the names below are imported on first use.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from explorer_engine.shift.annotate import Verdict, group_means, pooled_features, verdicts_of
    from explorer_engine.shift.bundle.loading import EditedClassifier, load
    from explorer_engine.shift.bundle.origin import Origin
    from explorer_engine.shift.bundle.packing import pack
    from explorer_engine.shift.circuit import classifier_circuit, support_metric
    from explorer_engine.shift.effects import (
        ClassifierEffects,
        FeatureEffect,
        classifier_effects,
        neuron_effects,
        text_examples,
    )
    from explorer_engine.shift.live import Cancelled, Counted, ShiftSession
    from explorer_engine.shift.measures import Accuracies, Measure, Share, measures_of
    from explorer_engine.shift.options import StudyOptions
    from explorer_engine.shift.probe import Probe, train_probe
    from explorer_engine.shift.readers import READERS, Reader, TaskWords, spurious_to
    from explorer_engine.shift.report import ShiftReport, flips, report_of
    from explorer_engine.shift.rivals import TableInput, WordsDeleted, concept_bottleneck, shift_table
    from explorer_engine.shift.runner import TextRunner
    from explorer_engine.shift.study import Draw, GenericTexts, Reading, Study, study_classifier
    from explorer_engine.shift.task import ClassifierTask
    from explorer_engine.shift.texts import TaskTexts, TextSet
    from explorer_engine.shift.values import ClassifierFeature, Flip, GroupMean, ShiftRun, StoredClassifier

__all__ = [
    "Accuracies",
    "Cancelled",
    "ClassifierEffects",
    "ClassifierFeature",
    "ClassifierTask",
    "Counted",
    "Draw",
    "EditedClassifier",
    "FeatureEffect",
    "Flip",
    "GenericTexts",
    "GroupMean",
    "Measure",
    "Origin",
    "Probe",
    "READERS",
    "Reader",
    "Reading",
    "Share",
    "ShiftReport",
    "ShiftRun",
    "ShiftSession",
    "StoredClassifier",
    "Study",
    "StudyOptions",
    "TableInput",
    "TaskTexts",
    "TaskWords",
    "TextRunner",
    "TextSet",
    "Verdict",
    "WordsDeleted",
    "classifier_circuit",
    "classifier_effects",
    "concept_bottleneck",
    "text_examples",
    "flips",
    "group_means",
    "load",
    "verdicts_of",
    "measures_of",
    "neuron_effects",
    "pack",
    "pooled_features",
    "report_of",
    "shift_table",
    "spurious_to",
    "study_classifier",
    "support_metric",
    "train_probe",
]

_HOMES = {
    "Accuracies": "measures",
    "Cancelled": "live",
    "ClassifierEffects": "effects",
    "ClassifierFeature": "values",
    "ClassifierTask": "task",
    "Counted": "live",
    "Draw": "study",
    "EditedClassifier": "bundle.loading",
    "FeatureEffect": "effects",
    "Flip": "values",
    "GenericTexts": "study",
    "GroupMean": "values",
    "Measure": "measures",
    "Origin": "bundle.origin",
    "Probe": "probe",
    "READERS": "readers",
    "Reader": "readers",
    "Reading": "study",
    "Share": "measures",
    "ShiftReport": "report",
    "ShiftRun": "values",
    "ShiftSession": "live",
    "StoredClassifier": "values",
    "Study": "study",
    "StudyOptions": "options",
    "TableInput": "rivals",
    "TaskTexts": "texts",
    "TaskWords": "readers",
    "TextRunner": "runner",
    "TextSet": "texts",
    "Verdict": "annotate",
    "WordsDeleted": "rivals",
    "classifier_circuit": "circuit",
    "classifier_effects": "effects",
    "concept_bottleneck": "rivals",
    "text_examples": "effects",
    "flips": "report",
    "group_means": "annotate",
    "load": "bundle.loading",
    "verdicts_of": "annotate",
    "measures_of": "measures",
    "neuron_effects": "effects",
    "pack": "bundle.packing",
    "pooled_features": "annotate",
    "report_of": "report",
    "shift_table": "rivals",
    "spurious_to": "readers",
    "study_classifier": "study",
    "support_metric": "circuit",
    "train_probe": "probe",
}


def __getattr__(name: str) -> Any:
    """Import a name from the module that holds it (PEP 562)."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)

"""SHIFT: find what a classifier stands on, judge it, remove it, and measure what changed (the paper, §4)."""

from explorer_engine.shift.annotate import GroupMean, Verdict, group_means, judge, pooled_features
from explorer_engine.shift.baselines import Row, concept_bottleneck, shift_table
from explorer_engine.shift.effects import (
    ClassifierEffects,
    FeatureEffect,
    classifier_effects,
    examples_of,
    neuron_effects,
    support_metric,
)
from explorer_engine.shift.live import Cancelled, Counted, ShiftSession
from explorer_engine.shift.probe import Probe, train_probe
from explorer_engine.shift.report import Flip, Share, ShiftReport, flips, report_of
from explorer_engine.shift.runner import TextRunner
from explorer_engine.shift.study import GenericTexts, Study, StudyFeature, study_classifier
from explorer_engine.shift.task import ClassifierTask, TextSet

__all__ = [
    "Cancelled",
    "ClassifierEffects",
    "ClassifierTask",
    "Counted",
    "FeatureEffect",
    "Flip",
    "GenericTexts",
    "GroupMean",
    "Probe",
    "Row",
    "Share",
    "ShiftReport",
    "ShiftSession",
    "Study",
    "StudyFeature",
    "TextRunner",
    "TextSet",
    "Verdict",
    "classifier_effects",
    "concept_bottleneck",
    "examples_of",
    "flips",
    "group_means",
    "judge",
    "neuron_effects",
    "pooled_features",
    "report_of",
    "shift_table",
    "study_classifier",
    "support_metric",
    "train_probe",
]

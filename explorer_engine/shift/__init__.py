"""SHIFT: find what a classifier stands on, judge it, remove it, and measure what changed (the paper, §4)."""

from explorer_engine.shift.annotate import GroupMean, Verdict, group_means, judge, pooled_features
from explorer_engine.shift.baselines import Row, concept_bottleneck, shift_table
from explorer_engine.shift.effects import (
    ClassifierEffects,
    FeatureEffect,
    classifier_effects,
    neuron_effects,
)
from explorer_engine.shift.live import Cancelled, Counted, ShiftSession
from explorer_engine.shift.probe import Probe, train_probe
from explorer_engine.shift.report import Flip, Share, ShiftReport, flips, report
from explorer_engine.shift.runner import TextRunner
from explorer_engine.shift.task import ClassifierTask, TextSet

__all__ = [
    "Cancelled",
    "ClassifierEffects",
    "ClassifierTask",
    "Counted",
    "FeatureEffect",
    "Flip",
    "GroupMean",
    "Probe",
    "Row",
    "Share",
    "ShiftReport",
    "ShiftSession",
    "TextRunner",
    "TextSet",
    "Verdict",
    "classifier_effects",
    "concept_bottleneck",
    "flips",
    "group_means",
    "judge",
    "neuron_effects",
    "pooled_features",
    "report",
    "shift_table",
    "train_probe",
]

"""How a classifier is studied: what is chosen, and within which limits."""

from __future__ import annotations

from dataclasses import dataclass

from explorer_engine.attribution.choices import Method
from explorer_engine.options import check_at_least, check_choices
from explorer_engine.shift.values import Ablation

__all__ = ["StudyOptions"]


@dataclass(frozen=True)
class StudyOptions:
    """How a classifier is studied (§4). Raises InputError for an unknown choice or a number out of range."""

    features: int = 100
    """How many features of the probe's circuit are judged: those with the largest |support|."""
    method: Method = "attribution"
    """How effects on the probe's logit are measured."""
    steps: int = 10
    """Points of integrated gradients."""
    correlation: float = 0.15
    """The ground-truth annotator's least |correlation| with the attribute of a spurious feature."""
    ablation: Ablation = "mean"
    """What features of the table's rows are set to, and what the page begins with."""
    probes: int = 10
    """Probes of seeds from `seed` on: figures are means over them, intervals over them and the texts."""
    seed: int = 0
    """First seed of the probes' training, and that of the intervals."""
    circuit_texts: int = 400
    """Ambiguous texts that the probe's circuit is found on, at most."""
    tested_texts: int = 100
    """Ambiguous texts that its faithfulness is measured on, at most: those that follow"""
    edge_threshold: float = 0.002
    """Edges with |weight| above it are in the probe's circuit."""

    def __post_init__(self) -> None:
        check_choices(self)
        check_at_least(self, 0, "correlation", "edge_threshold")
        check_at_least(self, 1, "features", "steps", "circuit_texts", "tested_texts", "probes")

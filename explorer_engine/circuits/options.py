"""What can be chosen when a circuit is found and when its faithfulness is measured."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from explorer_engine.attribution.choices import Aggregation, Baseline, Method, MetricName, Rule
from explorer_engine.options import check_at_least, check_choices

__all__ = ["Ablation", "CircuitOptions", "Errors", "NodeSelection", "SweepOptions"]

NodeSelection = Literal["averaged", "per-example"]
"""`per-example`: a downstream node counts in an edge only where its own effect in that example and position
passes the threshold."""

Ablation = Literal["mean", "zero", "resample"]
"""A node outside the circuit is set to its mean over prompts at that position, to 0, or to its value in
another prompt."""

Errors = Literal["circuit", "keep", "remove", "residual-only"]
"""SAE errors: like other nodes / never ablated / always ablated / kept at residual sites only."""


@dataclass(frozen=True)
class CircuitOptions:
    """How a circuit is found (§3.1). Raises InputError for an unknown choice or a number out of range."""

    method: Method = "ig"
    """node effects: integrated gradients, first order, or one run a node"""
    steps: int = 10
    """points of integrated gradients; at most, where there is a quadrature error to keep within"""
    rule: Rule = "left"
    """where those points lie on the way from clean (0) to patch (1): k/N as in the paper, (k + 1/2)/N, or
    Gauss-Legendre"""
    quadrature_error: float = 0.0
    """relative error of node effects to keep within, with as few points at each site as two of the examples
    need; 0: `steps` points at every site"""
    baseline: Baseline = "auto"
    """what a node is changed to; auto: the patch prompt where there is one, else 0"""
    metric: MetricName = "auto"
    """what effects are on; auto: logit-diff where there are patch answers, else log-prob"""
    aggregation: Aggregation = "none"
    """sum over positions?"""
    node_selection: NodeSelection = "averaged"
    """which nodes an edge may end at: chosen by their average, or in each example by their own effect"""
    node_threshold: float = 0.1
    """nodes with |average effect| above it are in the circuit"""
    edge_threshold: float = 0.01
    """edges with |weight| above it are in the circuit"""
    n_nodes: int | None = None
    """choose the node threshold so that this many nodes pass"""
    batch_size: int | None = None
    """examples at once; chosen by the model's width and the prompts' length where it is not given"""

    def __post_init__(self) -> None:
        check_choices(self)
        check_at_least(self, 0, "node_threshold", "edge_threshold", "n_nodes", "quadrature_error")
        check_at_least(self, 1, "steps", "batch_size")


@dataclass(frozen=True)
class SweepOptions:
    """How faithfulness is measured (§3.2). Raises InputError for an unknown choice or number out of range."""

    ablation: Ablation = "mean"
    """what nodes outside the circuit are set to"""
    errors: Errors = "circuit"
    """SAE errors: like other nodes, never ablated, always ablated, kept at residual sites only"""
    start_layer: int | None = None
    """layers below are left as they are: a third of the layers where it is not given, none at -1"""
    seed: int = 0
    """which prompts `resample` takes its values from"""
    batch_size: int | None = None
    """examples at once; chosen by the model's width and the prompts' length where it is not given"""

    def __post_init__(self) -> None:
        check_choices(self)
        check_at_least(self, -1, "start_layer")
        check_at_least(self, 1, "batch_size")

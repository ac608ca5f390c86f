"""What can be chosen about effects, by name."""

from __future__ import annotations

from typing import Literal

__all__ = ["Aggregation", "Baseline", "Method", "MetricName", "Rule"]

Method = Literal["ig", "attribution", "exact"]
"""Integrated gradients (eq. 4), first order (eq. 3), one run a node (eq. 2)."""

Rule = Literal["left", "gauss"]
"""Where the points of integrated gradients lie: the paper's k/N, or Gauss–Legendre."""

Baseline = Literal["auto", "patch", "zero"]
"""What a node is changed to: its value in the patch prompt, or 0; `auto` = patch where there are any."""

Aggregation = Literal["none", "sum"]
"""`none`: the same feature at another position is another node; `sum`: positions are summed."""

MetricName = Literal["auto", "logit-diff", "log-prob", "logit"]
"""`auto` = logit-diff where there are patch answers, else log-prob."""

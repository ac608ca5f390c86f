"""What can be chosen about effects, by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from explorer_engine.sites import Site

__all__ = ["Aggregation", "Baseline", "Method", "MetricName", "Rule", "Steps"]

Method = Literal["ig", "attribution", "exact"]
"""Integrated gradients (eq. 4), first order (eq. 3), one run a node (eq. 2)."""

Rule = Literal["left", "midpoint", "gauss"]
"""Where the points of integrated gradients lie: the paper's k/N, (k + ½)/N, or Gauss–Legendre."""

Steps = int | Mapping[Site, int]
"""How many points: the same at every site, or so many at each."""

Baseline = Literal["auto", "patch", "zero"]
"""What a node is changed to: its value in the patch prompt, or 0; `auto` = patch where there are any."""

Aggregation = Literal["none", "sum"]
"""`none`: the same feature at another position is another node; `sum`: positions are summed."""

MetricName = Literal["auto", "logit-diff", "log-prob", "logit"]
"""`auto` = logit-diff where there are patch answers, else log-prob."""

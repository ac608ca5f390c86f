"""What the demo world must reach: the bars of its quality report."""

from __future__ import annotations

from explorer_engine.quality import Bars

__all__ = ["BARS"]

BARS: Bars = {
    ("language model", "agreement, simple"): (0.98, None),
    ("language model", "agreement, across a prepositional phrase"): (0.98, None),
    ("language model", "agreement, within a relative clause"): (0.98, None),
    ("language model", "agreement, across a relative clause"): (0.98, None),
    ("language model", "increment"): (0.93, None),
    ("language model", "induction"): (0.80, None),
    ("dictionaries", "variance explained, mean"): (0.95, None),
    ("dictionaries", "variance explained, attention, lowest"): (0.90, None),
    ("dictionaries", "active features a token, mean"): (None, 20),
    ("dictionaries", "alive, mean"): (0.85, None),
    ("dictionaries", "cross-entropy recovered, mean"): (0.97, None),
    ("dictionaries", "cross-entropy recovered, lowest"): (0.92, None),
    ("behaviours", "agreement with planted truth (NMI)"): (0.80, None),
    ("behaviours", "agreement with planted truth (purity)"): (0.75, None),
    ("circuits", "faithfulness at 100 nodes, lowest"): (0.90, None),
    ("circuits", "complement at 100 nodes, highest"): (None, 0.05),
    ("circuits", "lead over neurons at 50 nodes, lowest"): (0.0, None),
    ("circuits", "lead over neurons at 100 nodes, lowest"): (0.0, None),
    ("circuits", "error nodes' share of the effect on screen, highest"): (None, 0.15),
    ("SHIFT", "original, profession"): (0.58, 0.72),
    ("SHIFT", "original, gender"): (0.78, 0.92),
    ("SHIFT", "original, worst group"): (None, 0.40),
    ("SHIFT", "oracle, profession"): (0.90, None),
    ("SHIFT", "SHIFT, profession"): (0.85, None),
    ("SHIFT", "SHIFT, gender"): (None, 0.57),
    ("SHIFT", "SHIFT, worst group"): (0.70, None),
    ("SHIFT", "SHIFT, worst group over original"): (0.30, None),
    ("SHIFT", "random, profession, away from original"): (None, 0.05),
}

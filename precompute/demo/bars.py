"""What the demo world must reach: the bars of its quality report."""

from __future__ import annotations

from explorer_engine.quality import Bars

__all__ = ["BARS"]

_SHIFT: dict[str, tuple[float | None, float | None]] = {
    "original, profession": (None, 0.72),
    "original, gender": (0.78, None),
    "original, worst group": (None, 0.40),
    "readers, profession": (0.85, None),
    "readers, gender": (None, 0.58),
    "readers, worst group": (0.72, None),
    "readers, worst group over embedding features": (0.08, None),
    "shift, profession": (0.87, None),
    "shift, gender": (None, 0.56),
    "shift, worst group": (0.76, None),
    "oracle, profession": (0.90, None),
    "random, profession over original": (-0.05, 0.05),
}

BARS: Bars = {
    ("language model", "agreement, simple"): (0.98, None),
    ("language model", "agreement, across a prepositional phrase"): (0.98, None),
    ("language model", "agreement, within a relative clause"): (0.98, None),
    ("language model", "agreement, across a relative clause"): (0.98, None),
    ("language model", "increment"): (0.93, None),
    ("language model", "induction"): (0.90, None),
    ("dictionaries", "variance explained, mean"): (0.95, None),
    ("dictionaries", "variance explained, attention, lowest"): (0.90, None),
    ("dictionaries", "active features a token, mean"): (None, 20),
    ("dictionaries", "alive, mean"): (0.85, None),
    ("dictionaries", "cross-entropy recovered, mean"): (0.97, None),
    ("dictionaries", "cross-entropy recovered, lowest"): (0.92, None),
    ("dictionaries", "cross-entropy added, all dictionaries at once"): (None, 1.0),
    ("behaviours", "balanced: agreement with planted truth (NMI)"): (0.80, None),
    ("behaviours", "balanced: agreement with planted truth (purity)"): (0.75, None),
    ("behaviours", "balanced: lead over as many clusters by tokens (NMI)"): (0.0, None),
    ("behaviours", "natural: lead over as many clusters by tokens (NMI)"): (0.0, None),
    ("circuits", "faithfulness at 100 nodes, lowest"): (0.90, None),
    ("circuits", "complement at 100 nodes, highest"): (None, 0.05),
    ("circuits", "lead over neurons at 50 nodes, lowest"): (0.0, None),
    ("circuits", "lead over neurons at 100 nodes, lowest"): (0.0, None),
    ("circuits", "features whose top contexts share one planted cause"): (0.80, None),
    ("circuits", "error nodes' share of the effect on screen, highest"): (None, 0.15),
    **{
        ("SHIFT", f"{task}: {figure}"): bar
        for task in ("professor-nurse", "chef-engineer")
        for figure, bar in _SHIFT.items()
    },
}

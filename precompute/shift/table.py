"""shift.json: every row of a SHIFT table with its figures, seeds and how it was made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from explorer_engine.shift.measures import Share, measures_of
from explorer_engine.shift.task import ClassifierTask
from explorer_engine.shift.values import ShiftRun

__all__ = ["Made", "document", "row_of"]

_FORMAT, _VERSION = "circuit-explorer/shift", 1
_RETRAINED = "+retrain"
_FIGURES = ("label", "attribute", "worst")
"""In the order of `ShiftRun.draws`."""


@dataclass(frozen=True)
class Made:
    """What rows have in common that were made together."""

    seed: int
    """The first of the probes' seeds, and that of the intervals."""
    probes: int
    """Figures are means over so many of the probes, of seeds from `seed` on."""
    provenance: Mapping[str, Any]
    """Command, time, code, and what else tells how they were made."""
    group_intervals: bool = True
    """Whether intervals of the groups are known: a store does not keep them."""


def row_of(run: ShiftRun, task: ClassifierTask, made: Made, label_only: bool = False) -> dict[str, Any]:
    """One row as plain values: shares from 0 to 1 with their 95 % intervals, null where they are not known.

    `label_only`: the texts have no attribute, so that nothing but the accuracy on the label means anything.
    """
    figures = [
        {"key": measure.key, "name": measure.name, **_share(run.accuracies.of(measure))}
        for measure in measures_of(task)
    ]
    for figure in figures:
        if label_only and figure["key"] != "label":
            figure |= {"value": None, "interval": None}
        if figure["key"].startswith("group") and not made.group_intervals:
            figure["interval"] = None
    accuracies = {figure.pop("key"): figure for figure in figures}
    groups = [accuracies.pop(key) for key in list(accuracies) if key.startswith("group")]
    return {
        "name": run.name,
        "retrained": run.name.endswith(_RETRAINED),
        "split": run.split,
        "needs": run.needs,
        "note": run.note,
        "n_ablated": run.n_ablated,
        "accuracies": accuracies,
        "groups": [] if label_only else groups,
        "seeds": {"probes": list(range(made.seed, made.seed + made.probes)), "intervals": made.seed},
        "draws": [] if label_only else [dict(zip(_FIGURES, draw, strict=True)) for draw in run.draws],
        "provenance": dict(made.provenance),
    }


def document(
    task: ClassifierTask,
    texts: Mapping[str, int],
    rows: Sequence[Mapping[str, Any]],
    missing: Mapping[str, str],
) -> dict[str, Any]:
    """What every such file begins with; `texts`: how many each split has; `missing`: row → why not."""
    return {
        "format": _FORMAT,
        "version": _VERSION,
        "task": {**asdict(task), "site": str(task.site), "groups": task.groups},
        "texts": dict(texts),
        "rows": list(rows),
        "missing": [{"what": what, "why": why} for what, why in missing.items()],
    }


def _share(share: Share) -> dict[str, Any]:
    return {"value": share.value, "interval": [share.low, share.high]}

"""The printed report of a world: its quality, circuit and SHIFT tables, read from its store."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from explorer_engine.circuits.curve import point_of_size
from explorer_engine.shift.measures import Measure, measures_of
from explorer_engine.shift.values import ShiftRun
from explorer_engine.store.artefacts import ArtefactStore
from explorer_engine.world.world import open_world

__all__ = ["world_report"]


def world_report(world: Path) -> str:
    """Figures against their bars, circuits, SHIFT tables. Raises InputError for none, or a damaged one."""
    store = open_world(world).store
    lines = ["", f"{'':<17}{'figure':<46}{'value':>7}   bar"]
    missed = 0
    for f in store.start.quality():
        bars = [f"{sign} {bar:g}" for sign, bar in (("≥", f.low), ("≤", f.high)) if bar is not None]
        missed += not f.passed
        mark = "" if f.passed else "   MISSED"
        lines.append(f"{f.area:<17}{f.figure:<46}{f.value:>7.3f}   {', '.join(bars)}{mark}")
    lines.append(f"{missed} bars missed" if missed else "every bar is met")
    lines += _circuit_lines(store)
    for classifier in store.classifiers.all():
        task = classifier.task
        figures = [measure for measure in measures_of(task) if measure.group is None]
        lines += ["", f"SHIFT, {task.name} (per cent, with 95 % intervals)"]
        heads = "".join(f"{measure.inline:>20}" for measure in figures)
        lines.append(f"{'':<28}{'ablated':>7}{heads}   what it needed")
        runs = store.classifiers.runs(task.name)
        lines += [_shift_line(run, figures) for run in runs if run.split == "test"]
    return "\n".join(lines)


def _circuit_lines(store: ArtefactStore) -> list[str]:
    """How faithful the circuits of pairs are with so many nodes kept, features beside neurons."""
    lines, n_pairs = [], set()
    for circuit in store.circuits.page(kind="contrast").rows:
        curves = store.circuits.faithfulness(circuit.id)
        points = [
            point_of_size(curves.get(unit, ()), n) for unit in ("features", "neurons") for n in (50, 100)
        ]
        kept = "".join(f"{point.faithfulness:>8.3f}" if point else f"{'–':>8}" for point in points)
        left = f"{points[1].completeness:>12.3f}" if points[1] else f"{'–':>12}"
        lines.append(f"{circuit.title:<54}{kept}{left}")
        n_pairs.add(circuit.n_examples)
    if not lines:
        return []
    sizes = " or ".join(map(str, sorted(n_pairs)))
    return [
        "",
        f"faithfulness of circuits of contrastive pairs, found on {sizes} pairs, tested on as many others",
        f"{'':<54}{'features':>16}{'neurons':>16}{'complement':>12}",
        f"{'nodes kept':<54}{50:>8}{100:>8}{50:>8}{100:>8}{100:>12}",
        *lines,
    ]


def _shift_line(run: ShiftRun, figures: Iterable[Measure]) -> str:
    shares = ""
    for measure in figures:
        value, low, high = run.accuracies.of(measure).percent
        shares += f"{f'{value:.1f} ({low:.1f}–{high:.1f})':>20}"
    return f"{run.name:<28}{run.n_ablated or '':>7}{shares}   {run.needs}"

"""`python -m precompute report`: a world's quality, circuit and SHIFT tables, read from its store."""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from statistics import median

from explorer_engine.circuits.curve import Sweep, by_unit, faithfulness_at, point_of_size
from explorer_engine.quality import QualityFigure
from explorer_engine.shift.measures import Measure, measures_of
from explorer_engine.shift.values import ShiftRun
from explorer_engine.store.artefacts import ArtefactStore
from explorer_engine.world.world import open_world
from precompute.progress import say

__all__ = ["add_parser", "run", "shift_lines", "world_report"]

REACHED = 0.8
"""Faithfulness of a behaviour's circuit above which it is counted, the recipes' own target."""
DENSE = 0.3
"""Share of tokens above which a feature says little by being active."""


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `report` to the commands."""
    parser = subparsers.add_parser(
        "report", help="print what a world's figures are, and which it has not", description=__doc__
    )
    parser.add_argument(
        "world", type=Path, nargs="?", default=Path("assets/demo"), help="its folder (%(default)s)"
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Do what the command line asks."""
    say(world_report(args.world))
    return 0


def world_report(world: Path) -> str:
    """Figures against their bars, circuits, SHIFT tables, and which of all these this world cannot have.

    Raises InputError for no world, or a damaged one.
    """
    store = open_world(world).store
    parts = [
        _quality_lines(store.start.quality()),
        _circuit_lines(store),
        _behaviour_lines(store),
        _density_lines(store),
        _names_lines(store),
        _shift_lines(store),
        _not_known(store),
    ]
    return "\n".join(line for lines in parts if lines for line in ["", *lines])


def _quality_lines(figures: Sequence[QualityFigure]) -> list[str]:
    if not figures:
        return []
    width = max(len(f.figure) for f in figures) + 2
    verdicts = Counter(f.verdict for f in figures)
    missed, average = verdicts["missed"], verdicts["passed on average"]
    lines = [f"{'':<17}{'figure':<{width}}{'value':>7} {'':<15}  bar".rstrip()]
    lines += [_quality_line(f, width) for f in figures]
    lines.append(f"{missed} bars missed" if missed else "every bar is met")
    if average:
        lines.append(f"{average} on average only: one end of the interval misses the bar")
    return lines


def _quality_line(f: QualityFigure, width: int) -> str:
    bars = [f"{sign} {bar:g}" for sign, bar in (("≥", f.low), ("≤", f.high)) if bar is not None]
    interval = f"({f.interval[0]:.3f}–{f.interval[1]:.3f})" if f.interval else ""
    mark = {"missed": "   MISSED", "passed on average": "   on average"}.get(f.verdict or "", "")
    return f"{f.area:<17}{f.figure:<{width}}{f.value:>7.3f} {interval:<15}  {', '.join(bars)}{mark}".rstrip()


def _not_known(store: ArtefactStore) -> list[str]:
    """The figures that this world cannot have, and why."""
    lines = []
    if not store.start.quality():
        lines.append("quality figures: the jobs that made this world measured none")
    if not any(c.agreement for c in store.behaviours.clusterings()):
        lines.append(
            "agreement of clusters with the truth: nobody planted the behaviours, so it is not known"
        )
    if not store.circuits.page(kind="contrast").rows:
        lines.append("faithfulness of circuits of pairs: it has no contrastive pairs")
    classifiers = store.classifiers.all()
    if not classifiers:
        lines.append("SHIFT: it has no classifier, which takes texts with labels")
    for classifier in classifiers:
        runs, name = {run.name for run in store.classifiers.runs(classifier.task.name)}, classifier.task.name
        if "shift" not in runs:
            lines.append(
                f"SHIFT by the ground truth, {name}: no texts tell which features follow the attribute"
            )
        if "readers" not in runs:
            lines.append(f"SHIFT by readers of contexts, {name}: no words of the attribute are known")
        if not classifier.other_probes:
            lines.append(
                f"spread over seeds, {name}: one probe was trained, intervals are over test texts only"
            )
    return ["not known of this world", *(f"  {line}" for line in lines)] if lines else []


def _shift_lines(store: ArtefactStore) -> list[str]:
    lines: list[str] = []
    for classifier in store.classifiers.all():
        task = classifier.task
        measures = [measure for measure in measures_of(task) if measure.group is None]
        lines += ["", *shift_lines(task.name, store.classifiers.runs(task.name), measures)]
    return lines[1:]


def shift_lines(name: str, runs: Iterable[ShiftRun], figures: Sequence[Measure]) -> list[str]:
    """The SHIFT table of a task with some of its figures, as a terminal shows it."""
    heads = "".join(f"{measure.inline:>20}" for measure in figures)
    return [
        f"SHIFT, {name} (per cent, with 95 % intervals)",
        f"{'':<28}{'ablated':>7}{heads}   what it needed",
        *(_shift_line(run, figures) for run in runs),
    ]


def _circuit_lines(store: ArtefactStore) -> list[str]:
    """How faithful the circuits of pairs are with so many nodes kept, features beside neurons, by sweep."""
    by_sweep: dict[Sweep, list[str]] = {}
    n_pairs = set()
    circuits = store.circuits.page(kind="contrast").rows
    width = max((len(circuit.title) for circuit in circuits), default=0)
    for circuit in circuits:
        measured = store.circuits.faithfulness(circuit.id)
        n_pairs.add(circuit.n_examples)
        for sweep in (sweep for sweep in measured if sweep.unit == "features"):
            curves = by_unit(measured, sweep)
            points = [
                point_of_size(curves.get(unit, ()), n) for unit in ("features", "neurons") for n in (50, 100)
            ]
            kept = "".join(f"{point.faithfulness:>8.3f}" if point else f"{'–':>8}" for point in points)
            left = f"{points[1].completeness:>12.3f}" if points[1] else f"{'–':>12}"
            by_sweep.setdefault(sweep, []).append(f"{circuit.title:<{width}}{kept}{left}")
    if not by_sweep:
        return []
    sizes = " or ".join(map(str, sorted(n_pairs)))
    lines = [
        f"faithfulness of circuits of contrastive pairs, found on {sizes} pairs",
        f"{'':<{width}}{'features':>16}{'neurons':>16}{'complement':>12}",
        f"{'nodes kept':<{width}}{50:>8}{100:>8}{50:>8}{100:>8}{100:>12}",
    ]
    for sweep in sorted(by_sweep):
        lines += [f"— {sweep.ablated}, tested on {sweep.tested_on}", *by_sweep[sweep]]
    return lines


def _behaviour_lines(store: ArtefactStore) -> list[str]:
    """How faithful the behaviours' circuits are at the size that was chosen for each, by sweep."""
    n_circuits = store.circuits.page(kind="behaviour", limit=0).total
    by_sweep: dict[Sweep, list[float]] = {}
    reached: Counter[Sweep] = Counter()
    for circuit in store.circuits.page(kind="behaviour", limit=n_circuits).rows:
        for sweep, curve in store.circuits.faithfulness(circuit.id).items():
            found = faithfulness_at(curve, circuit.node_threshold)
            if sweep.unit == "features" and found is not None:
                by_sweep.setdefault(sweep, []).append(found.faithfulness)
                reached[sweep] += found.faithfulness >= REACHED
    if not by_sweep:
        return []
    heads = "".join(f"{head:>9}" for head in ("lowest", "median", "highest"))
    lines = [
        f"faithfulness of {n_circuits} circuits of behaviours",
        f"{'':<70}{heads}{f'at least {REACHED:g}':>14}",
    ]
    for sweep, values in sorted(by_sweep.items()):
        figures = "".join(f"{value:>9.3f}" for value in (min(values), median(values), max(values)))
        share = f"{reached[sweep]} of {len(values)}"
        lines.append(f"{f'{sweep.ablated}, tested on {sweep.tested_on}':<70}{figures}{share:>14}")
    return lines


def _density_lines(store: ArtefactStore) -> list[str]:
    """How much of what circuits stand on is active nearly everywhere."""
    found = store.start.density(DENSE)
    if not found.n_features:
        return []
    carried = (
        ""
        if found.share is None
        else f"; they carry {100 * found.share:.0f} % of the effect of features in circuits"
    )
    return [
        f"features active on more than {100 * DENSE:.0f} % of the tokens",
        f"  {found.n_dense:,} of {found.n_features:,}{carried}",
    ]


def _names_lines(store: ArtefactStore) -> list[str]:
    """How many features patterns name, and how the scores of all patterns are distributed."""
    found = store.start.names()
    if not found:
        return []
    shares = ("10 %", "25 %", "median", "75 %", "90 %")
    heads = "".join(f"{share:>7}" for share in shares)
    lines = [
        "names of features by patterns of tokens, scored on contexts that these were not found on",
        f"{'':<8}{'named':>19}{'balanced accuracy, by quantile':>38}{'correlation':>38}",
        f"{'':<27}   {heads}   {heads}",
    ]
    for kind in found:
        named = f"{kind.n_named:,} of {kind.n_features:,}"
        columns = (
            "".join(f"{value:>7.2f}" for value in values) for values in (kind.accuracy, kind.correlation)
        )
        lines.append(f"{kind.kind:<8}{named:>19}   {'   '.join(columns)}")
    return lines


def _shift_line(run: ShiftRun, figures: Iterable[Measure]) -> str:
    shares = ""
    for measure in figures:
        value, low, high = run.accuracies.of(measure).percent
        shares += f"{f'{value:.1f} ({low:.1f}–{high:.1f})':>20}"
    name = run.name if run.split == "test" else f"{run.name}, {run.split} texts"
    return f"{name:<28}{run.n_ablated or '':>7}{shares}   {run.needs}"

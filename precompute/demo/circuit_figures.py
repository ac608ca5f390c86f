"""Figures of the demo world's circuits for its quality report: how faithful, and how much lies in errors."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from statistics import median

from explorer_engine.circuits.curve import (
    TARGET,
    Curve,
    FaithfulnessPoint,
    Sweep,
    point_of_size,
    whole_circuit,
)
from explorer_engine.circuits.rows import curves_of, from_rows
from explorer_engine.quality import QualityFigure
from explorer_engine.sites import OUTPUT
from explorer_engine.store import shards
from precompute.demo.corpus.agreement import STRUCTURES
from precompute.demo.pairs import TESTS

__all__ = ["error_share", "of_behaviours", "of_pairs"]

SHARE = "share"


def of_pairs(folder: Path) -> list[QualityFigure]:
    """The worst of the circuits of pairs; a size that one of them has not has no figure."""
    rows = shards.read(folder, "faithfulness")
    measured = {
        id: curves_of(row for row in rows if row["circuit"] == id)
        for id in (f"agreement-{structure}" for structure in STRUCTURES)
    }
    everything = Sweep(TESTS["tested"])
    early = replace(everything, start_layer=max(row["start_layer"] for row in rows))
    ways = {
        "": everything,
        ", without error nodes": replace(everything, errors="remove"),
        f", {early.left_whole} left whole": early,
        ", shifted pairs": replace(everything, tested_on=TESTS["shifted"]),
    }
    points = {(sweep, n): _points(measured, sweep, n) for sweep in ways.values() for n in (50, 100)}
    found = [
        _worst(
            f"faithfulness at {n} nodes{way}, lowest",
            {id: point.faithfulness for id, point in points[sweep, n].items()},
        )
        for way, sweep in ways.items()
        for n in (50, 100)
    ]
    left = {id: point.completeness for id, point in points[everything, 100].items()}
    found.append(_worst("complement at 100 nodes, highest", left, max))
    for n in (50, 100):
        neurons = _points(measured, replace(everything, unit="neurons"), n)
        lead = {
            id: point.faithfulness - neurons[id].faithfulness
            for id, point in points[everything, n].items()
            if id in neurons
        }
        found.append(_worst(f"lead over neurons at {n} nodes, lowest", lead))
    return [figure for figure in found if figure is not None]


def _points(
    measured: Mapping[str, Mapping[Sweep, Curve]], sweep: Sweep, n: int
) -> dict[str, FaithfulnessPoint]:
    """The smallest circuit of at least n nodes on each circuit's curve; empty when a curve ends before."""
    found = {id: point_of_size(curves.get(sweep, ()), n) for id, curves in measured.items()}
    known = {id: point for id, point in found.items() if point is not None}
    return known if len(known) == len(found) else {}


def _worst(
    name: str, values: Mapping[str, float], of: Callable[[Iterable[float]], float] = min
) -> QualityFigure | None:
    """The lowest or highest value of some circuits, with all of them in the note; None of nothing."""
    if not values:
        return None
    note = ", ".join(f"{id} {value:.3f}" for id, value in values.items())
    return QualityFigure("circuits", name, of(values.values()), SHARE, note=note)


def of_behaviours(folder: Path) -> list[QualityFigure]:
    """How faithful behaviours' circuits are on contexts that they were not found on, everything ablated."""
    tables = {table: shards.read(folder, table) for table in ("circuit", "faithfulness")}
    values, missed = {}, []
    for entry in from_rows(tables):
        found = whole_circuit(entry.faithfulness, entry.circuit.node_threshold)
        if found is not None:
            sweep, values[entry.id] = found[0], found[1].faithfulness
            if values[entry.id] < entry.circuit.provenance[TARGET]:
                missed.append(f"{entry.id} ({entry.title}) {values[entry.id]:.2f} on {sweep.tested_on}")
    note = f"{len(values)} circuits, {Sweep('').ablated}, on contexts that they were not found on"
    area, what = "behaviours", "circuits' faithfulness, held-out contexts"
    return [
        QualityFigure(area, f"{what}, lowest", min(values.values()), SHARE, note=note),
        QualityFigure(area, f"{what}, median", median(values.values()), SHARE, note=note),
        QualityFigure(
            area, "circuits that miss their faithfulness", len(missed) / len(values), SHARE,
            note=", ".join(missed) or None,
        ),
    ]  # fmt: skip


def error_share(folders: Iterable[Path]) -> QualityFigure:
    """The largest share that error nodes have in the effects of a circuit's nodes, of all circuits."""
    effects: dict[str, dict[bool, float]] = {}
    for row in (row for folder in folders for row in shards.read(folder, "circuit_node")):
        if row["site"] != OUTPUT:
            own = effects.setdefault(row["circuit"], {True: 0.0, False: 0.0})
            own[row["feature"] is None] += abs(row["effect"])
    shares = {id: own[True] / ((own[True] + own[False]) or 1.0) for id, own in effects.items()}
    largest = sorted(shares, key=lambda id: -shares[id])[:5]
    note = f"of {len(shares)} circuits: " + ", ".join(f"{id} {shares[id]:.2f}" for id in largest)
    name = "error nodes' share of the effect on screen, highest"
    return QualityFigure("circuits", name, shares[largest[0]], SHARE, note=note)

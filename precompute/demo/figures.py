"""The demo world's quality report: its figures, measured on what the stages have made."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import mean

from explorer_engine.circuits.curve import Curve, FaithfulnessPoint, point_of_size
from explorer_engine.circuits.rows import curves_of
from explorer_engine.dictionaries.rows import from_rows
from explorer_engine.dictionaries.values import DictionaryQuality
from explorer_engine.quality import QualityFigure
from explorer_engine.shift.rows import runs_from_rows
from explorer_engine.store import shards
from precompute.demo.abilities import Abilities
from precompute.demo.corpus.agreement import STRUCTURES

__all__ = ["figures_of"]

SHARE, NATS, COUNT = "share", "nats", "features"
STRUCTURE_NAMES = {
    "simple": "agreement, simple",
    "across-pp": "agreement, across a prepositional phrase",
    "within-rc": "agreement, within a relative clause",
    "across-rc": "agreement, across a relative clause",
}


def figures_of(work: Path, task: str) -> list[QualityFigure]:
    """All figures of the report, in its order; those of SHIFT are of one `task`."""
    return [
        *_language_model(work / "language-model"),
        *_dictionaries(work / "dictionaries" / "shards"),
        *_behaviours(work / "behaviours" / "shards"),
        *_circuits(work / "circuits" / "shards"),
        *_shift(work / "classifiers" / "shards", task),
    ]


def _shares(area: str, values: Mapping[str, float]) -> list[QualityFigure]:
    return [QualityFigure(area, name, float(value), SHARE) for name, value in values.items()]


def _language_model(folder: Path) -> list[QualityFigure]:
    found = Abilities(**json.loads((folder / "abilities.json").read_text()))
    values = {STRUCTURE_NAMES[structure]: value for structure, value in found.agreement.items()}
    area = "language model"
    return [
        *_shares(area, values | found.accuracy | {"next token": found.next_token}),
        QualityFigure(area, "cross-entropy", found.cross_entropy, NATS),
    ]


def _dictionaries(folder: Path) -> list[QualityFigure]:
    quality = from_rows(shards.read(folder, "dictionary"))
    attention = [q for q in quality if q.site.kind == "attn"]
    explained, recovered = (_measured(quality, name) for name in ("variance_explained", "ce_recovered"))
    of_attention = _measured(attention, "variance_explained")
    area = "dictionaries"
    return [
        QualityFigure(area, "variance explained, mean", mean(explained), SHARE),
        QualityFigure(area, "variance explained, attention, lowest", min(of_attention), SHARE),
        QualityFigure(area, "active features a token, mean", mean(_measured(quality, "l0")), COUNT),
        QualityFigure(area, "alive, mean", mean(_measured(quality, "alive")), SHARE),
        QualityFigure(area, "cross-entropy recovered, mean", mean(recovered), SHARE),
        QualityFigure(area, "cross-entropy recovered, lowest", min(recovered), SHARE),
    ]


def _measured(quality: Sequence[DictionaryQuality], name: str) -> list[float]:
    return [value for q in quality if (value := getattr(q, name)) is not None]


def _behaviours(folder: Path) -> list[QualityFigure]:
    (row,) = (row for row in shards.read(folder, "clustering") if row["id"] == "effects")
    truth = {context["truth"] for context in shards.read(folder, "behaviour_context")}
    note = f"{row['n_clusters']} clusters of {row['n_samples']} contexts of {len(truth)} planted behaviours"
    area = "behaviours"
    return [
        QualityFigure(area, "agreement with planted truth (NMI)", row["nmi"], SHARE, note=note),
        QualityFigure(area, "agreement with planted truth (purity)", row["purity"], SHARE, note=note),
        QualityFigure(area, "token identity alone (NMI)", row["nmi_token_identity"], SHARE),
        QualityFigure(area, "token identity alone (purity)", row["purity_token_identity"], SHARE),
    ]


def _circuits(folder: Path) -> list[QualityFigure]:
    """The worst of the circuits; a size that one of them has not has no figure."""
    rows = shards.read(folder, "faithfulness")
    sweeps = {
        id: curves_of(row for row in rows if row["circuit"] == id)
        for id in (f"agreement-{structure}" for structure in STRUCTURES)
    }
    features, neurons = ({n: _points(sweeps, unit, n) for n in (50, 100)} for unit in ("features", "neurons"))
    values: dict[str, float] = {}
    for n in (100, 50):
        if features[n]:
            values[f"faithfulness at {n} nodes, lowest"] = min(p.faithfulness for p in features[n].values())
    if features[100]:
        values["complement at 100 nodes, highest"] = max(p.completeness for p in features[100].values())
    for n in (50, 100):
        if features[n] and neurons[n]:
            values[f"lead over neurons at {n} nodes, lowest"] = min(
                point.faithfulness - neurons[n][id].faithfulness for id, point in features[n].items()
            )
    return [
        QualityFigure("circuits", name, value, SHARE, note=_listing(name, features, neurons))
        for name, value in values.items()
    ]


def _points(sweeps: Mapping[str, Mapping[str, Curve]], unit: str, n: int) -> dict[str, FaithfulnessPoint]:
    """The smallest circuit of at least n nodes on each circuit's curve; empty when a curve ends before."""
    found = {}
    for id, curves in sweeps.items():
        point = point_of_size(curves[unit], n)
        if point is None:
            return {}
        found[id] = point
    return found


def _listing(
    name: str,
    features: Mapping[int, Mapping[str, FaithfulnessPoint]],
    neurons: Mapping[int, Mapping[str, FaithfulnessPoint]],
) -> str:
    """All structures in words, for the note of a figure."""
    n = 100 if "100" in name else 50
    if name.startswith("complement"):
        return ", ".join(f"{id} {point.completeness:.3f}" for id, point in features[n].items())

    def beside(id: str) -> str:
        return f" (neurons {neurons[n][id].faithfulness:.2f})" if neurons[n] else ""

    return ", ".join(f"{id} {point.faithfulness:.2f}{beside(id)}" for id, point in features[n].items())


def _shift(folder: Path, task: str) -> list[QualityFigure]:
    found = runs_from_rows(row for row in shards.read(folder, "shift_run") if row["task"] == task)
    runs = {run.name: run.accuracies for run in found if run.split == "test"}
    original, cleaned, random = (runs[name] for name in ("original", "shift", "random"))
    return _shares(
        "SHIFT",
        {
            "original, profession": original.label.value,
            "original, gender": original.attribute.value,
            "original, worst group": original.worst.value,
            "oracle, profession": runs["oracle"].label.value,
            "SHIFT, profession": cleaned.label.value,
            "SHIFT, gender": cleaned.attribute.value,
            "SHIFT, worst group": cleaned.worst.value,
            "SHIFT, worst group over original": cleaned.worst.value - original.worst.value,
            "random, profession, away from original": abs(random.label.value - original.label.value),
        },
    )

"""The demo world's quality report: its figures, measured on what the stages have made."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import mean

from explorer_engine.dictionaries.rows import from_rows
from explorer_engine.dictionaries.values import DictionaryQuality
from explorer_engine.quality import QualityFigure
from explorer_engine.shift.rows import runs_from_rows
from explorer_engine.store import shards
from precompute.demo.abilities import Abilities
from precompute.demo.circuit_figures import error_share, of_behaviours, of_pairs

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
        *of_behaviours(work / "behaviours" / "shards"),
        *of_pairs(work / "circuits" / "shards"),
        error_share(work / stage / "shards" for stage in ("circuits", "behaviours", "classifiers")),
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


def _shift(folder: Path, task: str) -> list[QualityFigure]:
    found = runs_from_rows(row for row in shards.read(folder, "shift_run") if row["task"] == task)
    runs = {run.name: run.accuracies for run in found}
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

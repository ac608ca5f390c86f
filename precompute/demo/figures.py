"""The demo world's quality report: its figures, measured on what the stages have made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import mean

from explorer_engine.dictionaries.rows import from_rows
from explorer_engine.dictionaries.values import DictionaryQuality, SplicedQuality
from explorer_engine.quality import QualityFigure
from explorer_engine.shift.measures import Accuracies, Share
from explorer_engine.shift.rows import runs_from_rows
from explorer_engine.store import shards
from precompute.demo.abilities import FILE, Abilities
from precompute.demo.circuit_figures import error_share, of_behaviours, of_pairs
from precompute.demo.cluster_scores import SAMPLES, read_scores
from precompute.demo.planted_causes import named_causes, one_cause
from precompute.kept import read_values
from precompute.stages.dictionaries import SPLICED
from precompute.stages.names import Namer

__all__ = ["figures_of"]

SHARE, NATS, COUNT = "share", "nats", "features"
STRUCTURE_NAMES = {
    "simple": "agreement, simple",
    "across-pp": "agreement, across a prepositional phrase",
    "within-rc": "agreement, within a relative clause",
    "across-rc": "agreement, across a relative clause",
}


def figures_of(work: Path, tasks: Sequence[str], namer: Namer) -> list[QualityFigure]:
    """All figures of the report, in its order; those of SHIFT of each of the `tasks`."""
    dashboards, documents = work / "dashboards" / "shards", work / "corpus" / "documents.npz"
    circuits = [work / stage / "shards" for stage in ("circuits", "behaviours", "classifiers")]
    return [
        *_language_model(work / "abilities"),
        *_dictionaries(work / "dictionaries"),
        *_behaviours(work / "cluster-scores"),
        *of_behaviours(work / "behaviours" / "shards"),
        *of_pairs(work / "circuits" / "shards"),
        error_share(circuits),
        one_cause(circuits, dashboards, documents),
        *named_causes(circuits, dashboards, documents, namer),
        *(figure for task in tasks for figure in _shift(work / "classifiers" / "shards", task)),
    ]


def _shares(area: str, values: Mapping[str, float]) -> list[QualityFigure]:
    return [QualityFigure(area, name, float(value), SHARE) for name, value in values.items()]


def _language_model(folder: Path) -> list[QualityFigure]:
    found = Abilities(**read_values(folder / FILE))
    area = "language model"
    agreement = {STRUCTURE_NAMES[structure]: value for structure, value in found.agreement.items()}
    return [
        *_shares(area, agreement),
        *(
            QualityFigure(area, ability, value, SHARE, note=_draws(found.draws[ability]))
            for ability, value in found.accuracy.items()
        ),
        QualityFigure(area, "next token", found.next_token, SHARE),
        QualityFigure(area, "cross-entropy", found.cross_entropy, NATS),
    ]


def _draws(values: Sequence[float]) -> str:
    return f"mean over draws of test text: {', '.join(f'{value:.3f}' for value in values)}"


def _dictionaries(folder: Path) -> list[QualityFigure]:
    quality = from_rows(shards.read(folder / "shards", "dictionary"))
    spliced = SplicedQuality(**read_values(folder / SPLICED))
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
        QualityFigure(
            area,
            "cross-entropy recovered against the mean, lowest",
            min(_measured(quality, "ce_recovered_mean")),
            SHARE,
        ),
        QualityFigure(
            area,
            "cross-entropy added, all dictionaries at once",
            spliced.ce_delta,
            NATS,
            note=f"the model alone has {spliced.ce_model:.2f}",
        ),
    ]


def _measured(quality: Sequence[DictionaryQuality], name: str) -> list[float]:
    return [value for q in quality if (value := getattr(q, name)) is not None]


def _behaviours(folder: Path) -> list[QualityFigure]:
    """The first clustering beside the others and as many clusters by tokens alone, on every sample."""
    area, figures = "behaviours", []
    for sample, words in SAMPLES.items():
        found = read_scores(folder, sample)
        (_, first), *others = found.items()
        tokens = found["tokens"]
        beside = ", ".join(f"{name} {scores.nmi:.3f}" for name, scores in others)
        figures += [
            QualityFigure(area, f"{sample}: agreement with planted truth (NMI)", first.nmi, SHARE,
                          note=f"{words}; by {beside}"),
            QualityFigure(area, f"{sample}: agreement with planted truth (purity)", first.purity, SHARE),
            QualityFigure(area, f"{sample}: agreement with planted truth (ARI)", first.ari or 0.0, SHARE),
            QualityFigure(area, f"{sample}: lead over as many clusters by tokens (NMI)",
                          first.nmi - tokens.nmi, SHARE),
            QualityFigure(area, f"{sample}: lead over as many clusters by tokens (purity)",
                          first.purity - tokens.purity, SHARE),
        ]  # fmt: skip
    return figures


def _shift(folder: Path, task: str) -> list[QualityFigure]:
    """Means over draws of texts, probes and readers, with their intervals."""
    stored = [row for row in shards.read(folder, "shift_run") if row["task"] == task]
    runs = {run.name: run for run in runs_from_rows(stored) if run.split == "test"}
    found = [
        QualityFigure(
            "SHIFT",
            f"{task}: {name}, {figure}",
            share.value,
            SHARE,
            note=f"needs {runs[name].needs}",
            interval=(share.low, share.high),
        )
        for name in ("original", "random", "readers", "embedding features", "shift", "oracle")
        if name in runs
        for figure, share in _headline(runs[name].accuracies)
    ]
    for name, rival, measure in (
        ("readers", "embedding features", "worst group"),
        ("random", "original", "profession"),
    ):
        if name in runs and rival in runs:
            own, other = (dict(_headline(runs[of].accuracies))[measure].value for of in (name, rival))
            found.append(
                QualityFigure("SHIFT", f"{task}: {name}, {measure} over {rival}", own - other, SHARE)
            )
    return found


def _headline(of: Accuracies) -> list[tuple[str, Share]]:
    return [("profession", of.label), ("gender", of.attribute), ("worst group", of.worst)]

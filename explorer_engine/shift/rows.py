"""A classifier's study as rows of the artefact store, and back: task, texts, features, runs, circuit."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Any

from explorer_engine.circuits.rows import CircuitEntry
from explorer_engine.circuits.rows import to_rows as circuit_rows
from explorer_engine.shift.measures import Accuracies, Share
from explorer_engine.shift.task import ClassifierTask
from explorer_engine.shift.values import ClassifierFeature, GroupMean, ShiftRun, StoredClassifier
from explorer_engine.sites import FeatureRef, Site

if TYPE_CHECKING:
    from explorer_engine.shift.study import Study

__all__ = ["classifier_from_row", "features_from_rows", "group_from_row", "runs_from_rows", "to_rows"]

Row = Mapping[str, Any]
_FIGURES = ("label", "attribute", "worst")
"""Figures of `Accuracies`, as their columns are called; `_ci` is added for the interval's."""
_SPLITS = ("ambiguous", "balanced", "test")


def to_rows(study: Study, circuit: CircuitEntry) -> dict[str, list[dict[str, Any]]]:
    """Rows by table: those of the classifier, and those of its probe's circuit."""
    task = study.task
    return {
        **circuit_rows([circuit]),
        "classifier": [_classifier_row(study, circuit.id)],
        "classifier_text": list(_text_rows(study)),
        "classifier_feature": [
            {
                "task": task.name,
                "rank": rank,
                "site": str(found.ref.site),
                "feature": found.ref.index,
                "effect": found.effect,
                "spurious_truth": found.spurious,
                "alone": found.alone,
                "mean": found.mean,
                "readers": found.readers,
            }
            for rank, found in enumerate(study.features)
        ],
        "classifier_group": [
            {
                "task": task.name,
                "site": str(found.ref.site),
                "feature": found.ref.index,
                **asdict(mean),
            }
            for found in study.features
            for mean in found.groups
        ],
        "shift_run": [_run_row(task.name, rank, run) for rank, run in enumerate(study.runs)],
    }


def classifier_from_row(row: Row, n_texts: Mapping[str, int]) -> StoredClassifier:
    """A classifier of a row of `classifier`; `n_texts`: how many texts each split has."""
    task = ClassifierTask(
        name=row["task"],
        title=row["title"],
        site=Site.parse(row["site"]),
        classes=tuple(row["classes"]),
        attributes=tuple(row["attributes"]),
        label_name=row["label_name"],
        attribute_name=row["attribute_name"],
        skip_first=bool(row["parameters"].get("skip_first", False)),
    )
    return StoredClassifier(
        task,
        circuit=row["circuit"],
        probe_weight=tuple(row["probe_weight"]),
        probe_bias=row["probe_bias"],
        other_probes=tuple(tuple(probe) for probe in row.get("other_probes") or ()),
        parameters=row["parameters"],
        n_texts=dict(n_texts),
    )


def features_from_rows(rows: Iterable[Row], groups: Iterable[Row] = ()) -> tuple[ClassifierFeature, ...]:
    """The features of rows of `classifier_feature` by rank, with their rows of `classifier_group`.

    A row may name its top `tokens`.
    """
    means: dict[tuple[str, int], list[GroupMean]] = {}
    for row in groups:
        means.setdefault((row["site"], row["feature"]), []).append(group_from_row(row))
    return tuple(
        ClassifierFeature(
            FeatureRef(Site.parse(row["site"]), row["feature"]),
            row["effect"],
            row.get("spurious_truth"),
            row.get("alone"),
            tuple(sorted(means.get((row["site"], row["feature"]), ()), key=lambda m: (m.label, m.attribute))),
            tuple(row.get("tokens") or ()),
            row.get("mean"),
            row.get("readers"),
        )
        for row in sorted(rows, key=lambda row: row["rank"])
    )


def group_from_row(row: Row) -> GroupMean:
    """One row of `classifier_group`."""
    return GroupMean(**{field.name: row[field.name] for field in fields(GroupMean)})


def runs_from_rows(rows: Iterable[Row]) -> tuple[ShiftRun, ...]:
    """The runs of rows of `shift_run` by rank; the groups' intervals are not kept."""
    found = []
    for row in sorted(rows, key=lambda row: row["rank"]):
        shares = {name: Share(row[name], *row[f"{name}_ci"]) for name in _FIGURES}
        a, b, c, d = (Share(value, value, value) for value in row["groups"])
        found.append(
            ShiftRun(
                row["name"],
                Accuracies(**shares, groups=(a, b, c, d)),
                row["n_ablated"],
                row["needs"],
                row["note"],
                row["split"],
                tuple((label, attribute, worst) for label, attribute, worst in row["draws"] or ()),
            )
        )
    return tuple(found)


def _classifier_row(study: Study, circuit: str) -> dict[str, Any]:
    task = study.task
    return {
        "task": task.name,
        "title": task.title,
        "site": str(task.site),
        "label_name": task.label_name,
        "classes": task.classes,
        "attribute_name": task.attribute_name,
        "attributes": task.attributes,
        "circuit": circuit,
        "probe_weight": study.probes[0].weight.tolist(),
        "probe_bias": study.probes[0].bias,
        "other_probes": [[*probe.weight.tolist(), probe.bias] for probe in study.probes[1:]],
        "parameters": {
            **asdict(study.options),
            "skip_first": task.skip_first,
            "training texts": len(study.texts.ambiguous),
        },
    }


def _text_rows(study: Study) -> Iterator[dict[str, Any]]:
    for split in _SPLITS:
        texts = getattr(study.texts, split)
        labels, attributes = texts.label.tolist(), texts.attribute.tolist()
        for k, tokens in enumerate(texts.tokens):
            yield {
                "task": study.task.name,
                "split": split,
                "id": k,
                "tokens": tokens,
                "label": labels[k],
                "attribute": attributes[k],
            }


def _run_row(task: str, rank: int, run: ShiftRun) -> dict[str, Any]:
    figures = {name: getattr(run.accuracies, name) for name in _FIGURES}
    return {
        "task": task,
        "name": run.name,
        "rank": rank,
        "needs": run.needs,
        "n_ablated": run.n_ablated,
        **{name: share.value for name, share in figures.items()},
        **{f"{name}_ci": [share.low, share.high] for name, share in figures.items()},
        "groups": [share.value for share in run.accuracies.groups],
        "note": run.note,
        "split": run.split,
        "draws": [list(figures) for figures in run.draws],
    }

"""What a site is made of: a world's behaviours, circuits and features, and what people call them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TypeVar

from explorer_engine.shift.task import ClassifierTask
from explorer_engine.sites import FeatureRef
from explorer_engine.store.artefacts import ArtefactStore
from explorer_engine.store.judgements import JudgementStore
from explorer_engine.store.lost import behaviour_named
from explorer_engine.store.queries.behaviours import BehaviourQuery
from explorer_engine.store.queries.features import FeatureQuery
from explorer_engine.store.values import BehaviourRow, CircuitSummary, FeatureRow, Page, WorldSummary

__all__ = ["Contents", "gather"]

T = TypeVar("T")

_AT_ONCE = 2000
"""Rows of a list that are asked for together."""


@dataclass(frozen=True)
class Contents:
    """All that has a page."""

    store: ArtefactStore
    world: WorldSummary
    behaviours: dict[int, BehaviourRow]
    """As people call them; strongest effect first."""
    circuits: dict[str, CircuitSummary]
    features: dict[FeatureRef, FeatureRow]
    """Those that have a page, shallowest site first, by number."""
    labels: dict[str, str]
    """What features are called, "resid_2/31" → label; those without a name are left out."""

    tasks: dict[str, ClassifierTask]
    """Of the classifiers, by name."""
    mean_losses: tuple[tuple[int, float], ...]
    """(optimiser step, nats) over all data; empty where it was not measured."""

    @property
    def n_pages(self) -> int:
        """Pages of single things."""
        return len(self.behaviours) + len(self.circuits) + len(self.features)

    def title(self, circuit: CircuitSummary) -> str:
        """What a circuit is called: as its behaviour, where that has a name."""
        of = None if circuit.behaviour is None else self.behaviours.get(circuit.behaviour)
        return (of.label if of else None) or circuit.title


def gather(store: ArtefactStore, judgements: JudgementStore, all_features: bool = False) -> Contents:
    """A world's contents; of features those in a circuit or in a classifier's list, unless all are wanted."""
    tasks = {classifier.task.name: classifier.task for classifier in store.classifiers.all()}
    asked = FeatureQuery(in_circuit=not all_features, order="id")
    features = {row.ref: row for row in _all(lambda offset: store.features.page(asked, offset, _AT_ONCE))}
    if not all_features:
        listed = {found.ref for task in tasks for found in store.classifiers.features(task)}
        features |= store.features.rows(listed - features.keys())
        features = {ref: features[ref] for ref in sorted(features, key=lambda ref: (ref.site, ref.index))}
    circuits = _all(lambda offset: store.circuits.page(offset=offset, limit=_AT_ONCE))
    return Contents(
        store,
        store.start.world(),
        _behaviours(store, judgements),
        {found.id: found for found in circuits},
        features,
        _labels(store, judgements, features),
        tasks,
        store.behaviours.mean_losses(),
    )


def _all(page: Callable[[int], Page[T]]) -> Iterator[T]:
    """The rows of a whole list, of which `page` gives some from an offset on."""
    offset = 0
    while rows := page(offset).rows:
        yield from rows
        offset += len(rows)


def _behaviours(store: ArtefactStore, judgements: JudgementStore) -> dict[int, BehaviourRow]:
    """All behaviours; a person's label stands for the world's own where it was given to these contexts."""
    rows = _all(lambda offset: store.behaviours.page(BehaviourQuery(), offset, _AT_ONCE))
    found = {row.id: row for row in rows}
    for target, label in judgements.labels().items():
        number, told = behaviour_named(target) or (-1, "")
        if number in found and told in ("", store.behaviours.fingerprint(number)):
            found[number] = replace(found[number], label=label.text, label_source="label by a reader")
    return found


def _labels(
    store: ArtefactStore, judgements: JudgementStore, features: dict[FeatureRef, FeatureRow]
) -> dict[str, str]:
    """A person's label of each feature, else the newest explanation by a program, else its pattern."""
    wanted = {str(ref) for ref in features}
    said = {target: label.text for target, label in judgements.labels().items() if target in wanted}
    said = judgements.explanations.texts(wanted - said.keys()) | said
    return store.features.patterns([ref for ref in features if str(ref) not in said]) | said

"""What the Judge page shows for an address: the features in their order, and what one said of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from statistics import median

import streamlit as st

from app import annotator, names, world
from app.circuits import circuits
from app.judge.view import PARTS, JudgeView
from app.shared import judging
from explorer_engine.errors import InputError
from explorer_engine.judging.order import ORDERS, Order, coming, ordered
from explorer_engine.shift.task import ClassifierTask
from explorer_engine.shift.values import ClassifierFeature, StoredClassifier
from explorer_engine.store.opinions import VOTES

__all__ = ["Screen", "completed", "screen"]


@dataclass(frozen=True)
class Screen:
    """Everything the page needs of one circuit at one address."""

    view: JudgeView
    title: str
    scope: str
    """What the judgements are kept under."""
    task: ClassifierTask | None
    """Of a classifier's circuit."""
    features: Mapping[str, ClassifierFeature]
    """By name; of another circuit they have an effect and no more."""
    order: tuple[str, ...]
    """Their names, in the order in which they come."""
    mine: Mapping[str, str]
    """One's own judgements; of a skipped feature too."""
    current: str
    """The one on screen."""

    @property
    def ahead(self) -> list[str]:
        """What one has not judged and comes after it, in order."""
        return coming(self.order, self.mine, self.current)

    def open(self, target: str) -> bool:
        """Whether nothing is hidden of a feature: one has decided, or does not judge blind."""
        return not self.view.blind or self.mine.get(target) in VOTES

    def beside(self, step: int) -> str:
        """The feature so many places further on; at either end the last there."""
        at = self.order.index(self.current) + step
        return self.order[min(max(at, 0), len(self.order) - 1)]

    def seconds(self) -> float | None:
        """How long one took for a feature of this circuit, the median; None before anything was timed."""
        me = annotator.name()
        said = world.judgements().events(me, scope=self.scope) if me else ()
        took = [event.seconds for event in said if event.seconds is not None]
        return median(took) if took else None


def completed(view: JudgeView) -> JudgeView:
    """The same with a circuit: of the first classifier, else any."""
    if view.circuit is not None:
        return view
    return replace(view, circuit=next(iter(titles()), None) or _any_circuit())


def titles() -> dict[str, str]:
    """The circuits of this world's classifiers, and what each classifier is called."""
    return {found.circuit: found.task.title for found in _classifiers(world.version())}


def screen(view: JudgeView) -> Screen | None:
    """What the address asks for; None in a world without circuits.

    InputError: the address names a circuit, a feature, an order or a part that is not there, or a circuit
    none of whose features is this world's.
    """
    for what, said, known in (("order", view.order, ORDERS), ("part", view.part, PARTS)):
        if said not in known:
            raise InputError(f"{what} {said!r} is not one of {', '.join(known)}; correct the address")
    if view.circuit is None:
        return None
    title, scope, task, found = _of_circuit(view.circuit)
    features = {str(f.ref): f for f in found}
    if not features:
        raise InputError(f"circuit {view.circuit!r} has no features of this world; choose another circuit")
    if view.feature is not None and str(view.feature) not in features:
        raise InputError(
            f"feature {view.feature} is not in circuit {view.circuit!r}; open the page without it"
        )
    told = [(f.ref, f.effect) for f in found]
    order = tuple(map(str, ordered(told, _order(view.order), annotator.name() or "")))
    mine = {target: said for target, said in judging.mine(scope).items() if target in features}
    first = next(iter(coming(order, mine, None)), order[0])
    current = first if view.feature is None else str(view.feature)
    return Screen(view, title, scope, task, features, order, mine, current)


def _order(name: str) -> Order:
    return next(order for order in ORDERS if order == name)


def _of_circuit(
    circuit: str,
) -> tuple[str, str, ClassifierTask | None, tuple[ClassifierFeature, ...]]:
    """Title, what judgements are kept under, the classifier's task, features as the circuit lists them."""
    for classifier in _classifiers(world.version()):
        if classifier.circuit == circuit:
            return (
                classifier.task.title,
                circuit,
                classifier.task,
                _probed(world.version(), classifier.task.name),
            )
    graph = circuits().graph(circuit)
    found: dict[str, ClassifierFeature] = {}
    for node in graph.circuit.nodes:
        if graph.knows(node):
            before = found.get(str(node.ref))
            effect = node.effect + (before.effect if before else 0.0)
            found[str(node.ref)] = ClassifierFeature(node.ref, effect, tokens=graph.tokens_of(node))
    by_site = sorted(found.values(), key=lambda f: f.ref.site)
    behaviour = graph.summary.behaviour
    title = names.behaviour_labels().get(-1 if behaviour is None else behaviour, graph.summary.title)
    return title, names.scope_of(graph.summary), None, tuple(by_site)


def _any_circuit() -> str | None:
    found = world.store().circuits.telling()
    return None if found is None else found.id


@st.cache_resource(max_entries=8, show_spinner=False)
def _classifiers(version: world.Version) -> tuple[StoredClassifier, ...]:
    return world.store().classifiers.all()


@st.cache_resource(max_entries=8, show_spinner=False)
def _probed(version: world.Version, task: str) -> tuple[ClassifierFeature, ...]:
    return world.store().classifiers.features(task)

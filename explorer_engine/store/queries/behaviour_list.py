"""Which behaviours a list shows and in which order, as the parts of an SQL statement."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field

from explorer_engine.behaviours.values import AUTOMATIC, CircuitFigures
from explorer_engine.errors import InputError
from explorer_engine.finding.words import START, asked, grade, low
from explorer_engine.store.connection import StoreReader
from explorer_engine.store.queries.search import begins, feature_in
from explorer_engine.store.values import BehaviourRow

__all__ = ["BEHAVIOUR_ORDERS", "BehaviourOrder", "BehaviourQuery", "order", "where"]


@dataclass(frozen=True)
class BehaviourOrder:
    """A way to order behaviours: by one figure, those without it last, ties by id."""

    column: str
    of: Callable[[BehaviourRow], float | None]
    """The figure of a behaviour; None where it has none."""
    largest_first: bool = True


def _of_circuit(column: str, figure: Callable[[CircuitFigures], float | None]) -> BehaviourOrder:
    """The order by a figure of the behaviour's circuit, largest first."""
    return BehaviourOrder(column, lambda row: None if row.figures is None else figure(row.figures))


BEHAVIOUR_ORDERS = {
    "effect": _of_circuit("max_effect", lambda circuit: circuit.max_effect),
    "contexts": BehaviourOrder("n_contexts", lambda row: row.n_contexts),
    "nodes": _of_circuit("n_nodes", lambda circuit: circuit.n_nodes),
    "errors": _of_circuit("n_errors", lambda circuit: circuit.n_errors),
    "relative max node": _of_circuit("relative_max_node", lambda circuit: circuit.relative_max_node),
    "relative max edge": _of_circuit("relative_max_edge", lambda circuit: circuit.relative_max_edge),
    "relative softmax": _of_circuit("relative_softmax", lambda circuit: circuit.relative_softmax),
    "error share": BehaviourOrder("error_share", lambda row: row.error_share),
    "faithfulness": BehaviourOrder("faithfulness", lambda row: row.faithfulness),
    "answer purity": BehaviourOrder("answer_purity", lambda row: row.answer_purity),
    "cohesion": BehaviourOrder("cohesion", lambda row: row.cohesion),
    "loss": BehaviourOrder("mean_loss", lambda row: row.mean_loss, largest_first=False),
    "id": BehaviourOrder("id", lambda row: row.id, largest_first=False),
}
"""By name: the only place that names them."""

_AUTOMATIC = f"coalesce(starts_with(label_source, '{AUTOMATIC}'), false)"
"""SQL: the label was made from contexts alone."""


@dataclass(frozen=True)
class BehaviourQuery:
    """Which behaviours, in which order; the defaults are all of them, strongest effect first."""

    clustering: str | None = None
    text: str = ""
    """Beginnings of words, all of which must stand in the label, an answer or a context; or a feature,
    `resid_2/31`."""
    labelled: bool = False
    has_circuit: bool = False
    among: Collection[int] | None = None
    """Only these ids: for example those that somebody has judged."""
    labels: Mapping[int, str] = field(default_factory=dict)
    """People's labels, from the judgement store: they are searched and count as labelled."""
    order: str = "effect"
    """A name of BEHAVIOUR_ORDERS."""
    reverse: bool = False
    """The other way round than the order's own direction."""

    def __post_init__(self) -> None:
        """Raises InputError for an order that is not known."""
        if self.order not in BEHAVIOUR_ORDERS:
            raise InputError(f"order {self.order!r} is not one of {', '.join(BEHAVIOUR_ORDERS)}")


def where(reader: StoreReader, query: BehaviourQuery) -> tuple[str, dict[str, object]]:
    """The WHERE clause of a query, empty for all behaviours, and its parameters."""
    values: dict[str, object] = {}
    parts = []
    if query.clustering is not None:
        parts.append("clustering = $clustering")
        values["clustering"] = query.clustering
    if query.labelled:
        parts.append(
            f"((label IS NOT NULL AND NOT {_AUTOMATIC}) OR id IN (SELECT unnest($labelled::INTEGER[])))"
        )
        values["labelled"] = list(query.labels)
    if query.has_circuit:
        parts.append("circuit IS NOT NULL")
    if query.among is not None:
        parts.append("id IN (SELECT unnest($among::INTEGER[]))")
        values["among"] = list(query.among)
    if (feature := feature_in(query.text)) is not None:
        parts.append(
            "circuit IN (SELECT circuit FROM feature_circuit WHERE site = $site AND feature = $feature)"
        )
        values["site"], values["feature"] = feature
    else:
        for number, word in enumerate(asked(query.text)):
            parts.append(_mentions(number, reader.tokens_with(word)))
            values[f"begins{number}"] = begins(word)
            named = (i for i, label in query.labels.items() if grade(low(label), word) <= START)
            values[f"named{number}"] = list(named)
    return ("WHERE " + " AND ".join(parts) if parts else ""), values


def order(query: BehaviourQuery) -> str:
    """The ORDER BY of a query."""
    found = BEHAVIOUR_ORDERS[query.order]
    return f"{found.column} {'DESC' if found.largest_first != query.reverse else 'ASC'} NULLS LAST, id"


def _mentions(number: int, tokens: list[int]) -> str:
    """SQL: a word of a label of the behaviour, its contexts or answers begins with word `number`."""
    ids = ", ".join(map(str, tokens)) or "NULL"
    return f"""(regexp_matches(lower(coalesce(label, '')), $begins{number})
                OR id IN (SELECT unnest($named{number}::INTEGER[]))
                OR id IN (SELECT unnest(behaviours) FROM behaviour_token WHERE token IN ({ids})))"""

"""The rankings of the list of behaviours in words; which figure each goes by, the store's orders say."""

from __future__ import annotations

from dataclasses import dataclass

from app.shared.text import num
from explorer_engine.store.queries.behaviours import BEHAVIOUR_ORDERS
from explorer_engine.store.values import BehaviourRow

__all__ = ["RANKINGS", "Ranking", "arrow", "figure", "measured"]


@dataclass(frozen=True)
class Ranking:
    """How the page says one of the store's orders."""

    title: str
    """In the menu."""
    column: str
    """The column's head."""
    hint: str
    """What the figure is."""


RANKINGS = {
    "effect": Ranking("largest effect", "effect", "largest effect of one feature on log p(answer)"),
    "contexts": Ranking("contexts", "n", "number of contexts"),
    "nodes": Ranking("circuit size", "nodes", "nodes of the circuit, features and SAE errors"),
    "errors": Ranking("error nodes", "errors", "SAE error nodes of the circuit"),
    "relative max node": Ranking(
        "outstanding feature", "max/mean", "largest feature effect over the mean one"
    ),
    "relative max edge": Ranking("outstanding edge", "max/mean", "largest edge weight over the mean one"),
    "relative softmax": Ranking(
        "share of features", "features", "softmax-weighted effect of features against errors"
    ),
    "error share": Ranking(
        "share of errors", "errors", "share of SAE errors in the effects of the circuit’s nodes"
    ),
    "faithfulness": Ranking(
        "faithfulness", "faithful", "how much of the model’s prediction the circuit alone brings about"
    ),
    "answer purity": Ranking(
        "purity of the answer", "purity", "share of the contexts with the commonest answer"
    ),
    "cohesion": Ranking("cohesion", "cohesion", "how alike two of its most certain contexts are, on average"),
    "loss": Ranking("certainty", "loss", "mean loss at the answer, nats; smallest first"),
}
"""Order of the store → its words; the order by id is for programs."""


def figure(row: BehaviourRow, rank: str) -> str:
    """What a behaviour is ranked by: a count in full, a measure to three digits, “–” where it has none."""
    value = BEHAVIOUR_ORDERS[rank].of(row)
    return f"{value:,}" if isinstance(value, int) else num(value)


def measured(row: BehaviourRow, rank: str) -> bool:
    """Whether a behaviour has the figure that it is ranked by."""
    return BEHAVIOUR_ORDERS[rank].of(row) is not None


def arrow(rank: str) -> str:
    """Which way the figure goes down the list."""
    return "↓" if BEHAVIOUR_ORDERS[rank].largest_first else "↑"

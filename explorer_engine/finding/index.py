"""What finding needs of a world in memory: made once, in a second for the largest world, and not changed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explorer_engine.finding.contexts import ContextTexts
from explorer_engine.finding.lines import Lines
from explorer_engine.finding.tokens import TokenLists
from explorer_engine.finding.words import low
from explorer_engine.store.queries.finding import BehaviourColumns, CircuitColumns, FindingQueries

__all__ = ["Index", "index"]


@dataclass(frozen=True)
class Index:
    """The columns that every search goes through, and the words of all contexts."""

    tokens: tuple[str, ...]
    """Texts of tokens by id, in small letters and without blanks around them."""
    behaviours: BehaviourColumns
    labels: Lines
    """Of behaviours; empty where one has none."""
    answer: NDArray[np.int64]
    """Token of each commonest answer of all behaviours."""
    answer_owner: NDArray[np.int64]
    """Row of its behaviour."""
    answer_share: NDArray[np.float64]
    titles: Lines
    """Of circuits."""
    patterns: Lines
    """Of features that have one."""
    pattern_owner: NDArray[np.int64]
    """Number of the feature that each is of."""
    behaviour_row: dict[int, int]
    """Id → row."""
    behaviour_strength: NDArray[np.int64]
    """0 for the strongest effect."""
    contexts: ContextTexts
    circuits: CircuitColumns
    circuit_row: dict[str, int]
    uses: NDArray[np.int64]
    """By feature, in how many circuits it is."""
    feature_strength: NDArray[np.int64]
    """0 for the feature in most circuits."""
    fires: TokenLists
    promotes: TokenLists


def index(queries: FindingQueries) -> Index:
    """Read a world's."""
    behaviours, found = queries.behaviours(), queries.contexts()
    row = {int(id): i for i, id in enumerate(behaviours.id)}
    owner = np.searchsorted(behaviours.id, found.behaviour).astype(np.int64)
    pattern_owner, patterns = queries.patterns()
    circuits, uses = queries.circuits(), queries.feature_circuits()
    return Index(
        tokens=tuple(low(text.strip()) for text in queries.tokens),
        behaviours=behaviours,
        labels=Lines.of(label or "" for label in behaviours.label),
        answer=np.array([a for answers in behaviours.answers for a in answers], np.int64),
        answer_owner=np.repeat(np.arange(len(behaviours.id)), [len(a) for a in behaviours.answers]),
        answer_share=np.array([s for shares in behaviours.shares for s in shares]),
        titles=Lines.of(circuits.title),
        patterns=Lines.of(patterns),
        pattern_owner=pattern_owner,
        behaviour_row=row,
        behaviour_strength=_places(-np.nan_to_num(behaviours.figures["effect"], nan=-1.0)),
        contexts=ContextTexts.of(
            found.documents, tuple(map(low, queries.tokens)), found.document, found.position,
            owner, found.rank, len(behaviours.id),
        ),
        circuits=circuits,
        circuit_row={id: i for i, id in enumerate(circuits.id)},
        uses=uses,
        feature_strength=_places(-uses),
        fires=_lists(queries, "top_tokens"),
        promotes=_lists(queries, "promoted"),
    )  # fmt: skip


def _lists(queries: FindingQueries, column: str) -> TokenLists:
    rows = queries.feature_tokens(column)
    return TokenLists.of(rows.token, rows.number, rows.place, len(queries.tokens))


def _places(keys: NDArray[np.float64] | NDArray[np.int64]) -> NDArray[np.int64]:
    """Of each row where it stands when they are sorted, ties by row."""
    out = np.empty(len(keys), np.int64)
    out[np.argsort(keys, kind="stable")] = np.arange(len(keys))
    return out

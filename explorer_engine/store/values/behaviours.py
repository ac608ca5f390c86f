"""What the Behaviours page shows: clusterings, lines of the table, contexts, similarity, neighbours."""

from __future__ import annotations

from dataclasses import dataclass

from explorer_engine.store.values.tokens import TokenShare

__all__ = ["Clustering", "BehaviourRow", "BehaviourContext", "Similarity", "Neighbour"]


@dataclass(frozen=True)
class Clustering:
    """One way the contexts were clustered; agreement with planted truth is None where none is known."""

    id: str
    title: str
    representation: str
    n_clusters: int
    nmi: float | None
    purity: float | None
    nmi_token_identity: float | None
    """The same with the next token taken as the cluster."""


@dataclass(frozen=True)
class BehaviourRow:
    """A behaviour as a line of the table."""

    id: int
    clustering: str
    label: str | None
    """The store's own label; a person's label is in the judgement store."""
    label_source: str | None
    answers: tuple[TokenShare, ...]
    """The commonest answers, commonest first, at most 8."""
    losses: tuple[tuple[int, float], ...]
    """(optimiser step, nats at the answer) over training; empty where it was not measured."""
    n_contexts: int
    mean_loss: float
    circuit: str | None
    max_effect: float | None
    n_nodes: int | None
    n_errors: int | None
    relative_max_node: float | None
    relative_max_edge: float | None
    relative_softmax: float | None


@dataclass(frozen=True)
class BehaviourContext:
    """One context of a behaviour: text up to the answer, the answer, and how the text goes on."""

    rank: int
    """From 1; most certain first."""
    document: int
    position: int
    """Position of the answer in the document."""
    before: tuple[str, ...]
    answer: str
    after: tuple[str, ...]
    p: float
    """Probability of the answer."""
    truth: str | None
    """The planted behaviour, where known."""


@dataclass(frozen=True)
class Similarity:
    """Similarity of a behaviour's first n contexts to each other."""

    n: int
    matrix: tuple[tuple[float, ...], ...]
    low: float
    high: float


@dataclass(frozen=True)
class Neighbour:
    """A behaviour with a similar circuit."""

    id: int
    label: str | None
    answers: tuple[TokenShare, ...]
    similarity: float

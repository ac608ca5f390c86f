"""What is known of behaviours without their model: clusterings, clusters, contexts, what is like what."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = [
    "AUTOMATIC",
    "Agreement",
    "Behaviour",
    "BehaviourNeighbour",
    "CircuitFigures",
    "Clustering",
    "ContextPointer",
    "Scores",
    "Similarity",
]

AUTOMATIC = "automatic: "
"""How the grounds of a name begin that was made from contexts alone."""


@dataclass(frozen=True)
class Scores:
    """Agreement of one clustering with the truth."""

    nmi: float
    """Normalised mutual information, 0–1."""
    purity: float
    """Share of contexts whose truth is their cluster's commonest one: more clusters, higher purity."""
    ari: float | None
    """Adjusted Rand index: 0 by chance, 1 for the same clusters; None where it was not measured."""


@dataclass(frozen=True)
class Agreement:
    """Agreement with the truth, of the clusters and of what they must beat."""

    clusters: Scores
    tokens: Scores | None
    """Of as many clusters by the answer and the token before it alone; None as above."""
    token_identity: Scores | None
    """Of one cluster for each answer: many more of them."""


@dataclass(frozen=True)
class Clustering:
    """One way the contexts were clustered."""

    id: str
    title: str
    representation: str
    """What a context is represented by, in words."""
    n_clusters: int
    n_samples: int
    agreement: Agreement | None = None
    """With the planted truth; None where none is known."""
    method: str | None = None
    """How contexts were put together: `spectral`, `neighbours` or `k-means`; None where it was not kept."""
    tried: tuple[tuple[int, int], ...] = ()
    """(number of clusters, how many of them hold more than one context) of those tried; empty where the
    number was given."""


@dataclass(frozen=True)
class CircuitFigures:
    """A circuit in six numbers; None where it has nothing to compute them from."""

    n_nodes: int
    """Features and errors."""
    n_errors: int
    max_effect: float | None
    """Largest |effect| over feature nodes."""
    relative_max_node: float | None
    relative_max_edge: float | None
    relative_softmax: float | None


@dataclass(frozen=True)
class Behaviour:
    """A cluster of a clustering, and what stands behind it."""

    id: int
    clustering: str
    n_contexts: int
    mean_loss: float
    """Nats at the answer."""
    label: str | None = None
    """The world's own label; a person's label is in the judgement store."""
    label_source: str | None = None
    """On what grounds."""
    circuit: str | None = None
    """Id of its circuit; None: it has none."""
    figures: CircuitFigures | None = None
    """Of its circuit."""


@dataclass(frozen=True)
class ContextPointer:
    """Where a context of a behaviour stands: its text is the document's."""

    behaviour: int
    rank: int
    """From 0, most certain first."""
    document: int
    position: int
    """Of the answer in the document."""
    answer: int
    """Token id."""
    p: float
    """Probability of the answer."""
    truth: str | None = None
    """The planted behaviour, where known."""


@dataclass(frozen=True)
class Similarity:
    """Similarity of a behaviour's first contexts to each other."""

    behaviour: int
    matrix: tuple[tuple[float, ...], ...]
    """n × n, contexts as they are ranked."""

    @property
    def n(self) -> int:
        """How many contexts."""
        return len(self.matrix)

    @property
    def low(self) -> float:
        """The smallest similarity."""
        return min(map(min, self.matrix))

    @property
    def high(self) -> float:
        """The largest similarity."""
        return max(map(max, self.matrix))


@dataclass(frozen=True)
class BehaviourNeighbour:
    """A behaviour that rests on much the same."""

    behaviour: int
    """Whose neighbour it is."""
    rank: int
    """From 0, nearest first."""
    other: int
    """Id of the neighbour."""
    similarity: float
    """Angular similarity of their mean representations, 0–1."""

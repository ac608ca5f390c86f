"""What the store answers with: frozen values, tokens already decoded to text, one class a thing that a page shows.

Only text that came from the data or from a person is unescaped here; whoever draws it escapes it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from explorer_engine.sites import FeatureRef, Site

T = TypeVar("T")


@dataclass(frozen=True)
class Page(Generic[T]):
    """One page of a list that is longer than the screen."""

    rows: tuple[T, ...]
    total: int
    """How many rows match in all."""
    offset: int
    limit: int


@dataclass(frozen=True)
class ListPlace(Generic[T]):
    """Where one thing stands in a filtered and sorted list."""

    index: int
    """From 0."""
    total: int
    previous: T | None
    next: T | None


# ---- Start ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class WorldSummary:
    """What this world is: one model, its dictionaries, the data, and how much was computed."""

    title: str
    summary: str
    """One sentence."""
    model: str
    family: str
    n_layers: int
    width: int
    n_parameters: int
    vocabulary: int
    data: str
    n_tokens: int
    """Tokens behind densities and contexts."""
    n_documents: int
    n_dictionaries: int
    n_features: int
    """Over all dictionaries."""
    n_behaviours: int
    n_circuits: int
    n_circuit_features: int
    """Distinct features that take part in at least one circuit."""
    n_classifiers: int


@dataclass(frozen=True)
class DictionaryQuality:
    """One dictionary and how good it is; shares are in [0, 1], None where it was not measured."""

    site: Site
    kind: str
    n_features: int
    width: int
    variance_explained: float | None
    l0: float | None
    l1: float | None
    alive: float | None
    ce_delta: float | None
    """Nats lost when the site is replaced by its reconstruction."""
    ce_recovered: float | None


@dataclass(frozen=True)
class QualityFigure:
    """One figure of the quality report against its bar."""

    area: str
    figure: str
    value: float
    unit: str
    low: float | None
    high: float | None
    note: str | None

    @property
    def passed(self) -> bool:
        """Within [low, high]; an absent side is open."""
        return (self.low is None or self.value >= self.low) and (self.high is None or self.value <= self.high)


@dataclass(frozen=True)
class Provenance:
    """How an artefact was made, and the command that makes it again."""

    artefact: str
    command: str
    parameters: dict[str, object]
    seed: int | None
    model_hash: str | None
    dictionaries_hash: str | None
    data: str | None
    code_version: str
    made_at: datetime
    """UTC, without a zone."""
    seconds: float


@dataclass(frozen=True)
class Missing:
    """Something that this world could hold and does not."""

    what: str
    detail: str
    command: str


# ---- Tokens and contexts --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class TokenShare:
    """A token and its share of a distribution, in [0, 1]."""

    text: str
    share: float


@dataclass(frozen=True)
class TokenWeight:
    """A token and a signed number: a logit, a change of log p (nats), an activation."""

    text: str
    weight: float


@dataclass(frozen=True)
class TokenStrip:
    """A stretch of a document with a feature's activation on each token."""

    tokens: tuple[str, ...]
    activations: tuple[float, ...]
    """Same length as `tokens`."""
    peak: int
    """Index of the token where the activation peaks."""
    maximum: float
    document: int
    position: int
    """Position of the peak in the document."""


@dataclass(frozen=True)
class ContextBin:
    """The contexts of one stretch of a feature's activation range."""

    bin: int
    """0 = top, 1 = 75–100 %, 2 = 50–75 %, 3 = 25–50 %, 4 = 0–25 % of the active tokens, by quantile."""
    name: str
    """"top", "75–100", …"""
    low: float
    high: float
    """Range of the peak activations shown."""
    strips: tuple[TokenStrip, ...]


# ---- Behaviours -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Clustering:
    """One way the contexts were clustered, with its agreement with planted truth (None where none is known)."""

    id: str
    title: str
    representation: str
    n_clusters: int
    n_samples: int
    nmi: float | None
    purity: float | None
    nmi_token_identity: float | None
    """The baseline: cluster = next token."""
    purity_token_identity: float | None


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


# ---- Circuits -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class CircuitSummary:
    """A circuit without its graph: what the circuit is of, and how it was computed."""

    id: str
    title: str
    kind: str
    """"behaviour", "agreement" or "classifier"."""
    behaviour: int | None
    task: str | None
    metric: str
    sign: str
    """What a positive effect means, in words."""
    method: str
    steps: int | None
    baseline: str
    aggregation: str
    """"none" (position-resolved) or "sum"."""
    node_selection: str
    node_threshold: float
    edge_threshold: float
    n_examples: int
    n_nodes: int
    """Features and errors, without the output node."""
    n_errors: int
    n_edges: int
    max_effect: float | None
    tokens: tuple[str, ...] | None
    example: dict[str, object] | None
    """{"clean": […], "patch": […], "answers": […]}: token texts shown beside the drawing."""


@dataclass(frozen=True)
class CircuitNode:
    """A node of a stored circuit; `site` is None for the output node "y"."""

    id: str
    site: Site | None
    feature: int | None
    """None for an error node (and for "y")."""
    position: int | None
    effect: float
    tokens: tuple[str, ...]
    """The feature's top tokens: its name where nobody has labelled it."""

    @property
    def is_error(self) -> bool:
        return self.site is not None and self.feature is None

    @property
    def ref(self) -> FeatureRef | None:
        """The feature or error this node is; None for "y"."""
        return (
            None
            if self.site is None
            else FeatureRef(self.site, "error" if self.feature is None else self.feature)
        )


@dataclass(frozen=True)
class CircuitEdge:
    """An edge of a stored circuit, from `source` (below) to `target` (above)."""

    source: str
    target: str
    weight: float


@dataclass(frozen=True)
class CircuitGraph:
    """A circuit with its whole stored graph; nodes strongest first, edges strongest first."""

    summary: CircuitSummary
    nodes: tuple[CircuitNode, ...]
    edges: tuple[CircuitEdge, ...]


@dataclass(frozen=True)
class FaithfulnessPoint:
    """One threshold of a circuit's faithfulness sweep."""

    unit: str
    """"features" or "neurons"."""
    threshold: float
    n_nodes: int
    n_errors: int
    m_model: float
    m_empty: float
    m_circuit: float
    m_complement: float
    faithfulness: float
    completeness: float


# ---- Features -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class FeatureRow:
    """A feature as a line of the list."""

    ref: FeatureRef
    tokens: tuple[str, ...]
    """The tokens it fires on most: its name where nobody has labelled it."""
    density: float
    """Share of tokens on which it is active."""
    maximum: float
    n_circuits: int


@dataclass(frozen=True)
class FeatureCard:
    """One feature's figures; its contexts, circuits and neighbours are queries of their own."""

    ref: FeatureRef
    density: float
    maximum: float
    histogram: tuple[int, ...]
    """Active tokens in equal bins of (0, maximum]."""
    tokens: tuple[str, ...]
    promoted: tuple[TokenWeight, ...]
    suppressed: tuple[TokenWeight, ...]
    ablated: tuple[TokenWeight, ...]
    """Change of log p of the next token when it is ablated on its top contexts; strongest first; may be empty."""
    n_circuits: int
    previous: FeatureRef | None
    """Neighbour by number in the same dictionary."""
    next: FeatureRef | None


@dataclass(frozen=True)
class CircuitMembership:
    """A circuit that a feature takes part in, with its effect there (summed over positions)."""

    circuit: str
    title: str
    kind: str
    behaviour: int | None
    effect: float


@dataclass(frozen=True)
class FeatureNeighbour:
    """A feature whose decoder direction is close."""

    ref: FeatureRef
    tokens: tuple[str, ...]
    cosine: float


# ---- Classifier -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class ClassifierTask:
    """A classifier that SHIFT can clean: a linear probe on the mean over tokens of one site."""

    task: str
    title: str
    site: Site
    classes: tuple[str, str]
    """(negative, positive)."""
    attributes: tuple[str, str]
    """The attribute that it should not use."""
    circuit: str
    probe_weight: tuple[float, ...]
    probe_bias: float
    parameters: dict[str, object]
    n_texts: dict[str, int]
    """Texts in each split: "ambiguous" (train), "balanced", "test"."""


@dataclass(frozen=True)
class ClassifierText:
    """One text of a task as token ids."""

    id: int
    tokens: tuple[int, ...]
    label: int
    attribute: int


@dataclass(frozen=True)
class ClassifierFeature:
    """A feature of the probe's circuit."""

    rank: int
    ref: FeatureRef
    tokens: tuple[str, ...]
    effect: float
    """On the probe's logit for the positive class."""
    spurious_truth: bool | None
    """The ground-truth annotator's answer, where there is one."""
    alone: float | None
    """Change of profession accuracy, in points, when only this feature is ablated."""


@dataclass(frozen=True)
class GroupActivation:
    """A feature's activation in one group of a task's texts."""

    task: str
    label: int
    attribute: int
    name: str
    """For example "female nurse"."""
    mean: float
    stderr: float
    active: float
    """Share of the group's texts on which it is active."""


@dataclass(frozen=True)
class ShiftRow:
    """One row of the SHIFT table; accuracies are shares on the balanced test set, intervals 95 % (low, high)."""

    name: str
    needs_balanced_labels: bool
    n_ablated: int | None
    profession: float
    attribute: float
    worst: float
    profession_ci: tuple[float, float]
    attribute_ci: tuple[float, float]
    worst_ci: tuple[float, float]
    groups: tuple[float, float, float, float]
    """Accuracy of (label 0, attribute 0), (0, 1), (1, 0), (1, 1)."""
    note: str | None

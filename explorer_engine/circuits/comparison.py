"""Two circuits held against each other: what both have, by how much effects differ, how much overlaps."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeVar

from explorer_engine.circuits.circuit import Circuit
from explorer_engine.sites import OUTPUT, Site

__all__ = [
    "ComparedEdge",
    "ComparedNode",
    "Comparison",
    "Overlap",
    "Side",
    "compare",
    "direction",
    "feature_effects",
    "overlap",
    "strange",
]

F = TypeVar("F", "ComparedNode", "ComparedEdge")
K = TypeVar("K")
Side = Literal["both", "here", "there"]
"""Which of two circuits has something; `here` is the first."""


def direction(sign: str) -> float:
    """What an effect is multiplied by, so that a positive one supports the answer; −1 or 1.

    `sign` says in words what a positive effect means (`Circuit.sign`), or what a negative one does.
    """
    return -1.0 if sign.startswith("negative") else 1.0


@dataclass(frozen=True)
class ComparedNode:
    """A node of either circuit. Effects are those of the circuits, positive where they support the answer."""

    id: str
    site: Site
    feature: int | Literal["error"]
    position: int | None
    """A column of both circuits; None when positions are summed."""
    here: float | None
    """Effect in the first circuit, None where it has not the node."""
    there: float | None
    here_share: float
    """|effect| as a share of the sum over all nodes of the first circuit, 0 where it has not the node."""
    there_share: float

    @property
    def side(self) -> Side:
        """Which circuit has it."""
        return _side(self.here, self.there)

    @property
    def key(self) -> tuple[str, ...]:
        """What ties are broken by."""
        return (self.id,)

    @property
    def ref(self) -> str:
        """The feature, whatever the position: `resid_3/12`."""
        return f"{self.site}/{self.feature}"

    @property
    def is_error(self) -> bool:
        """Whether it is a site's SAE error."""
        return self.feature == "error"

    @property
    def difference(self) -> float:
        """Effect there − effect here; absent counts 0."""
        return (self.there or 0.0) - (self.here or 0.0)

    @property
    def share_difference(self) -> float:
        """The same between shares, which keep the sign of their effects: in [−2, 2]."""
        return _signed(self.there_share, self.there) - _signed(self.here_share, self.here)


@dataclass(frozen=True)
class ComparedEdge:
    """An edge of either circuit."""

    source: str
    target: str
    here: float | None
    """Weight in the first circuit, None where it has not the edge."""
    there: float | None
    here_share: float
    """|weight| as a share of the sum over all edges of the first circuit."""
    there_share: float

    @property
    def key(self) -> tuple[str, ...]:
        """What ties are broken by."""
        return self.source, self.target

    @property
    def side(self) -> Side:
        """Which circuit has it."""
        return _side(self.here, self.there)


@dataclass(frozen=True)
class Overlap:
    """How much two circuits have in common by their features: no SAE errors, positions summed."""

    common: int
    """Features in both."""
    here: int
    """Features of the first."""
    there: int
    weighted: float
    """Σ min(p, q) over the features in both: p, q are a feature's shares of Σ |effect| of either circuit's
    features, and one that supports the answer here and opposes it there counts 0. In [0, 1]."""

    @property
    def either(self) -> int:
        """Features in one or both."""
        return self.here + self.there - self.common

    @property
    def features(self) -> float:
        """Common features as a share of those in either (Jaccard); 1 when there are none."""
        return self.common / self.either if self.either else 1.0

    @property
    def shared(self) -> float:
        """Common features as a share of the larger circuit's: both circuits share at least this much.

        The paper (App. F.1) says of two circuits that they "share over 85% of their features" and gives no
        formula; this is the strictest reading. 1 when neither has any.
        """
        larger = max(self.here, self.there)
        return self.common / larger if larger else 1.0


@dataclass(frozen=True)
class Comparison:
    """Nodes and edges of two circuits."""

    nodes: tuple[ComparedNode, ...]
    """Largest share in either circuit first."""
    edges: tuple[ComparedEdge, ...]
    """Likewise."""
    overlap: Overlap

    def strongest(self, nodes: int, edges: int, errors: bool = True) -> Comparison:
        """The union of each circuit's strongest nodes, and of each one's strongest edges between them.

        A node that both have is in it when it is strong in one of them.
        """
        known = [node for node in self.nodes if errors or not node.is_error]
        kept = _first(known, nodes)
        ids = {*(node.id for node in kept), OUTPUT}
        between = [edge for edge in self.edges if edge.source in ids and edge.target in ids]
        return Comparison(tuple(kept), tuple(_first(between, edges)), self.overlap)

    def only(self, side: Literal["here", "there"]) -> Comparison:
        """What one of the circuits has of it."""
        other = "there" if side == "here" else "here"
        nodes = tuple(node for node in self.nodes if node.side != other)
        ids = {*(node.id for node in nodes), OUTPUT}
        edges = (e for e in self.edges if e.side != other and e.source in ids and e.target in ids)
        return Comparison(nodes, tuple(edges), self.overlap)


def compare(here: Circuit, there: Circuit, matched: bool = True) -> Comparison:
    """Both circuits node by node and edge by edge, by id; not `matched`, nothing of one is in the other.

    Where positions are apart they must be columns that mean the same in both (`templates.align`).
    """
    if not matched:
        nothing = replace(here, nodes=(), edges=())
        one, two = compare(here, nothing), compare(replace(nothing, provenance=there.provenance), there)
        apart = Overlap(0, one.overlap.here, two.overlap.there, 0.0)
        return Comparison(_ranked((*one.nodes, *two.nodes)), _ranked((*one.edges, *two.edges)), apart)
    nodes = []
    for id, a, b, a_share, b_share in _pairs(_effects(here), _effects(there)):
        node = here.by_id.get(id) or there.by_id[id]
        nodes.append(ComparedNode(id, node.site, node.feature, node.position, a, b, a_share, b_share))
    edges = [
        ComparedEdge(*ends, a, b, a_share, b_share)
        for ends, a, b, a_share, b_share in _pairs(_weights(here), _weights(there))
    ]
    found = overlap(feature_effects(here), feature_effects(there))
    return Comparison(_ranked(nodes), _ranked(edges), found)


def _effects(circuit: Circuit) -> dict[str, float]:
    way = direction(circuit.sign)
    return {node.id: way * node.effect for node in circuit.nodes}


def _weights(circuit: Circuit) -> dict[tuple[str, str], float]:
    return {(edge.source, edge.target): edge.weight for edge in circuit.edges}


def _pairs(
    here: Mapping[K, float], there: Mapping[K, float]
) -> Iterator[tuple[K, float | None, float | None, float, float]]:
    """Of each key of either: both values, and what share of its side's sum of sizes each is."""
    a_total, b_total = (sum(map(abs, values.values())) or 1.0 for values in (here, there))
    for key in dict.fromkeys((*here, *there)):
        a, b = here.get(key), there.get(key)
        yield key, a, b, abs(a or 0.0) / a_total, abs(b or 0.0) / b_total


def _ranked(found: Iterable[F]) -> tuple[F, ...]:
    return tuple(sorted(found, key=lambda f: (-max(f.here_share, f.there_share), f.key)))


def feature_effects(circuit: Circuit) -> dict[str, float]:
    """Effect of each feature by name (`resid_3/12`), positions summed; positive: it supports the answer."""
    found: dict[str, float] = defaultdict(float)
    way = direction(circuit.sign)
    for node in circuit.nodes:
        if not node.is_error:
            found[str(node.ref)] += way * node.effect
    return dict(found)


def overlap(here: Mapping[str, float], there: Mapping[str, float]) -> Overlap:
    """How much two circuits have in common, from their features' effects (`feature_effects`)."""
    common = here.keys() & there.keys()
    a_total = sum(map(abs, here.values())) or 1.0
    b_total = sum(map(abs, there.values())) or 1.0
    weighted = sum(
        min(abs(here[name]) / a_total, abs(there[name]) / b_total)
        for name in common
        if here[name] * there[name] > 0
    )
    return Overlap(len(common), len(here), len(there), weighted)


def strange(here: Circuit, there: Circuit) -> str | None:
    """Why nodes of one number are not the same feature; None: they are."""
    a, b = here.fingerprint, there.fingerprint
    if a is None or b is None or a.dictionaries is None or b.dictionaries is None:
        return "One of them does not say which dictionaries its features are of: none is matched"
    if a.dictionaries != b.dictionaries:
        return "Their features are of different dictionaries: a feature's number means something else in each"
    if None not in (a.model, b.model) and a.model != b.model:
        return "They are of different models: none of their features is matched"
    return None


def _side(here: float | None, there: float | None) -> Side:
    if here is None:
        return "there"
    return "here" if there is None else "both"


def _signed(share: float, effect: float | None) -> float:
    return -share if (effect or 0.0) < 0 else share


def _first(found: Sequence[F], n: int) -> list[F]:
    """The n with the largest share in each circuit, in the order given."""
    here = sorted((i for i, f in enumerate(found) if f.here_share), key=lambda i: (-found[i].here_share, i))
    there = sorted(
        (i for i, f in enumerate(found) if f.there_share), key=lambda i: (-found[i].there_share, i)
    )
    kept = {*here[:n], *there[:n]}
    return [f for i, f in enumerate(found) if i in kept]

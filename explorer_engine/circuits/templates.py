"""Positions of two templates: which of one stands for which of the other, and circuits in common columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from explorer_engine.circuits.circuit import Circuit, Edge

__all__ = ["Column", "Template", "align", "in_columns", "template"]


@dataclass(frozen=True)
class Template:
    """The tokens of one example of a circuit whose positions are apart."""

    tokens: tuple[str, ...]
    changed: int | None
    """The first position at which clean and patch differ, of a sentence its subject; None: not known."""


@dataclass(frozen=True)
class Column:
    """One position of either template or of both; None: that one has no such position."""

    here: int | None
    there: int | None


def template(circuit: Circuit, example: Mapping[str, object] | None = None) -> Template:
    """The template of a circuit with positions, from its tokens and one of its pairs (`clean`, `patch`)."""
    last = max((node.position for node in circuit.nodes if node.position is not None), default=-1)
    tokens = circuit.tokens or ("",) * (last + 1)
    clean, patch = ((example or {}).get(side) for side in ("clean", "patch"))
    if not isinstance(clean, list) or not isinstance(patch, list) or len(clean) != len(patch):
        return Template(tokens, None)
    differing = (i for i, (a, b) in enumerate(zip(clean, patch, strict=True)) if a != b)
    changed = next(differing, None)
    return Template(tokens, changed if changed is not None and changed < len(tokens) else None)


def align(here: Template, there: Template) -> tuple[Column, ...]:
    """Columns that hold the positions of both, in order.

    The token in which clean and patch differ stands with its like, and so does the last token, unless it is
    that token in one of them. Between the two, and before the first, tokens are counted from the one that
    differs. Where one of the templates does not say which that is, both are counted from the last token.
    """
    n, m = len(here.tokens), len(there.tokens)
    if here.changed is None or there.changed is None:
        return _counted_back(range(n), range(m))
    a, b = here.changed, there.changed
    before = _counted_back(range(a), range(b))
    after_here, after_there = range(a + 1, n), range(b + 1, m)
    if not after_here or not after_there:
        after = _counted(after_here, after_there)
    else:
        after = (*_counted(after_here[:-1], after_there[:-1]), Column(n - 1, m - 1))
    return (*before, Column(a, b), *after)


def _counted(here: Sequence[int], there: Sequence[int]) -> tuple[Column, ...]:
    """First with first; what is left of the longer one stands alone."""
    return tuple(
        Column(here[i] if i < len(here) else None, there[i] if i < len(there) else None)
        for i in range(max(len(here), len(there)))
    )


def _counted_back(here: Sequence[int], there: Sequence[int]) -> tuple[Column, ...]:
    """Last with last."""
    return tuple(reversed(_counted(here[::-1], there[::-1])))


def in_columns(circuit: Circuit, columns: Sequence[int | None]) -> Circuit:
    """The circuit with each position replaced by the number of its column.

    `columns`: the position that stands in each, None where none does.
    Nodes at a position without a column are left out.
    """
    number = {position: i for i, position in enumerate(columns) if position is not None}
    nodes = {
        node.id: replace(node, position=number[node.position])
        for node in circuit.nodes
        if node.position in number
    }
    name = {old: node.id for old, node in nodes.items()}
    edges = (
        Edge(name[e.source], name.get(e.target, e.target), e.weight)
        for e in circuit.edges
        if e.source in name and (e.target in name or e.target not in circuit.by_id)
    )
    return replace(circuit, nodes=tuple(nodes.values()), edges=tuple(edges), tokens=None)

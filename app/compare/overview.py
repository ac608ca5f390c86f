"""The Compare page without a pair: the matrix of all circuits of a kind, and pairs to begin with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import streamlit as st

from app import address, names, world, worlds
from app.compare.side import PAPER, WEIGHTED
from app.compare.toolbar import FIRST, views
from app.compare.view import CompareView
from app.shared.circuit_list import KINDS
from app.shared.clickable import choose, clickable
from app.shared.html import Html, joined, still
from app.shared.paging import page_at, pager
from app.shared.text import head, opens
from explorer_engine.circuits.comparison import Overlap, overlap
from explorer_engine.circuits.ordering import alike_together
from explorer_engine.errors import InputError
from explorer_engine.store.values import CircuitGroup, GroupedCircuit, Page

__all__ = ["MEASURES", "overview"]

state = st.session_state
View = CompareView
PER_PAGE = 40
"""Circuits of a matrix."""
_WRITTEN = 24
"""Up to so many, cells have their number written in them."""
_PAIRS = 6
MEASURES = {
    "features": ("Features in common", "common features / features in either"),
    "shared": ("Share of the larger circuit", PAPER),
    "weighted": ("Weighted by effect", WEIGHTED),
}
"""What a cell can be: in words, and how it is made."""


@dataclass(frozen=True)
class Matrix:
    """The circuits of one page of a group, those alike together, and what each two have in common."""

    found: Page[GroupedCircuit]
    """In the order of the store."""
    rows: tuple[GroupedCircuit, ...]
    """In the order of the matrix."""
    cells: tuple[tuple[Overlap, ...], ...]


def overview(view: View) -> None:
    """Matrix at the left, pairs to begin with at the right. InputError: the address has words unknown."""
    groups = _groups(world.version())
    if view.by not in MEASURES:
        raise InputError(f"the address says by={view.by[:60]!r}: expected {', '.join(MEASURES)}")
    group = groups[0] if view.kind in (None, FIRST) else next((g for g in groups if g.id == view.kind), None)
    if group is None:
        known = ", ".join(g.id for g in groups)
        raise InputError(f"this world has no circuits of the kind {str(view.kind)[:60]!r}: expected {known}")
    found = page_at(view.page, PER_PAGE, lambda at, most: _circuits(world.version(), group, at, most))
    matrix = _matrix(world.version(), group, found.offset, view.by)
    _bar(view, group, groups)
    left, right = st.columns([0.695, 0.305], gap="small")
    with left:
        with st.container(key="compare_matrix"):
            clickable(_drawn(matrix, view.by), "compare_cells", lambda: _opened(matrix))
        if found.total > PER_PAGE:
            pager(View, found, "circuits")
        still(_note(view.by))
    with right, st.container(key="card"):
        clickable(_pairs(groups), "compare_pairs")


def _bar(view: View, group: CircuitGroup, groups: Sequence[CircuitGroup]) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key="compare_bar", gap="small"):
        with st.container(key="compare_kind", width=300):
            kinds = {g.id: f"{title(g)} ({g.n:,})" for g in groups}
            choose("Circuits", kinds, group.id, "compare_kinds", lambda kind: _to(kind=kind, page=1))
        with st.container(key="compare_by", width=230):
            measures = {value: words for value, (words, _) in MEASURES.items()}
            choose("Cells", measures, view.by, "compare_measure", lambda by: _to(by=by))
        still(Html('<div class="meta">a cell opens its pair</div>'))
        views("matrix")


def _to(**changes: object) -> None:
    address.update(View, **changes)


def title(group: CircuitGroup) -> str:
    """A group in words: `Behaviours, SAE effects`."""
    kind = KINDS.get(group.kind, group.kind)
    return kind if group.title is None else f"{kind}, {group.title}"


def _opened(matrix: Matrix) -> None:
    act = state.compare_cells.act
    if not act or act["act"] != "pair":
        return
    ends = [int(n) for n in str(act["value"]).split(",") if n.isdecimal()]
    if len(ends) == 2 and max(ends) < len(matrix.rows):
        a, b = (matrix.rows[i].id for i in ends)
        last = address.update(View)
        address.write(View(a=a, b=b, kind=last.kind, by=last.by, page=last.page))


# ---- the matrix -----------------------------------------------------------------------------------


@st.cache_resource(max_entries=16, show_spinner=False)
def _groups(version: world.Version) -> tuple[CircuitGroup, ...]:
    return world.store().comparisons.groups()


@st.cache_resource(max_entries=64, show_spinner=False)
def _circuits(version: world.Version, group: CircuitGroup, at: int, most: int) -> Page[GroupedCircuit]:
    return world.store().comparisons.circuits(group, at, most)


@st.cache_resource(max_entries=64, show_spinner=False)
def _matrix(version: world.Version, group: CircuitGroup, at: int, by: str) -> Matrix:
    found = _circuits(version, group, at, PER_PAGE)
    effects = world.store().comparisons.feature_effects(found.rows)
    maps = [effects[row.id] for row in found.rows]
    n = len(maps)
    cells = {(i, j): overlap(maps[i], maps[j]) for i in range(n) for j in range(n)}
    order = alike_together([[getattr(cells[i, j], by) for j in range(n)] for i in range(n)])
    return Matrix(
        found,
        tuple(found.rows[i] for i in order),
        tuple(tuple(cells[i, j] for j in order) for i in order),
    )


def called(row: GroupedCircuit) -> str:
    """A circuit's title as people call its behaviour."""
    return row.title if row.behaviour is None else names.behaviour_labels().get(row.behaviour, row.title)


def _drawn(matrix: Matrix, by: str) -> Html:
    n, written = len(matrix.rows), len(matrix.rows) <= _WRITTEN
    if n == 1:
        return Html(
            '<p class="nothing-found">One circuit of this kind: there is none to hold it against. {}</p>'
        ).format(called(matrix.rows[0]))
    parts = [Html("<span></span>"), *(Html('<span class="column">{}</span>').format(j + 1) for j in range(n))]
    for i, row in enumerate(matrix.rows):
        parts.append(_row_title(i, row))
        parts += [_cell(i, j, cell, by, written) for j, cell in enumerate(matrix.cells[i])]
    form = Html(
        '<div class="overlap-matrix{}" role="grid" aria-label="overlap of {} circuits, per cent" '
        'data-columns="{}" style="--n:{};--cell:{}px">{}</div>'
    )
    widest = max(28, min(64, 560 // n))
    return form.format("" if written else " crowded", n, n, n, widest, joined(parts))


def _row_title(i: int, row: GroupedCircuit) -> Html:
    """Number in the matrix, title, number of the behaviour: two may have one title."""
    words = called(row)
    number = "" if row.behaviour is None else Html("<i>#{}</i>").format(row.behaviour)
    form = Html('<span class="row-title" title="{}"><em>{}</em><span>{}</span>{}</span>')
    return form.format(words, i + 1, words, number)


def _cell(i: int, j: int, cell: Overlap, by: str, written: bool) -> Html:
    if i == j:
        return Html('<span class="cell same"></span>')
    value = getattr(cell, by)
    form = Html(
        '<button class="cell" style="--share:{:.2f}" data-act="pair" data-value="{},{}" tabindex="{}" '
        'title="{} × {}: {:.0%}, {} features in both">{}</button>'
    )
    number = f"{100 * value:.0f}" if written else ""
    first = 0 if (i, j) == (0, 1) else -1
    return form.format(value, i, j, first, i + 1, j + 1, value, cell.common, number)


def _note(by: str) -> Html:
    words, how = MEASURES[by]
    return Html(
        '<div class="footnote"><span class="method" title="{}">{}, per cent: SAE errors left out, positions '
        "summed; "
        "circuits alike stand together</span></div>"
    ).format(how, words)


# ---- pairs to begin with --------------------------------------------------------------------------


def _pairs(groups: Sequence[CircuitGroup]) -> Html:
    """Circuits of pairs, of classifiers, of one behaviour in two clusterings, of another world."""
    out = [head("Pairs to begin with", "features in common")]
    for group in groups:
        if group.kind != "behaviour" and 1 < group.n <= PER_PAGE:
            out.append(_group_pairs(group))
    out += [_matched(), _worlds()]
    return joined(out)


def _group_pairs(group: CircuitGroup) -> Html:
    matrix = _matrix(world.version(), group, 0, "features")
    pairs = sorted(
        ((matrix.cells[i][j].features, i, j) for i, j in combinations(range(len(matrix.rows)), 2)),
        key=lambda pair: (-pair[0], pair[1:]),
    )
    rows = matrix.rows
    lines = joined(
        _line(View(a=rows[i].id, b=rows[j].id), called(rows[i]), called(rows[j]), value)
        for value, i, j in pairs[:_PAIRS]
    )
    return Html('<div class="pairs"><h3>{}</h3><div class="rows">{}</div></div>').format(title(group), lines)


def _line(view: View, a: str, b: str, value: float, hint: str = "") -> Html:
    return Html(
        '<div class="row row-pair" title="{}" {}><span class="label">'
        '<span><i class="which here">A</i>{}</span>'
        '<span><i class="which there">B</i>{}</span></span><span class="number">{:.0%}</span></div>'
    ).format(hint or f"{a} and {b}", opens(address.href(view)), a, b, value)


@st.cache_resource(max_entries=16, show_spinner=False)
def _matches(version: world.Version):
    return world.store().comparisons.matched(_PAIRS)


def _matched() -> Html:
    found = _matches(world.version())
    if not found:
        return Html("")
    labels = names.behaviour_labels()
    lines = joined(
        Html(
            '<div class="row row-pair" title="{} contexts in both" {}><span class="label"><span>{}</span>'
            '<span><i class="which here">A</i>#{} <i class="which there">B</i>#{}</span></span>'
            '<span class="number">{:.0%}</span></div>'
        ).format(
            match.common, opens(address.href(View(a=match.here_circuit, b=match.there_circuit))),
            labels.get(match.here, match.here_title), match.here, match.there, match.share,
        )
        for match in found
    )  # fmt: skip
    return Html(
        '<div class="pairs"><h3>One behaviour in two clusterings <em>contexts in common</em></h3>'
        '<div class="rows">{}</div></div>'
    ).format(lines)


def _worlds() -> Html:
    """The same circuit in another world of the same dictionaries."""
    here = world.asked()
    others = [
        w for w in worlds.listed() if w != here and w.dictionaries and w.dictionaries == here.dictionaries
    ]
    lines = []
    for other in others:
        circuit = _in_both(world.version(), other.key)
        if circuit is not None:
            lines.append(
                Html(
                    '<div class="row row-pair" {}><span class="label"><span>{}</span>'
                    "<span>{} and {}</span></span></div>"
                ).format(
                    opens(address.href(View(a=circuit, b=circuit, world_b=other.key))),
                    circuit,
                    here.name,
                    other.name,
                )
            )
    if not lines:
        return Html("")
    return Html(
        '<div class="pairs"><h3>Two worlds of the same dictionaries</h3><div class="rows">{}</div></div>'
    ).format(joined(lines))


@st.cache_resource(max_entries=64, show_spinner=False)
def _in_both(version: world.Version, key: str) -> str | None:
    """A circuit whose id another world has too; None where there is none, or that world cannot be opened."""
    try:
        other = world.opened(worlds.find(key)).store
        for row in world.store().circuits.page(limit=PER_PAGE).rows:
            if any(found.id == row.id for found in other.circuits.page(text=row.id, limit=PER_PAGE).rows):
                return row.id
    except InputError:
        return None
    return None

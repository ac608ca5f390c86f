"""Start: what this world is, how good and how it was made; three ways into it; behaviours worth a look."""

from __future__ import annotations

import streamlit as st

from app import names
from app.address import href, read
from app.behaviours.view import BehavioursView
from app.circuit.view import CircuitView
from app.operations.metrics import measured
from app.shared.clickable import clickable
from app.shared.html import Html, joined
from app.shared.text import head, link, name_of, num, opens
from app.shift.view import ShiftView
from app.start import description, ways_in
from app.start.facts import Facts, facts
from app.start.view import StartView as View
from explorer_engine.drawing.bars import stack
from explorer_engine.drawing.charts import spark
from explorer_engine.drawing.tokens import tok
from explorer_engine.store.values import BehaviourRow


def ways(found: Facts) -> Html:
    """The three ways in, previews included; one to something that this world lacks is left out."""
    cards = []
    if (row := found.behaviour) is not None:
        view = BehavioursView(row.clustering, row.id)
        cards.append(ways_in.behaviours_card(found.summary.n_behaviours, found.contexts, view))
    if (graph := found.circuit) is not None:
        cards.append(ways_in.circuit_card(found.summary.n_circuits, graph, CircuitView(graph.summary.id)))
    if found.classifiers:
        task, n = found.classifiers[0].task, len(found.classifiers)
        labels = names.feature_labels(feature.ref for feature in found.features)
        cards.append(ways_in.shift_card(n, task, found.runs, found.features, labels, ShiftView(task.name)))
    return ways_in.side_by_side(cards)


def worth_row(why: str, row: BehaviourRow, mean: tuple[tuple[int, float], ...]) -> Html:
    """One behaviour worth a look, with what it is the most of."""
    answers = joined((tok(a.text, "plain") for a in row.answers[:4]), " ")
    return Html(
        '<div class="row row-worth-a-look" {}><span class="two-lines">'
        '<span class="label">{}</span>'
        '<span class="worth-why">{}<span class="worth-answers">{}</span></span></span>'
        "{}{}"
        '<span class="number">{}</span><span class="number">{}</span></div>'
    ).format(
        opens(href(BehavioursView(row.clustering, row.id))),
        name_of(row.label),
        why,
        answers,
        stack([a.share for a in row.answers], 44),
        spark(row.losses, mean, 44, 18),
        row.n_contexts,
        num(row.figures.max_effect if row.figures else None),
    )


def worth_a_look(found: Facts) -> Html:
    """One behaviour of each kind."""
    rows = joined(worth_row(why, row, found.mean_losses) for why, row in found.worth_a_look)
    if not rows:
        return head("Worth a look") + Html('<p class="quiet">No behaviour with a circuit is here.</p>')
    columns = Html(
        '<div class="row column-heads row-worth-a-look"><span>Behaviour</span><span>answers</span>'
        "<span>loss</span>"
        '<span class="number" title="contexts">n</span>'
        '<span class="number" title="largest effect of one feature on log p(answer)">effect</span></div>'
    )
    more = link("all", href(BehavioursView()))
    return head("Worth a look", "one of each kind", more) + Html('<div class="rows">{}{}</div>').format(
        columns, rows
    )


@measured(View.PAGE)
def page() -> None:
    read(View)
    found = facts()
    left, right = st.columns([0.335, 0.665], gap="medium")
    with left:
        clickable(description.world(found.summary, found.made, found.dictionaries), "facts")
        clickable(description.dictionaries(found.dictionaries), "dictionaries")
        with st.container(key="made_box"):
            clickable(description.provenance(found.made), "made")
    with right:
        clickable(ways(found), "doors")
        a, b = st.columns([0.47, 0.53], gap="medium")
        with a, st.container(key="worth_box"):
            clickable(worth_a_look(found), "worth")
        with b, st.container(key="quality_box"):
            clickable(description.quality(found.quality) + description.missing(found.missing), "quality")


page()

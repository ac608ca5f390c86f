"""Start: what this world is, how good and how it was made; three ways into it; behaviours worth a look."""

from __future__ import annotations

import streamlit as st

from app import world
from app.address import href, read
from app.behaviours.view import BehavioursView
from app.circuit.view import CircuitView
from app.shared.bars import stack
from app.shared.charts import spark
from app.shared.clickable import clickable
from app.shared.html import Html, joined
from app.shared.text import head, link, name_of, num, opens
from app.shared.tokens import tok
from app.shift.view import ShiftView
from app.start import description, ways_in
from app.start.view import StartView as View
from explorer_engine.store.artefacts import ArtefactStore
from explorer_engine.store.values import BehaviourRow


def opening(store: ArtefactStore) -> str | None:
    """The clustering that the Behaviours page opens with."""
    return next((clustering.id for clustering in store.behaviours.clusterings()), None)


def ways(store: ArtefactStore) -> Html:
    """The three ways in, previews included; one to something that this world lacks is left out."""
    summary, cards = store.start.world(), []
    if (row := store.behaviours.telling(opening(store))) is not None:
        contexts = store.behaviours.contexts(row.id, limit=18).rows
        view = BehavioursView(row.clustering, row.id)
        cards.append(ways_in.behaviours_card(summary.n_behaviours, contexts, view))
    if (circuit := store.circuits.telling()) is not None:
        graph = store.circuits.graph(circuit.id)
        cards.append(ways_in.circuit_card(summary.n_circuits, graph, CircuitView(circuit.id)))
    classifiers = store.classifiers.all()
    if classifiers:
        task = classifiers[0].task
        runs, features = store.classifiers.runs(task.name), store.classifiers.features(task.name)
        cards.append(ways_in.shift_card(len(classifiers), task, runs, features, ShiftView(task.name)))
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


def worth_a_look(store: ArtefactStore) -> Html:
    """One behaviour of each kind."""
    mean = store.behaviours.mean_losses()
    rows = joined(worth_row(why, row, mean) for why, row in store.behaviours.worth_a_look(opening(store)))
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


def page() -> None:
    read(View)
    store = world.store()
    dictionaries, made = store.start.dictionaries(), store.start.provenance()
    left, right = st.columns([0.335, 0.665], gap="medium")
    with left:
        clickable(description.world(store.start.world(), made, dictionaries), "facts")
        clickable(description.dictionaries(dictionaries), "dictionaries")
        with st.container(key="made_box"):
            clickable(description.provenance(made), "made")
    with right:
        clickable(ways(store), "doors")
        a, b = st.columns([0.47, 0.53], gap="medium")
        with a, st.container(key="worth_box"):
            clickable(worth_a_look(store), "worth")
        with b, st.container(key="quality_box"):
            clickable(
                description.quality(store.start.quality()) + description.missing(store.start.missing()),
                "quality",
            )


page()

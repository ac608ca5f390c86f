"""Parts of a feature as HTML strings: the list's rows, and the parts of its card."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from app.address import href
from app.circuit.view import CircuitView
from app.features.view import FeaturesView
from app.shared.html import Html, esc, joined
from app.shared.judgement_choices import KEY_TO_SIGNS, MARK
from app.shared.text import head, link, meta, name_of, num, opens
from app.shift.view import ShiftView
from explorer_engine.dashboards.values import FeatureNeighbour
from explorer_engine.drawing.bars import mbar
from explorer_engine.drawing.feature_parts import pattern
from explorer_engine.drawing.groups import group_means
from explorer_engine.drawing.tokens import chips, name_or_tokens
from explorer_engine.shift.task import ClassifierTask
from explorer_engine.shift.values import GroupMean
from explorer_engine.sites import FeatureRef
from explorer_engine.store.explanations import Explanation
from explorer_engine.store.opinions import VOTES, Label, Opinion
from explorer_engine.store.values import (
    CircuitMembership,
    FeatureCard,
    FeatureRow,
    Page,
)

__all__ = [
    "circuits",
    "groups",
    "opinions",
    "rows",
    "similar",
    "title",
]


def rows(found: Page[FeatureRow], labels: Mapping[str, str]) -> Html:
    """The list: name (or top tokens) and id, density, maximum, number of circuits."""
    out = [
        Html(
            '<div class="row column-heads row-feature"><span>Feature</span>'
            '<span class="number" title="share of tokens on which it is active, %">density</span>'
            '<span class="number" title="largest activation">max</span>'
            '<span class="number" title="circuits it takes part in">circ. ↓</span></div>'
        )
    ]
    for row in found.rows:
        name = name_or_tokens(labels.get(str(row.ref)), row.tokens)
        out.append(
            Html(
                '<div class="row row-feature" role="option" tabindex="0" aria-selected="false" '
                'data-act="pick" data-value="{}">'
                '<span class="label">{}<span class="feature-id">{}</span></span>'
                '<span class="number">{}</span><span class="number">{:.1f}</span>'
                '<span class="number">{}</span></div>'
            ).format(row.ref, name, row.ref, num(row.density * 100), row.maximum, row.n_circuits or "–")
        )
    if not found.rows:
        out.append(
            Html(
                '<div class="nothing-found">No feature matches. Remove a filter or a word of the '
                "search.</div>"
            )
        )
    return Html('<div class="rows" role="listbox" aria-label="Features">{}</div>').format(joined(out))


def title(card: FeatureCard, label: Label | None, judges: int) -> Html:
    """Name, id between its neighbours by number, who said something about it, and its pattern."""

    def neighbour(ref: FeatureRef | None, text: str) -> Html:
        return link(text, href(FeaturesView(ref)), title=f"feature {ref}") if ref else Html("")

    before = neighbour(card.previous, f"‹ {card.previous.index}") if card.previous else ""
    after = neighbour(card.next, f"{card.next.index} ›") if card.next else ""
    many = "circuit" if card.n_circuits == 1 else "circuits"
    fires = "" if label else Html('<span class="fires-on">fires on {}</span>').format(chips(card.tokens[:5]))
    return (
        Html('<div class="title">{}{}</div>').format(
            name_of(label.text if label else None), fires if card.tokens else ""
        )
        + meta(
            Html('{} &nbsp;<span class="id">{}</span>&nbsp; {}').format(before, card.ref, after),
            Html("in <b>{}</b> {}").format(card.n_circuits, many),
            Html("judged by <b>{}</b>").format(judges) if judges else "not judged yet",
            Html("label by <b>{}</b>").format(label.annotator) if label else "",
        )
        + pattern(card.pattern, label.text if label else None)
    )


def groups(found: Mapping[str, Sequence[GroupMean]], tasks: Mapping[str, ClassifierTask]) -> Html:
    """Mean activation in each group of each classifier task's texts, with its 95 % interval."""
    out = []
    for name, means in found.items():
        task = tasks[name]
        out.append(head(task.title, "mean activation by group", link("SHIFT", href(ShiftView(name)))))
        out.append(group_means(task, means))
    return joined(out)


def circuits(found: Sequence[CircuitMembership], total: int, labels: Mapping[int, str]) -> Html:
    """Circuits it takes part in, strongest first."""
    if not found:
        return head("Circuits") + Html('<p class="quiet">In none of this world’s circuits.</p>')
    top = max(abs(c.effect) for c in found)
    lines = []
    for c in found:
        name = (None if c.behaviour is None else labels.get(c.behaviour)) or c.title
        which = "" if c.behaviour is None else Html('<span class="feature-id">#{}</span>').format(c.behaviour)
        lines.append(
            Html(
                '<div class="row row-circuit" {}>{}'
                '<span class="label" title="{}"><span class="name">{}</span>{}</span>'
                '<span class="number">{}</span></div>'
            ).format(
                opens(href(CircuitView(c.circuit))),
                mbar(c.effect, top),
                name,
                name,
                which,
                num(c.effect, True),
            )
        )
    note = f"{total}, strongest first; effect" if total > 1 else "effect"
    return head("Circuits", note) + Html('<div class="rows">{}</div>').format(joined(lines))


def similar(found: Sequence[FeatureNeighbour], labels: Mapping[str, str]) -> Html:
    """Features whose decoder directions are closest."""
    if not found:
        return Html("")
    lines = []
    for n in found:
        name = name_or_tokens(labels.get(str(n.ref)), n.tokens)
        lines.append(
            Html(
                '<div class="row row-similar-feature" {}>'
                '<span class="label">{}<span class="feature-id">{}</span></span>'
                '<span class="number">{:.2f}</span></div>'
            ).format(opens(href(FeaturesView(n.ref))), name, n.ref, n.cosine)
        )
    return head("Similar features", "decoder cosine") + Html('<div class="rows">{}</div>').format(
        joined(lines)
    )


def opinions(found: Collection[Opinion], explained: Collection[Explanation] = ()) -> Html:
    """What each person says: judgement, name, label and note, interpretability; then what programs say."""
    if not found and not explained:
        note = "Nobody has said anything about this feature yet."
        return head("Judgements") + Html('<p class="quiet">{}</p>').format(note)
    lines = []
    for o in found:
        vote = (
            Html('<i class="vote {}" title="{}"></i>').format(MARK[o.judgement], o.judgement)
            if o.judgement in VOTES
            else Html('<i class="no-vote">–</i>')
        )
        said = esc(o.label or "") + (Html("<em>{}</em>").format(o.note) if o.note else "")
        rated = "–" if o.interpretability is None else o.interpretability
        lines.append(
            Html(
                '<div class="opinion">{}<span class="opinion-owner">{}</span>'
                '<span class="opinion-text" title="{}">{}</span>'
                '<span class="number">{}</span></div>'
            ).format(vote, o.annotator, o.note or o.label or "", said, rated)
        )
    lines += [
        Html(
            '<div class="opinion"><i class="no-vote">–</i><span class="opinion-owner" title="{}">{}</span>'
            '<span class="opinion-text" title="{}">{}</span><span class="number">–</span></div>'
        ).format(e.source, e.source, e.text, e.text)
        for e in explained
    ]
    return head("Judgements", f"{KEY_TO_SIGNS}; interpretability 0–100") + joined(lines)

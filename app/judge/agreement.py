"""How far people agree on a circuit's features, and where they do not: votes and notes side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st

from app import address, annotator, names, world
from app.judge.screen import Screen
from app.judge.view import JudgeView
from app.shared import messages
from app.shared.clickable import clickable
from app.shared.html import Html, joined
from app.shared.judgement_choices import KEY_TO_SIGNS, MARK
from app.shared.text import head, link, num, pp
from explorer_engine.drawing.charts import whisker
from explorer_engine.drawing.tokens import name_or_tokens
from explorer_engine.judging.agreement import Alpha, Pair, agreed, alpha, disputed, pairs
from explorer_engine.store.opinions import VOTES, Opinion

__all__ = ["tab"]

Said = Mapping[str, Mapping[str, str]]


def tab(shown: Screen) -> None:
    """The whole tab, or what to do where fewer than two people judged."""
    votes = _votes(shown)
    people = sorted({person for said in votes.values() for person in said})
    shared = sum(len(said) > 1 for said in votes.values())
    if not shared:
        messages.message(*_empty(shown, people))
        return
    store = world.judgements()
    figures, left = _figures(str(store.path), store.version, shown.scope, votes), None
    left, right = st.columns([0.3, 0.7], gap="medium")
    with left, st.container(key="judge_figures"):
        clickable(_numbers(votes, shared, figures) + _pairs(pairs(votes)) + _blind(shown), "judge_numbers")
    with right:
        clickable(_disagreements(shown, votes, people), "judge_disputed")


def _votes(shown: Screen) -> Said:
    """Feature of this circuit → person → judgement; a skipped one is none."""
    found = world.judgements().votes(shown.scope)
    return {
        target: {name: kind for kind in VOTES for name in vote.of(kind)}
        for target in shown.order
        if (vote := found.get(target)) is not None
    }


def _empty(shown: Screen, people: Sequence[str]) -> tuple[str, Html]:
    """What is missing for agreement, and how to come by it."""
    if not people:
        said = "Nobody has judged a feature of this circuit."
    elif len(people) == 1:
        said = f"Only {people[0]} has judged features of this circuit."
    else:
        said = f"{', '.join(people)} have judged, but no feature that another has judged too."
    to = address.href(JudgeView(shown.view.circuit, order=shown.view.order))
    return "No agreement to measure yet", Html(
        "{} Agreement takes two people who judge the same features: open {} and send its address. Whoever "
        "opens it gives a name and judges the same features."
    ).format(said, link("the queue", to))


@st.cache_resource(max_entries=16, show_spinner=False)
def _figures(path: str, version: int, scope: str, _votes: Said) -> Alpha | None:
    """Alpha with its interval, which takes a while: once for what has been said."""
    return alpha(_votes)


def _numbers(votes: Said, shared: int, found: Alpha | None) -> Html:
    share = agreed(votes)
    percent = "–" if share is None else f"{100 * share:.0f} %"
    many = "feature" if shared == 1 else "features"
    out = head("Agreement", f"on {shared} {many} that two or more judged")
    out += Html(
        '<div class="agreement-figure"><span>same judgement</span><b>{}</b><em>of pairs of votes</em></div>'
    ).format(percent)
    if found is None:
        why = (
            "All judgements are the same, so that chance explains them all: alpha and kappa are not defined."
        )
        return out + Html('<p class="quiet">{}</p>').format(why)
    out += Html(
        '<div class="agreement-figure"><span>Krippendorff’s α</span><b>{}</b><em>{} to {}</em></div>{}'
    ).format(
        _two(found.value), _two(found.low), _two(found.high),
        whisker((found.value, found.low, found.high), low=min(-0.2, found.low), high=1.0, target=0.8, w=260),
    )  # fmt: skip
    note = (
        "0: as by chance, 1: always the same, dotted: 0.8, what is commonly asked for. 95 % interval over "
        "features drawn again. Unsure is a choice like the others; skipped features do not count."
    )
    return out + Html('<p class="quiet">{}</p>').format(note)


def _two(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}".replace("-", "−")


def _pairs(found: Sequence[Pair]) -> Html:
    rows = joined(
        Html(
            '<div class="row agreement-pair"><span class="label">{} · {}</span><span class="number">{}</span>'
            '<span class="number">{:.0f} %</span><span class="number">{}</span></div>'
        ).format(pair.one, pair.other, pair.n, 100 * pair.agreed, _two(pair.kappa))
        for pair in found
    )
    return Html(
        '{}<div class="rows"><div class="row agreement-pair column-heads"><span></span>'
        '<span class="number" title="features that both judged">n</span><span class="number">same</span>'
        '<span class="number" title="Cohen’s kappa">κ</span></div>{}</div>'
    ).format(head("Two by two", "Cohen’s κ"), rows)


def _blind(shown: Screen) -> Html:
    """How many of the judgements were made blind, as far as that was recorded."""
    now = [event for event in world.judgements().current(shown.scope) if event.kind == "judgement"]
    told = [event.seen.split(",") for event in now if event.scope == shown.scope and event.seen is not None]
    blind = sum("votes" not in seen for seen in told)
    unknown = sum(event.scope == shown.scope for event in now) - len(told)
    said = f"{blind} of {len(told)} judgements were made blind" if told else "Of no judgement is it known"
    more = (
        f"; of {unknown} it is not known"
        if told and unknown
        else ""
        if told
        else " whether it was made blind"
    )
    return Html('<p class="quiet">{}{}.</p>').format(said, more)


def _disagreements(shown: Screen, votes: Said, people: Sequence[str]) -> Html:
    """What people do not agree on, what is most at stake first; blind, only what one has decided."""
    found = disputed(votes)
    open_ = [target for target in found if shown.open(target)]
    hidden = len(found) - len(open_)
    stake = shown.features
    open_.sort(key=lambda target: (-abs(stake[target].alone or 0.0), -abs(stake[target].effect)))
    alone = any(stake[target].alone is not None for target in open_)
    by = "what ablating it alone changes" if alone else "effect"
    note = f"{len(found)}, by {by}; {KEY_TO_SIGNS} – not judged"
    title = head("Disagreements", note)
    if hidden:
        until = "until you decide" if annotator.name() else "from who has not judged them"
        many = "disagreement is" if hidden == 1 else "disagreements are"
        whole = link("show all", address.href(JudgeView(shown.view.circuit, blind=False, part="agreement")))
        title += Html('<p class="quiet">{} {} hidden {}: {}.</p>').format(hidden, many, until, whole)
    if not found:
        return title + Html('<p class="quiet">None: all who judged the same feature say the same.</p>')
    called = names.feature_labels(stake[target].ref for target in open_)
    opinions = world.judgements().opinions_on(open_, shown.scope)
    rows = [_row(shown, t, votes[t], people, called.get(t), opinions.get(t, ())) for t in open_]
    heads = joined(Html("<span>{}</span>").format(person) for person in people)
    return title + Html(
        '<div class="rows disagreements" style="--people:{}"><div class="row disagreement column-heads">'
        '<span>Feature</span><span class="number">{}</span>{}</div>{}</div>'
    ).format(len(people), "alone" if alone else "effect", heads, joined(rows))


def _row(
    shown: Screen, target: str, said: Mapping[str, str], people: Sequence[str], label: str | None,
    opinions: Sequence[Opinion],
) -> Html:  # fmt: skip
    told = {opinion.annotator: opinion for opinion in opinions}
    feature = shown.features[target]
    to = address.href(JudgeView(shown.view.circuit, feature.ref, shown.view.blind, shown.view.order))
    stake = num(feature.effect, True) if feature.alone is None else pp(feature.alone)
    cells = joined(_cell(said.get(person), told.get(person)) for person in people)
    return Html(
        '<div class="row disagreement" role="link" tabindex="0" data-act="go" data-value="{}">'
        '<span class="two-lines"><span class="label">{}</span><span class="feature-id">{}</span></span>'
        '<span class="number">{}</span>{}</div>'
    ).format(to, name_or_tokens(label, feature.tokens), target, stake, cells)


def _cell(said: str | None, opinion: Opinion | None) -> Html:
    mark = (
        Html('<i class="vote {}" title="{}"></i> {}').format(MARK[said], said, said)
        if said
        else Html('<i class="no-vote">–</i>')
    )
    words = "; ".join(word for word in (opinion.label, opinion.note) if word) if opinion else ""
    return Html('<span class="disagreement-vote"><span>{}</span><em title="{}">{}</em></span>').format(
        mark, words, words
    )

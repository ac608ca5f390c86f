"""Parts of the Find page as HTML: rows that say why they match, sections, what to do where nothing does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from app.address import href
from app.behaviours.view import BehavioursView
from app.circuit.view import CircuitView
from app.features.view import FeaturesView
from app.find.made import Found, Hit
from app.find.view import FindView
from app.shared.html import Html, esc, joined
from app.shared.text import head, link, num
from explorer_engine.drawing.bars import stack
from explorer_engine.drawing.tokens import name_or_tokens, show, tok
from explorer_engine.finding.why import Known, passage, reasons
from explorer_engine.finding.words import low
from explorer_engine.store.values import BehaviourRow, CircuitSummary, FeatureRow

__all__ = ["nothing", "section", "start"]

TITLES = {"behaviours": "Behaviours", "features": "Features", "circuits": "Circuits"}
_FIGURES: dict[str, Html] = {
    "behaviours": Html(
        '<span class="find-share" title="shares of the commonest answers">answers</span>'
        '<span class="number" title="number of contexts">n</span>'
        '<span class="number" title="largest effect of one feature on log p(answer)">effect</span>'
    ),
    "features": Html(
        '<span class="number find-share" title="share of tokens on which it is active, %">density</span>'
        '<span class="number" title="largest activation">max</span>'
        '<span class="number" title="circuits it takes part in">circ.</span>'
    ),
    "circuits": Html(
        '<span class="find-share">of a</span><span class="number"></span>'
        '<span class="number" title="features and SAE errors">nodes</span>'
    ),
}
"""The heads of the columns at the right."""


def section(kind: str, found: Found, view: FindView) -> Html:
    """The rows of one kind under its name; where only the best are shown, a link to all of them."""
    hits, total = found.hits[kind], found.totals[kind]
    every = link(f"all {total:,}", href(replace(view, kind=kind, page=1)))
    more = every if total > len(hits) and not view.kind else ""
    columns = Html(
        '<div class="row column-heads row-find"><span>Name</span><span class="find-why">why</span>{}</div>'
    ).format(_FIGURES[kind])
    rows = joined(_row(hit, found.words) for hit in hits)
    return head(TITLES[kind], f"{total:,}", more) + Html(
        '<div class="rows" role="listbox" aria-label="{}">{}{}</div>'
    ).format(TITLES[kind], columns, rows)


def _row(hit: Hit, words: Sequence[str]) -> Html:
    why = reasons(words, hit.known)
    return Html(
        '<a class="row row-find" role="option" tabindex="0" aria-selected="false" target="_self" href="{}" '
        'data-act="go" data-value="{}"><span class="label">{}</span>'
        '<span class="find-why">{}</span>{}</a>'
    ).format(*[_address(hit)] * 2, _name(hit, words, why), _why(hit, words, why), _figures(hit))


def _address(hit: Hit) -> str:
    match hit.row:
        case BehaviourRow():
            return href(BehavioursView(hit.row.clustering, hit.row.id))
        case FeatureRow():
            return href(FeaturesView(hit.row.ref))
    return href(CircuitView(hit.row.id))


def _name(hit: Hit, words: Sequence[str], why: Sequence[Known]) -> Html:
    """What it is called, marked where that is why, and its id."""
    row, text = hit.row, _marked(hit.name, words if any(k.titled for k in why) else (), 66)
    named = Html('<span class="name" title="{}">{}</span>').format(hit.name, text)
    if isinstance(row, FeatureRow):
        named = named if hit.name else name_or_tokens(None, row.tokens)
        return Html('{}<span class="feature-id">{}</span>').format(named, row.ref)
    if not hit.name:
        named = Html('<span class="name unlabelled">unlabelled</span>')
    id = f"#{row.id}" if isinstance(row, BehaviourRow) else row.id
    return Html('{}<span class="feature-id">{}</span>').format(named, id)


def _why(hit: Hit, words: Sequence[str], why: Sequence[Known]) -> Html:
    """The fields that match with what matched in them; without words what it is known by."""
    if not words:
        why = [k for k in hit.known if k.tokens and k.texts][:1]
    return joined(
        Html('<span class="find-reason"><em>{}</em>{}</span>').format(k.field, _shown(k, words)) for k in why
    )


def _shown(known: Known, words: Sequence[str]) -> Html:
    if known.titled:
        return Html("")
    if known.tokens:
        return joined((tok(text, "found" if words else "plain") for text in known.texts[:4]), " ")
    if known.field == "number":
        return Html("<mark>#{}</mark>").format(known.texts[0].removeprefix("behaviour-").removeprefix("#"))
    if not known.after:
        return Html('<span class="find-text">{}</span>').format(_marked(known.texts[0], words, 80))
    answer = tok(known.after, "found" if low(known.after.strip()) in words else "answer")
    text = _marked(known.texts[0], words, 60, last=True)
    return Html('<span class="find-text find-context"><bdi>{}</bdi></span>{}').format(text, answer)


def _marked(text: str, words: Sequence[str], longest: int, last: bool = False) -> Html:
    """A text with the words marked, cut around them where it is long."""
    return joined(
        Html("<mark>{}</mark>").format(show(stretch.text)) if stretch.mark else esc(show(stretch.text))
        for stretch in passage(text, words, longest, last)
    )


def _figures(hit: Hit) -> Html:
    match hit.row:
        case BehaviourRow(answers=answers, n_contexts=n, figures=figures):
            effect = num(figures.max_effect if figures else None)
            shares = stack([answer.share for answer in answers], 48)
            cells = (Html('<span class="find-share">{}</span>').format(shares), f"{n:,}", effect)
        case FeatureRow(density=density, maximum=maximum, n_circuits=n):
            shares = Html('<span class="number find-share">{}</span>').format(num(100 * density))
            cells = (shares, f"{maximum:.1f}", f"{n:,}" if n else "–")
        case row:
            kind = row.kind if isinstance(row, CircuitSummary) else "file"
            cells = (Html('<span class="find-share">{}</span>').format(kind), "", f"{row.n_nodes:,}")
    return Html('{}<span class="number">{}</span><span class="number">{}</span>').format(*cells)


def searched(counts: Mapping[str, int]) -> Html:
    """What is looked through."""
    lines = (
        ("behaviours", "by name, answer, number, notes and the text of their {contexts:,} contexts"),
        (
            "features",
            "by people’s labels, explanations, patterns, the tokens they fire on and promote, id, notes",
        ),
        ("circuits", "by title, task, id and the features in them"),
    )
    return Html('<dl class="find-searched">{}</dl>').format(
        joined(
            Html("<dt>{:,} {}</dt><dd>{}</dd>").format(counts[kind], kind, text.format(**counts))
            for kind, text in lines
        )
    )


def start(counts: Mapping[str, int]) -> Html:
    """Before anything is asked: what can be."""
    ways = ("her", "himself", "married to", "resid_2/31")
    links = joined((link(f"{way}", href(FindView(way))) for way in ways), ", ")
    return (
        Html('<div class="title">Find</div><p class="lead">Every word must match; whole words come before ')
        + Html("parts. For example: {}</p>").format(links)
        + searched(counts)
    )


def nothing(found: Found, view: FindView) -> Html:
    """That nothing was found: which words are to blame, those spelt like them, and what is looked through."""
    filtered = replace(view, q="", kind="", page=1) != FindView()
    out = [Html('<div class="title">Nothing found</div>')]
    for word, near in found.unknown.items():
        links = joined((link(other, href(_instead(view, word, other))) for other in near), ", ")
        ways = Html(" Nearest: {}").format(links) if near else ""
        out.append(Html('<p class="lead">Nothing here holds “{}”.{}</p>').format(word, ways))
    if not found.unknown and len(found.words) > 1:
        alone = joined((link(word, href(replace(view, q=word, page=1))) for word in found.words), ", ")
        out.append(
            Html('<p class="lead">Each word is found, but never all of them. Alone: {}</p>').format(alone)
        )
    if filtered:
        every = link("Remove the filters", href(FindView(view.q)))
        out.append(Html('<p class="lead">Filters are on. {}</p>').format(every))
    return joined(out) + searched(found.searched)


def _instead(view: FindView, word: str, other: str) -> FindView:
    """The same search with another word."""
    words = [other if w.lower() == word else w for w in view.q.split()]
    return replace(view, q=" ".join(words), page=1)

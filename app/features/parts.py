"""Pieces of a feature as HTML strings: the list's rows, and the parts of its card."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from app.address import href
from app.circuit.view import CircuitView
from app.features.view import FeaturesView
from app.shared.bars import deltas, mbar
from app.shared.charts import hist
from app.shared.groups import group_means
from app.shared.text import esc, head, link, meta, name_of, num, opens
from app.shared.tokens import chips, name_or_tokens, strip
from app.shift.view import ShiftView
from explorer_engine.shift.task import ClassifierTask
from explorer_engine.shift.values import GroupMean
from explorer_engine.sites import FeatureRef
from explorer_engine.store.opinions import Label, Opinion
from explorer_engine.store.values import (
    CircuitMembership,
    ContextBin,
    FeatureCard,
    FeatureNeighbour,
    FeatureRow,
    Page,
    TokenStrip,
)

__all__ = [
    "ablated",
    "circuits",
    "contexts",
    "facts",
    "groups",
    "opinions",
    "rows",
    "similar",
    "strips",
    "title",
]


def rows(found: Page[FeatureRow], labels: Mapping[str, str], selected: FeatureRef | None) -> str:
    """The list: name (or top tokens) and id, density, maximum, number of circuits."""
    out = [
        '<div class="row th ft"><span>Feature</span>'
        '<span class="num" title="share of tokens on which it is active, %">density</span>'
        '<span class="num" title="largest activation">max</span>'
        '<span class="num" title="circuits it takes part in">circ. ↓</span></div>'
    ]
    for row in found.rows:
        on = str(row.ref == selected).lower()
        name = name_or_tokens(labels.get(str(row.ref)), row.tokens)
        out.append(
            f'<div class="row ft" role="option" tabindex="0" aria-selected="{on}" data-act="pick" '
            f'data-val="{row.ref}"><span class="lab">{name}<span class="fid">{row.ref}</span></span>'
            f'<span class="num">{num(row.density * 100)}</span><span class="num">{row.maximum:.1f}</span>'
            f'<span class="num">{row.n_circuits or "–"}</span></div>'
        )
    if not found.rows:
        out.append('<div class="none">No feature matches. Remove a filter or a word of the search.</div>')
    return f'<div class="rows" role="listbox" aria-label="Features">{"".join(out)}</div>'


def title(card: FeatureCard, label: Label | None, judges: int) -> str:
    """Name, id between its neighbours by number, and who said something about it."""

    def neighbour(ref: FeatureRef | None, text: str) -> str:
        return link(text, href(FeaturesView(ref)), title=f"feature {ref}") if ref else ""

    before = neighbour(card.previous, f"‹ {card.previous.index}") if card.previous else ""
    after = neighbour(card.next, f"{card.next.index} ›") if card.next else ""
    many = "circuit" if card.n_circuits == 1 else "circuits"
    fires = "" if label else f'<span class="fires">fires on {chips(card.tokens[:5])}</span>'
    return (
        f'<div class="t1">{name_of(label.text if label else None)}{fires if card.tokens else ""}</div>'
        + meta(
            f'{before} &nbsp;<span class="id">{card.ref}</span>&nbsp; {after}',
            f"in <b>{card.n_circuits}</b> {many}",
            f"judged by <b>{judges}</b>" if judges else "not judged yet",
            f"label by <b>{esc(label.annotator)}</b>" if label else "",
        )
    )


def facts(card: FeatureCard) -> str:
    """Density, maximum, histogram, promoted and suppressed tokens."""
    promoted = chips([(t.text, t.weight) for t in card.promoted[:7]], "up")
    suppressed = chips([(t.text, t.weight) for t in card.suppressed[:7]], "dn")
    return (
        '<div class="f1"><div title="share of tokens on which it is active"><em>density</em>'
        f"<b>{num(card.density * 100)} %</b></div>"
        f'<div title="largest activation"><em>max</em><b>{num(card.maximum)}</b></div>'
        f'<div class="hh" title="activations: how many tokens (log scale) in each part of the range">'
        f"{hist(card.histogram, card.maximum)}</div></div>"
        '<div class="ud"><em title="next tokens whose logit it raises directly">promotes</em>'
        f'{promoted}<em title="next tokens whose logit it lowers directly">suppresses</em>{suppressed}</div>'
    )


_BEFORE_PEAK = 30
"""Characters shown before the strongest token of a context."""


def peak_text(value: float) -> str:
    """An activation as short as the gutter beside a context."""
    return num(value) if value >= 10 else f"{value:.1f}" if value >= 1 else f"{value:.2f}"


def strips(found: Sequence[TokenStrip], peak: float) -> str:
    """Contexts, one line each, shaded against the feature's maximum."""
    return "".join(_strip(s, peak) for s in found)


def _strip(found: TokenStrip, peak: float) -> str:
    """One context, cut at the left so that its strongest token is on the line."""
    first = found.peak
    while first > 0 and sum(map(len, found.tokens[first - 1 : found.peak])) <= _BEFORE_PEAK:
        first -= 1
    return strip(found.tokens[first:], found.activations[first:], peak, lead=peak_text(found.maximum))


def contexts(bins: Sequence[ContextBin], peak: float) -> str:
    """Contexts by activation quantile: the quantile stands once in a gutter with its range under it."""
    if not bins:
        never = "This feature was never active on the documents of this world."
        return head("Contexts") + f'<p class="quiet">{"No contexts were kept." if peak > 0 else never}</p>'
    out = [head("Contexts", "by activation quantile, shaded against the maximum")]
    for b in bins:
        span = f"<em>{peak_text(b.low)}–{peak_text(b.high)}</em>" if b.bin and len(b.strips) > 1 else ""
        out.append(
            f'<div class="qg"><div class="qn"><b>{b.name}</b>{span}</div>'
            f"<div>{strips(b.strips, peak)}</div></div>"
        )
    return "".join(out)


def ablated(card: FeatureCard) -> str:
    """Tokens whose probability changes most when the feature is removed on its top contexts."""
    note = (
        '<span title="change of the log probability of the next token, nats">Δ log p of the next token</span>'
    )
    if not card.ablated:
        return head("When ablated") + '<p class="quiet">Not measured for this feature.</p>'
    found = sorted(card.ablated[:8], key=lambda t: t.weight)
    return head("When ablated", note) + deltas([(t.text, t.weight) for t in found], 190, 70, 17)


def groups(found: Mapping[str, Sequence[GroupMean]], tasks: Mapping[str, ClassifierTask]) -> str:
    """Mean activation in each group of each classifier task's texts, with its 95 % interval."""
    out = []
    for name, means in found.items():
        task = tasks[name]
        out.append(head(task.title, "mean activation by group", link("SHIFT", href(ShiftView(name)))))
        out.append(group_means(task, means))
    return "".join(out)


def circuits(found: Sequence[CircuitMembership], total: int, labels: Mapping[int, str]) -> str:
    """Circuits it takes part in, strongest first."""
    if not found:
        return head("Circuits") + '<p class="quiet">In none of this world’s circuits.</p>'
    top = max(abs(c.effect) for c in found)
    lines = []
    for c in found:
        name = (None if c.behaviour is None else labels.get(c.behaviour)) or c.title
        which = "" if c.behaviour is None else f'<span class="fid">#{c.behaviour}</span>'
        lines.append(
            f'<div class="row al" {opens(href(CircuitView(c.circuit)))}>{mbar(c.effect, top)}'
            f'<span class="lab" title="{esc(name)}"><span class="nm">{esc(name)}</span>{which}</span>'
            f'<span class="num">{num(c.effect, True)}</span></div>'
        )
    note = f"{total}, strongest first; effect" if total > 1 else "effect"
    return head("Circuits", note) + f'<div class="rows">{"".join(lines)}</div>'


def similar(found: Sequence[FeatureNeighbour], labels: Mapping[str, str]) -> str:
    """Features whose decoder directions are closest."""
    if not found:
        return ""
    lines = []
    for n in found:
        name = name_or_tokens(labels.get(str(n.ref)), n.tokens)
        lines.append(
            f'<div class="row si" {opens(href(FeaturesView(n.ref)))}>'
            f'<span class="lab">{name}<span class="fid">{n.ref}</span></span>'
            f'<span class="num">{n.cosine:.2f}</span></div>'
        )
    return head("Similar features", "decoder cosine") + f'<div class="rows">{"".join(lines)}</div>'


_MARKS = {"spurious": "s", "relevant": "r", "unsure": "u"}


def opinions(found: Collection[Opinion]) -> str:
    """What each person says: judgement, name, label and note, interpretability."""
    if not found:
        note = "Nobody has said anything about this feature yet."
        return head("Judgements") + f'<p class="quiet">{note}</p>'
    lines = []
    for o in found:
        mark = _MARKS.get(o.judgement or "")
        vote = f'<i class="v {mark}" title="{o.judgement}"></i>' if mark else '<i class="nv">–</i>'
        said = esc(o.label or "") + (f"<em>{esc(o.note)}</em>" if o.note else "")
        rated = "–" if o.interpretability is None else o.interpretability
        lines.append(
            f'<div class="jv">{vote}<span class="who">{esc(o.annotator)}</span>'
            f'<span class="what" title="{esc(o.note or o.label or "")}">{said}</span>'
            f'<span class="num">{rated}</span></div>'
        )
    key = "● spurious ○ relevant ◌ unsure; interpretability 0–100"
    return head("Judgements", key) + "".join(lines)

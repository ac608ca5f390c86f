"""Parts of the SHIFT page as HTML strings: rows of features to judge, flipped texts, whole contexts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from app.shared.html import Html, esc, joined
from app.shared.judgement_choices import CHOICES
from app.shared.judging import marks
from app.shared.text import num, pp
from explorer_engine.drawing.bars import ebar
from explorer_engine.drawing.charts import whisker
from explorer_engine.drawing.tokens import chips, name_or_tokens, prose, show, strip
from explorer_engine.shift.measures import measures_of
from explorer_engine.shift.task import ClassifierTask
from explorer_engine.shift.values import ClassifierFeature, Flip
from explorer_engine.store.opinions import Votes
from explorer_engine.store.values import TokenStrip

__all__ = ["feature_name", "feature_rows", "flips", "whole_contexts"]


def feature_rows(
    task: ClassifierTask,
    features: Sequence[ClassifierFeature],
    labels: Mapping[str, str],
    mine: Mapping[str, str],
    votes: Mapping[str, Votes],
    ablated: frozenset[str],
    selected: str | None,
    may_judge: bool = True,
) -> Html:
    """The probe circuit's features: effect, name, top tokens, votes, effect alone, one's own judgement.

    `may_judge`: whether there are buttons to judge.
    """
    top = max((abs(f.effect) for f in features), default=1.0)
    negative, positive = map(esc, task.classes)
    label = esc(measures_of(task)[0].inline)
    out = [
        Html(
            '<div class="row column-heads row-probe-feature"><span class="centred">{} | {}</span>'
            '<span class="number" '
            'title="what its presence adds to the logit of {}, mean over the texts. The list is ordered '
            'by how much it supports each text’s own class">effect</span>'
            "<span>Feature</span><span>top tokens</span><span>votes</span>"
            '<span class="number" title="change of {} accuracy, in points, when only this '
            'feature is ablated">alone</span>'
            '<span class="centred">judgement</span></div>'
        ).format(negative, positive, positive, label)
    ]
    for f in features:
        ref = str(f.ref)
        off = ref in ablated
        label = labels.get(ref)
        name = Html('<span class="name" title="{}">{}</span>').format(label, label) if label else ""
        out.append(
            Html(
                '<div class="row row-probe-feature{}" role="option" tabindex="0" '
                'aria-selected="{}" '
                'data-act="open" data-value="{}">{}'
                '<span class="number">{}</span><span class="label">{}<span class="feature-id">'
                "{}</span></span>"
                '<span class="clipped">{}</span><span class="votes">{}</span>'
                '<span class="number">{}</span><span class="judge-buttons">'
                "{}</span></div>"
            ).format(
                " ablated" if off else "",
                str(ref == selected).lower(),
                ref,
                ebar(f.effect, top, 88, 11, hollow=off),
                num(f.effect, True),
                name,
                ref,
                chips(f.tokens[:5]),
                marks(votes.get(ref)),
                "–" if f.alone is None else pp(f.alone),
                _buttons(ref, label or ref, mine.get(ref)) if may_judge else mine.get(ref, ""),
            )
        )
    return Html(
        '<div class="rows" role="listbox" aria-label="Features of the probe’s circuit">{}</div>'
    ).format(joined(out))


def _buttons(ref: str, name: str, own: str | None) -> Html:
    """The tiny buttons that judge a feature; the one of one's own judgement is pressed."""
    return joined(
        Html(
            '<button data-act="{}" data-value="{}" '
            'aria-pressed="{}" '
            'class="judge-button {}" title="{}" aria-label="{}: {}">{}</button>'
        ).format(
            choice.judgement,
            ref,
            str(own == choice.judgement).lower(),
            choice.mark,
            choice.row_hint,
            choice.row_hint,
            name,
            choice.row_word,
        )
        for choice in CHOICES
    )


def feature_name(ref: str, label: str | None, tokens: Sequence[str]) -> Html:
    """A feature in a sentence or a heading: its name or its top tokens, and its id."""
    return Html('{} <span class="feature-id">{}</span>').format(name_or_tokens(label, tokens), ref)


def flips(task: ClassifierTask, found: Sequence[tuple[Flip, Sequence[str]]]) -> Html:
    """Flipped texts and their tokens: truth, its probability before and after, what speaks for the change."""
    out = [
        Html(
            '<div class="flip column-heads"><span></span><span>truth</span><span>p(truth)</span>'
            "<span>text, shaded by what speaks for the new prediction</span></div>"
        )
    ]
    for f, tokens in found:
        mark = Html('<span class="good">✓</span>') if f.became_right else Html('<span class="bad">✗</span>')
        was, now = 100 * f.before, 100 * f.after
        body = joined(
            Html('<i style="--shade:{:.2f}">{}</i>').format(s, show(t)) if s > 0.12 else prose([t])
            for t, s in zip(tokens, f.speaks, strict=True)
        )
        out.append(
            Html(
                '<div class="flip">{}<span>{}'
                "<em>{}</em></span>"
                "{}"
                '<span class="strip one-line" title="{}"><span>{}</span></span></div>'
            ).format(
                mark,
                task.classes[f.label],
                task.attributes[f.attribute],
                whisker((now, now, now), (was, was, was), target=50, w=70, h=16),
                joined(tokens),
                body,
            )
        )
    return Html('<div class="flips">{}</div>').format(joined(out))


def whole_contexts(found: Sequence[TokenStrip], peak: float) -> Html:
    """Contexts in full, wrapped: what a feature stands for often lies in the document, not in one token."""
    if not found:
        never = "Never active on the documents of this world."
        return Html('<p class="explanation">{}</p>').format("No contexts were kept." if peak > 0 else never)
    return joined(
        strip(s.tokens, s.activations, peak, lead=f"{s.maximum:.1f}", one_line=False) for s in found
    )

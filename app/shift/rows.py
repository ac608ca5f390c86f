"""Pieces of the SHIFT page as HTML strings: rows of features to judge, flipped texts, whole contexts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from app.shared.bars import ebar
from app.shared.charts import whisker
from app.shared.judging import MARK, marks
from app.shared.text import esc, num, pp
from app.shared.tokens import chips, name_or_tokens, prose, show, strip
from explorer_engine.shift.measures import measures_of
from explorer_engine.shift.task import ClassifierTask
from explorer_engine.shift.values import ClassifierFeature, Flip
from explorer_engine.store.opinions import Votes
from explorer_engine.store.values import TokenStrip

__all__ = ["feature_name", "feature_rows", "flips", "whole_contexts"]

_BUTTONS = (("spurious", "Spurious", "ablate"), ("relevant", "Relevant", "keep"), ("unsure", "?", "unsure"))


def feature_rows(
    task: ClassifierTask,
    features: Sequence[ClassifierFeature],
    labels: Mapping[str, str],
    mine: Mapping[str, str],
    votes: Mapping[str, Votes],
    ablated: frozenset[str],
    selected: str | None,
) -> str:
    """The probe circuit's features: effect, name, top tokens, votes, effect alone, the annotator's "
    "buttons."""
    top = max((abs(f.effect) for f in features), default=1.0)
    negative, positive = map(esc, task.classes)
    label = esc(measures_of(task)[0].inline)
    out = [
        f'<div class="row th fr"><span class="mid">{negative} | {positive}</span><span class="num" '
        f'title="what its presence adds to the logit of {positive}, mean over the texts. The list is ordered '
        'by how much it supports each text’s own class">effect</span>'
        "<span>Feature</span><span>top tokens</span><span>votes</span>"
        f'<span class="num" title="change of {label} accuracy, in points, when only this '
        'feature is ablated">alone</span>'
        '<span class="mid">judgement</span></div>'
    ]
    for f in features:
        ref = str(f.ref)
        off = ref in ablated
        label = labels.get(ref)
        name = f'<span class="nm" title="{esc(label)}">{esc(label)}</span>' if label else ""
        buttons = "".join(
            f'<button data-act="{value}" data-val="{ref}" '
            f'aria-pressed="{str(mine.get(ref) == value).lower()}" '
            f'class="j {MARK[value]}" title="{why}" aria-label="{why}: {esc(label or ref)}">{word}</button>'
            for value, word, why in _BUTTONS
        )
        out.append(
            f'<div class="row fr{" off" if off else ""}" role="option" tabindex="0" '
            f'aria-selected="{str(ref == selected).lower()}" '
            f'data-act="open" data-val="{ref}">{ebar(f.effect, top, 88, 11, hollow=off)}'
            f'<span class="num">{num(f.effect, True)}</span><span class="lab">{name}<span class="fid">'
            f"{ref}</span></span>"
            f'<span class="ov">{chips(f.tokens[:5])}</span><span class="vs">{marks(votes.get(ref))}</span>'
            f'<span class="num">{"–" if f.alone is None else pp(f.alone)}</span><span class="jb">'
            f"{buttons}</span></div>"
        )
    return (
        f'<div class="rows" role="listbox" aria-label="Features of the probe’s circuit">{"".join(out)}</div>'
    )


def feature_name(ref: str, label: str | None, tokens: Sequence[str]) -> str:
    """A feature in a sentence or a heading: its name or its top tokens, and its id."""
    return f'{name_or_tokens(label, tokens)} <span class="fid">{esc(ref)}</span>'


def flips(task: ClassifierTask, found: Sequence[tuple[Flip, Sequence[str]]]) -> str:
    """Flipped texts and their tokens: truth, its probability before and after, what speaks for the change."""
    out = [
        '<div class="fl th"><span></span><span>truth</span><span>p(truth)</span>'
        "<span>text, shaded by what speaks for the new prediction</span></div>"
    ]
    for f, tokens in found:
        mark = '<span class="ok">✓</span>' if f.became_right else '<span class="no">✗</span>'
        was, now = 100 * f.before, 100 * f.after
        body = "".join(
            f'<i style="--a:{s:.2f}">{esc(show(t))}</i>' if s > 0.12 else prose([t])
            for t, s in zip(tokens, f.speaks, strict=True)
        )
        out.append(
            f'<div class="fl">{mark}<span>{esc(task.classes[f.label])}'
            f"<em>{esc(task.attributes[f.attribute])}</em></span>"
            f"{whisker((now, now, now), (was, was, was), target=50, w=70, h=16)}"
            f'<span class="ts one" title="{esc("".join(tokens))}"><span>{body}</span></span></div>'
        )
    return f'<div class="fls">{"".join(out)}</div>'


def whole_contexts(found: Sequence[TokenStrip], peak: float) -> str:
    """Contexts in full, wrapped: what a feature stands for often lies in the document, not in one token."""
    if not found:
        never = "Never active on the documents of this world."
        return f'<p class="say">{"No contexts were kept." if peak > 0 else never}</p>'
    return "".join(
        strip(s.tokens, s.activations, peak, lead=f"{s.maximum:.1f}", one_line=False) for s in found
    )

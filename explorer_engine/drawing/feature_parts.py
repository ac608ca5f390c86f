"""Parts of a feature that several pages show: figures, contexts by quantile, its pattern, its ablation."""

from __future__ import annotations

from collections.abc import Sequence

from explorer_engine.drawing.bars import deltas
from explorer_engine.drawing.charts import hist
from explorer_engine.drawing.html import Html, joined
from explorer_engine.drawing.strips import peak_text, strips
from explorer_engine.drawing.text import head, num
from explorer_engine.drawing.tokens import chips
from explorer_engine.store.values import ContextBin, FeatureCard, FeaturePattern, TokenWeight

__all__ = ["ablated", "contexts", "figures", "not_ablated", "pattern"]


def figures(card: FeatureCard) -> Html:
    """Density, maximum, histogram, promoted and suppressed tokens."""
    promoted = chips([(t.text, t.weight) for t in card.promoted[:7]], "promoted")
    suppressed = chips([(t.text, t.weight) for t in card.suppressed[:7]], "suppressed")
    return Html(
        '<div class="feature-facts"><div title="share of tokens on which it is active"><em>density</em>'
        "<b>{} %</b></div>"
        '<div title="largest activation"><em>max</em><b>{}</b></div>'
        '<div class="feature-histogram" title="activations: how many tokens (log scale) in each part of the '
        'range">'
        "{}</div></div>"
        '<div class="logit-tokens"><em title="next tokens whose logit it raises directly">promotes</em>'
        '{}<em title="next tokens whose logit it lowers directly">suppresses</em>{}</div>'
    ).format(
        num(card.density * 100), num(card.maximum), hist(card.histogram, card.maximum), promoted, suppressed
    )


def contexts(bins: Sequence[ContextBin], peak: float) -> Html:
    """Contexts by activation quantile: the quantile stands once in a gutter with its range under it."""
    if not bins:
        never = "This feature was never active on the documents of this world."
        return head("Contexts") + Html('<p class="quiet">{}</p>').format(
            "No contexts were kept." if peak > 0 else never
        )
    out = [head("Contexts", "by activation quantile, shaded against the maximum")]
    for b in bins:
        span = (
            Html("<em>{}–{}</em>").format(peak_text(b.low), peak_text(b.high))
            if b.bin and len(b.strips) > 1
            else ""
        )
        out.append(
            Html(
                '<div class="quantile"><div class="quantile-name"><b>{}</b>{}</div><div>{}</div></div>'
            ).format(b.name, span, strips(b.strips, peak))
        )
    return joined(out)


def pattern(found: FeaturePattern | None, label: str | None) -> Html:
    """The pattern of its contexts and how well it does; its words are left out where they are the `label`.

    Empty where none was looked for.
    """
    if found is None:
        return Html("")
    hint = (
        "How well tokens around it tell where this feature is active, tested on contexts of "
        f"{found.n_documents} documents that the pattern was not found on: balanced accuracy (0.5 is chance, "
        "1 is perfect), and correlation of predicted with true activation."
    )
    if found.name is None:
        said = Html('<span class="quiet">no simple pattern</span>')
    else:
        said = Html("") if found.name == label else Html("<span>{}</span>").format(found.name)
    return Html(
        '<div class="pattern"><em>pattern</em>{}<span class="pattern-score" tabindex="0" title="{}">'
        "accuracy <b>{:.2f}</b> correlation <b>{:.2f}</b></span></div>"
    ).format(said, hint, found.accuracy, found.correlation)


def ablated(changes: Sequence[TokenWeight]) -> Html:
    """Tokens whose probability changes most when the feature is removed on its top contexts."""
    found = sorted(changes[:8], key=lambda t: t.weight)
    return _head_of_ablation() + deltas([(t.text, t.weight) for t in found], 190, 70, 17)


def not_ablated(said: str) -> Html:
    """Why there are no such tokens."""
    return _head_of_ablation() + Html('<p class="quiet">{}</p>').format(said)


def _head_of_ablation() -> Html:
    return head(
        "When ablated",
        Html('<span title="change of the log probability, nats">Δ log p of the next token</span>'),
    )

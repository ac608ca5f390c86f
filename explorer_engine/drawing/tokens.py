"""Tokens as HTML strings: chips, strips shaded by activation, keyword in context. Whitespace is visible."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from explorer_engine.drawing.html import Html, esc, joined
from explorer_engine.drawing.text import num
from explorer_engine.store.values import BehaviourContext

__all__ = ["chips", "is_separator", "kwic", "name_or_tokens", "prose", "show", "strip", "tok"]

_SEPARATORS = ("<|endoftext|>", "<|begin_of_text|>", "<|end_of_text|>", Html("<bos>"), Html("<eos>"))
"""Special tokens that stand between documents and say nothing themselves; drawn as one short mark."""
_SEPARATOR = "¶"
_BLANKS = str.maketrans({"\n": "⏎", "\t": "⇥", "\r": "␍", "\u00a0": "⍽", "\u200b": "∅"})


def is_separator(token: str) -> bool:
    """Whether this is the model's own mark between documents."""
    return token in _SEPARATORS


def show(token: str, lead: bool = False) -> str:
    """The token with line breaks, tabs and odd blanks made visible (not yet escaped).

    A token of blanks only becomes ␣; with `lead` so does one leading blank. A document separator becomes ¶.
    """
    if is_separator(token):
        return _SEPARATOR
    text = token.translate(_BLANKS)
    if not text.strip(" "):
        return "␣" * len(text)
    return "␣" + text[1:] if lead and text.startswith(" ") else text


def prose(tokens: Iterable[str]) -> Html:
    """Running text as HTML; a document separator is a quiet mark that says its name on hover."""
    return joined(
        Html('<u class="document-mark" title="{}: a new document">{}</u>').format(t, _SEPARATOR)
        if is_separator(t)
        else esc(show(t))
        for t in tokens
    )


def tok(token: str, cls: str = "", title: str = "") -> Html:
    """A token as a chip; its leading blank is a quiet mark. `cls`: plain, promoted, suppressed."""
    body = show(token, lead=True)
    mark = Html("<u>␣</u>") if body.startswith("␣") else ""
    title = title or (f"{token}: between two documents" if is_separator(token) else "")
    hint = Html(' title="{}"').format(title) if title else ""
    return Html('<code class="token {}"{}>{}{}</code>').format(cls, hint, mark, body[1:] if mark else body)


def chips(tokens: Iterable[tuple[str, float] | str], cls: str = "") -> Html:
    """A line of chips; a number given with a token shows on hover."""
    out = []
    for item in tokens:
        token, value = item if isinstance(item, tuple) else (item, None)
        out.append(tok(token, cls, repr(token) + ("" if value is None else f"  {num(value, True)}")))
    return Html('<span class="chips">{}</span>').format(joined(out))


def name_or_tokens(label: str | None, tokens: Sequence[str]) -> Html:
    """What a feature is called in a list: its label, or its top tokens when nobody has named it."""
    if label:
        return Html('<span class="name" title="{}">{}</span>').format(label, label)
    if not tokens:
        return Html('<span class="name unlabelled">never active</span>')
    return (
        Html('<span class="name as-tokens">')
        + joined((tok(t, "plain") for t in tokens[:4]), " ")
        + Html("</span>")
    )


def strip(
    tokens: Sequence[str],
    activations: Sequence[float],
    peak: float | None = None,
    lead: str = "",
    one_line: bool = True,
) -> Html:
    """One context shaded by activation against `peak` (default: its own maximum), strongest underlined.

    Spans stand only where the activation is positive. `lead` is HTML at the left, usually the maximum.
    """
    top = peak or max(activations, default=0.0) or 1.0
    strongest = max(range(len(activations)), key=activations.__getitem__, default=-1)
    body = []
    for i, (token, value) in enumerate(zip(tokens, activations, strict=True)):
        if value <= 0:
            body.append(prose([token]))
            continue
        mark = " class=strongest" if i == strongest else ""
        shade = min(1.0, value / top)
        body.append(
            Html('<i style="--shade:{:.2f}"{} title="{} {}">{}</i>').format(
                shade, mark, repr(token), num(value), show(token)
            )
        )
    line = " one-line" if one_line else ""
    return Html('<div class="strip{}">{}<span>{}</span></div>').format(
        line, Html("<b>{}</b>").format(lead) if lead else "", joined(body)
    )


def kwic(rows: Sequence[BehaviourContext]) -> Html:
    """Keyword in context: answers stand under one another, so a behaviour's rule is seen, not read."""
    out = []
    for row in rows:
        before, last, after = prose(row.before[:-1]), prose(row.before[-1:]), prose(row.after)
        out.append(
            Html(
                '<div class="keyword-line" role="listitem"><span class="index">{}</span>'
                '<span class="text-before"><bdi>{}<s>{}</s></bdi></span>'
                '<span class="answer">{}</span><span class="text-after">{}</span>'
                '<span class="probability">{:.3f}</span></div>'
            ).format(row.rank, before, last, tok(row.answer), after, row.p)
        )
    return joined(out)

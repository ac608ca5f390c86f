"""Parts of a circuit that the app and the exported site show: one of the pairs that it was found on."""

from __future__ import annotations

from explorer_engine.drawing.html import Html, joined
from explorer_engine.drawing.tokens import prose, tok
from explorer_engine.store.values import CircuitSummary

__all__ = ["pair"]


def pair(summary: CircuitSummary) -> Html:
    """The clean and the patch prompt of one pair, each with its answer; empty where none is kept."""
    shown = summary.example or {}
    out = []
    for side in ("clean", "patch"):
        tokens = shown.get(side)
        if isinstance(tokens, list):
            answers = shown.get("answers")
            answer = answers[len(out)] if isinstance(answers, list) and len(answers) > len(out) else None
            last = tok(str(answer)) if answer is not None else ""
            out.append(
                Html('<div class="example"><em>{}</em><span>{}</span>{}</div>').format(
                    side, prose(map(str, tokens)), last
                )
            )
    return joined(out)

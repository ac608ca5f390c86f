"""Contexts as they are handed out, as text: in the format of feature-circuits.xyz and as CSV."""

from __future__ import annotations

import json
from collections.abc import Sequence

from explorer_engine.formats.spreadsheet import to_csv
from explorer_engine.store.values import BehaviourContext

__all__ = ["contexts_csv", "contexts_json"]


def contexts_json(contexts: Sequence[BehaviourContext]) -> str:
    """`{"<document>:<position>": {"context": [tokens], "answer": token, …}}`, most certain first."""
    entries = {
        f"{c.document}:{c.position}": {
            "context": list(c.before),
            "answer": c.answer,
            "continuation": list(c.after),
            "p": c.p,
            **({"truth": c.truth} if c.truth is not None else {}),
        }
        for c in contexts
    }
    return json.dumps(entries, ensure_ascii=False, indent=1)


def contexts_csv(contexts: Sequence[BehaviourContext]) -> str:
    """One line a context: pointer, text before the answer, the answer, how it goes on, its probability."""
    rows = [
        [c.document, c.position, "".join(c.before), c.answer, "".join(c.after), c.p, c.truth or ""]
        for c in contexts
    ]
    return to_csv(["document", "position", "context", "answer", "continuation", "p", "truth"], rows)

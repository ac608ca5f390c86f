"""Names for behaviours about which nothing is known: what is predicted, after what, beside which tokens."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from functools import cached_property

import numpy as np

from explorer_engine.behaviours.filter import Predictions
from explorer_engine.behaviours.values import AUTOMATIC

__all__ = ["AutomaticNames"]

_LOOKED_BACK = 16
"""Tokens before the answer among which those are looked for that tell a cluster from the rest."""
_SHARE, _TELLING, _LIFT = 0.2, 0.5, 3.0
"""Least share of a cluster's contexts that a token of a name has as answer or before it, and further back;
and how many times that of all contexts it must be further back."""


class AutomaticNames:
    """Names clusters of predictions by their contexts (rows of the predictions)."""

    def __init__(
        self,
        documents: Sequence[Sequence[int]],
        predictions: Predictions,
        decode: Callable[[int], str],
    ) -> None:
        self._decode = decode
        self._answers = predictions.answer.tolist()
        places = zip(predictions.document.tolist(), predictions.position.tolist(), strict=True)
        self._contexts = [list(documents[d][max(0, p - _LOOKED_BACK) : p]) for d, p in places]

    def __call__(self, rows: np.ndarray) -> tuple[str, str]:
        """What the cluster of these rows is called, and on what grounds: `‘.’ after ‘>’; beside ‘def’`."""
        own = rows.tolist()
        answers = Counter(self._answers[i] for i in own).most_common()
        before = Counter(self._contexts[i][-1] for i in own if self._contexts[i]).most_common()
        names = [token for token, n in answers[:3] if n >= _SHARE * len(own)]
        after = [token for token, n in before[:2] if n >= _SHARE * len(own)]
        beside = self._telling(own, {*names, *after})
        words = self._listed(names) or f"{len(answers)} different tokens"
        words += f" after {self._listed(after)}" if after else ""
        words += f"; beside {self._listed(beside)}" if beside else ""
        grounds = f"answers {self._shares(answers, len(own))}; before them {self._shares(before, len(own))}"
        return words[:1].upper() + words[1:], AUTOMATIC + grounds

    @cached_property
    def _everywhere(self) -> Counter[int]:
        """In how many of all contexts each token stands."""
        return Counter(token for context in self._contexts for token in set(context))

    def _telling(self, own: Sequence[int], named: set[int]) -> list[int]:
        """At most two tokens that stand in most of these contexts and in few others."""
        here = Counter(token for i in own for token in set(self._contexts[i]))
        lift = {
            token: (n / len(own)) / (self._everywhere[token] / len(self._contexts))
            for token, n in here.items()
            if n >= _TELLING * len(own) and token not in named
        }
        best = sorted(lift, key=lambda token: (-lift[token], token))
        return [token for token in best if lift[token] >= _LIFT][:2]

    def _listed(self, tokens: Sequence[int]) -> str:
        return " / ".join(map(self._quoted, tokens))

    def _shares(self, counted: Sequence[tuple[int, int]], total: int) -> str:
        return ", ".join(f"{self._quoted(token)} {100 * n / total:.0f} %" for token, n in counted[:3])

    def _quoted(self, token: int) -> str:
        """A token in words: its text in quotes, without the blank before a word; blanks by their names."""
        text = self._decode(token)
        if text.strip():
            return f"‘{text.strip()}’"
        if "\n" in text:
            return "a new line"
        return "a blank" if len(text) == 1 else f"{len(text)} blanks"

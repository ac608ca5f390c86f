"""Automatic readers: what somebody who only reads a feature's contexts, without labels, calls spurious."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeVar

from explorer_engine.sites import FeatureRef

__all__ = ["READERS", "Contexts", "Reader", "TaskWords", "spurious_to"]

K = TypeVar("K")
_WORD = re.compile(r"[^\W\d_]+")

Contexts = Mapping[FeatureRef, Sequence[str]]
"""Of each feature the texts that end where it is most active, strongest first."""


@dataclass(frozen=True)
class TaskWords:
    """What a reader knows: words that tell an attribute, and words that tell a label. Small letters."""

    attributes: tuple[frozenset[str], frozenset[str]]
    """For each of the two attributes the words that tell it."""
    labels: Mapping[str, frozenset[str]]
    """For each label, of any number, the words that tell it."""
    names: frozenset[str] = frozenset()
    """Those of the attributes' words that are people's names: some readers do not know them."""


@dataclass(frozen=True)
class Reader:
    """A rule by which contexts are read.

    A context speaks for an attribute, and for a label, by the words in it up to the peak. A feature is
    spurious when enough of its contexts speak for one attribute and not too many for one label.
    """

    share: float = 0.75
    """Least share of the contexts that speak for the same attribute."""
    looks_at: Literal["last", "most"] = "last"
    """Whether the last telling word of a context decides, or the attribute with most of them."""
    knows_names: bool = True
    """Whether people's names tell it anything."""
    most_label: float = 0.6
    """Largest share of the contexts that may speak for one label."""
    contexts: int = 12
    """How many contexts it reads, the strongest ones."""

    def __str__(self) -> str:
        names = "names known" if self.knows_names else "names unknown"
        return f"{self.share:.0%} of {self.contexts} contexts, {self.looks_at} word, {names}"


READERS: tuple[Reader, ...] = tuple(
    Reader(share, looks_at, knows_names)
    for share in (0.75, 0.85)
    for looks_at in ("last", "most")
    for knows_names in (True, False)
)
"""Readers of equal standing: none was chosen by what comes of it."""


def spurious_to(reader: Reader, contexts: Contexts, words: TaskWords) -> frozenset[FeatureRef]:
    """The features that `reader` calls spurious; one without contexts is never."""
    return frozenset(ref for ref, texts in contexts.items() if _is_spurious(reader, texts, words))


def _is_spurious(reader: Reader, texts: Sequence[str], words: TaskWords) -> bool:
    read = [[word.lower() for word in _WORD.findall(text)] for text in texts[: reader.contexts]]
    if not read:
        return False
    told = Counter(
        attribute for context in read if (attribute := _attribute(reader, context, words)) is not None
    )
    if max(told.values(), default=0) < reader.share * len(read):
        return False
    named = Counter(label for context in read if (label := _last(context, words.labels)) is not None)
    return max(named.values(), default=0) <= reader.most_label * len(read)


def _attribute(reader: Reader, context: Sequence[str], words: TaskWords) -> int | None:
    """Which attribute a context speaks for; None for neither, or both alike."""
    ignored = frozenset() if reader.knows_names else words.names
    telling = {k: found - ignored for k, found in enumerate(words.attributes)}
    if reader.looks_at == "last":
        return _last(context, telling)
    first, second = (sum(word in telling[k] for word in context) for k in (0, 1))
    return None if first == second else int(second > first)


def _last(context: Sequence[str], telling: Mapping[K, frozenset[str]]) -> K | None:
    """The key of the last word that tells one."""
    for word in reversed(context):
        for key, found in telling.items():
            if word in found:
                return key
    return None

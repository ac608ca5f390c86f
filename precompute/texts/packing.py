"""Token ids of documents → windows of one length."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from explorer_engine.errors import InputError

__all__ = ["Packer", "first_tokens", "separator_of"]


@dataclass
class Packer:
    """Fills windows; what does not fill one yet is in `rest`."""

    window: int
    """Tokens of a window."""
    first: Sequence[int] = ()
    """What each window starts with."""
    separator: int | None = None
    """Stands after each document, and the next one follows; None: documents are cut each on its own, and what
    is left at their ends is dropped."""
    rest: list[int] = field(default_factory=list)

    def fill(self, documents: Iterable[Sequence[int]]) -> Iterator[list[int]]:
        """The windows that become full."""
        length = self.window - len(self.first)
        for ids in documents:
            self.rest += ids if self.separator is None else [*ids, self.separator]
            whole = len(self.rest) // length * length
            for start in range(0, whole, length):
                yield [*self.first, *self.rest[start : start + length]]
            self.rest = [] if self.separator is None else self.rest[whole:]


def first_tokens(tokenizer: Any) -> list[int]:
    """The token that this tokenizer puts before a text, [] where it puts none."""
    bare = tokenizer("a", add_special_tokens=False)["input_ids"]
    dressed = tokenizer("a")["input_ids"]
    return dressed[:1] if dressed[:1] == [tokenizer.bos_token_id] and bare[:1] != dressed[:1] else []


def separator_of(tokenizer: Any) -> int:
    """The end-of-text token; raises InputError for a tokenizer without one."""
    if tokenizer.eos_token_id is None:
        raise InputError(
            f"tokenizer {tokenizer.name_or_path}: it has no end-of-text token to stand between documents: "
            "set packed = false"
        )
    return tokenizer.eos_token_id

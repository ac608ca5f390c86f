"""What readers of prompts share: the checks that a prompt must pass, and the count of the dropped."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from explorer_engine.errors import InputError
from explorer_engine.files import check_readable

__all__ = ["Dropped", "Unusable", "collect", "padding_token", "prompt_and_answer", "read_text", "sorted_out"]

EMPTY = "empty prefix or answer"
SEVERAL = "answer of several tokens"
MERGED = "tokenisation merges prefix and answer"
BROKEN = "half of a character"
UNEQUAL = "prefixes of unequal length"

T = TypeVar("T")
R = TypeVar("R")


@dataclass(frozen=True)
class Dropped:
    """How many entries of a data file were kept, and why the others were not."""

    file: str
    kept: int
    reasons: Mapping[str, int] = field(default_factory=dict)
    """Reason in words → number of entries dropped for it."""

    @property
    def total(self) -> int:
        """Number of entries dropped."""
        return sum(self.reasons.values())

    def __str__(self) -> str:
        kept = f"{self.file}: {self.kept} example{'s' * (self.kept != 1)}"
        if not self.total:
            return f"{kept}, none dropped"
        why = ", ".join(f"{n} {reason}" for reason, n in self.reasons.items())
        return f"{kept}, {self.total} dropped ({why})"


class Unusable(Exception):
    """One entry that cannot be used; its text is the reason."""


def collect(
    file: Path, entries: Sequence[T], convert: Callable[[T], R], limit: int | None
) -> tuple[list[R], Dropped]:
    """As `sorted_out`; raises InputError also when nothing usable is left."""
    kept, dropped = sorted_out(file, entries, convert, limit)
    if not kept:
        why = ", ".join(f"{n} {reason}" for reason, n in dropped.reasons.items()) or "the file is empty"
        raise InputError(f"{file} has no usable example ({why}): give data made for this model's tokenizer")
    return kept, dropped


def sorted_out(
    file: Path, entries: Sequence[T], convert: Callable[[T], R], limit: int | None = None
) -> tuple[list[R], Dropped]:
    """The first `limit` usable entries, converted, and the report of the rest met on the way.

    Raises InputError when `limit` exceeds the entries of the file.
    """
    if limit is not None and limit < 1:
        raise InputError(f"{limit} examples were asked for: ask for at least 1")
    if limit is not None and limit > len(entries):
        raise InputError(
            f"{file} has {len(entries)} entr{'y' if len(entries) == 1 else 'ies'} but {limit} examples were "
            "asked for: ask for fewer"
        )
    kept, reasons = [], Counter[str]()
    for entry in entries:
        if len(kept) == limit:
            break
        try:
            kept.append(convert(entry))
        except Unusable as reason:
            reasons[str(reason)] += 1
    return kept, Dropped(str(file), len(kept), dict(reasons))


def prompt_and_answer(tokenizer: Any, prompt: str, answer: str) -> tuple[list[int], int]:
    """Token ids of the prompt (with the tokenizer's own first token, where it adds one) and of the answer.

    Raises Unusable when one is empty, the answer is not one token, or joining the texts changes the tokens.
    """
    if not _whole(prompt + answer):
        raise Unusable(BROKEN)
    ids = tokenizer(prompt)["input_ids"]
    target = tokenizer(answer, add_special_tokens=False)["input_ids"]
    if not prompt or not answer or not ids or not target:
        raise Unusable(EMPTY)
    if len(target) != 1:
        raise Unusable(SEVERAL)
    if tokenizer(prompt + answer)["input_ids"] != ids + target:
        raise Unusable(MERGED)
    return ids, target[0]


def _whole(text: str) -> bool:
    """Whether it is text: JSON can spell halves of characters, which no tokenizer takes."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def padding_token(tokenizer: Any) -> int:
    """The id to pad with; which one does not matter, masks keep it out of every computation."""
    known = (tokenizer.pad_token_id, tokenizer.eos_token_id, 0)
    return next(token for token in known if token is not None)


def read_text(file: str | Path) -> str:
    """The file's text; raises InputError where it is missing or not UTF-8."""
    try:
        return check_readable(Path(file)).read_bytes().decode("utf-8-sig")  # ends of lines as they are
    except OSError as error:
        raise InputError(f"{file} cannot be read ({error.strerror}): give an existing data file") from None
    except UnicodeDecodeError:
        raise InputError(f"{file} is not UTF-8 text: give a JSON data file") from None

"""Contrastive pairs: JSON lines of clean and patch prefixes with their answers → Examples."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from torch import LongTensor

from explorer_engine.data import Examples, pad_left
from explorer_engine.errors import InputError
from explorer_engine.formats.prompts import (
    UNEQUAL,
    Dropped,
    Unusable,
    collect,
    padding_token,
    prompt_and_answer,
    read_text,
)

__all__ = ["read_pairs"]

FIELDS = ("clean_prefix", "patch_prefix", "clean_answer", "patch_answer")
Pair = tuple[list[int], int, list[int], int]


def read_pairs(file: str | Path, tokenizer: Any, limit: int | None = None) -> tuple[Examples, Dropped]:
    """The first `limit` usable pairs of a JSON-lines file; what was dropped, and why.

    Each line: {"clean_prefix", "patch_prefix", "clean_answer", "patch_answer"}; other keys are ignored, such
    as the `case` of the published agreement pairs. A pair is dropped when its prefixes differ in number of
    tokens, an answer is not one token or would be merged into the prefix, or something is empty. Pairs of
    different length are padded on the left.

    Raises InputError for a missing or malformed file (naming the line) and when no pair is left.
    """
    path = Path(file)
    entries = [_parse(path, n, line) for n, line in enumerate(read_text(path).split("\n"), 1) if line.strip()]
    pairs, dropped = collect(path, entries, lambda entry: _convert(entry, tokenizer), limit)
    clean, answers, patch, patch_answers = zip(*pairs, strict=True)
    tokens, mask = pad_left(clean, padding_token(tokenizer))
    patch_tokens, _ = pad_left(patch, padding_token(tokenizer))
    examples = Examples(
        tokens=tokens,
        mask=mask,
        answer=LongTensor(answers),
        patch=patch_tokens,
        patch_answer=LongTensor(patch_answers),
    )
    return examples, dropped


def _parse(file: Path, number: int, line: str) -> dict[str, str]:
    try:
        entry = json.loads(line)
    except (ValueError, RecursionError):
        raise InputError(f"{file}, line {number} is not JSON: expected one pair a line") from None
    missing = [name for name in FIELDS if not isinstance(entry, dict) or not isinstance(entry.get(name), str)]
    if missing:
        raise InputError(
            f"{file}, line {number} lacks {', '.join(missing)}: expected the keys {', '.join(FIELDS)}"
        )
    return entry


def _convert(entry: dict[str, str], tokenizer: Any) -> Pair:
    clean, answer = prompt_and_answer(tokenizer, entry["clean_prefix"], entry["clean_answer"])
    patch, patch_answer = prompt_and_answer(tokenizer, entry["patch_prefix"], entry["patch_answer"])
    if len(clean) != len(patch):
        raise Unusable(UNEQUAL)
    return clean, answer, patch, patch_answer

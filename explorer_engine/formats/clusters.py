"""Clusters of feature-circuits.xyz: contexts with the token that follows → Examples without a patch."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from torch import LongTensor

from explorer_engine.data import Examples, pad_left
from explorer_engine.errors import InputError
from explorer_engine.formats.prompts import (
    Dropped,
    Unusable,
    collect,
    padding_token,
    prompt_and_answer,
    read_text,
    sorted_out,
)

__all__ = ["LONG", "is_cluster", "read_cluster", "read_contexts"]

LONG = "longer than the model reads"


def is_cluster(file: str | Path) -> bool:
    """Whether the file is one JSON object of contexts (a cluster) and not one object a line (pairs)."""
    try:
        content = json.loads(read_text(file))
    except (ValueError, RecursionError):
        return False
    return isinstance(content, dict) and all(isinstance(entry, dict) for entry in content.values())


def read_cluster(file: str | Path, tokenizer: Any, limit: int | None = None) -> tuple[Examples, Dropped]:
    """The first `limit` usable contexts of a cluster file, and what was dropped and why.

    The file: {"<id>": {"context": [token strings], "answer": " tok"}, …}; other keys are ignored. The prompt
    is the joined tokens. A context is dropped when something is empty, the answer is not one token of this
    tokenizer, or prompt and answer would be merged.

    Raises InputError for a missing or malformed file (naming the entry) and when no context is left.
    """
    path = Path(file)
    entries = _entries(path)
    prompts, dropped = collect(path, entries, lambda entry: _convert(tokenizer, *entry), limit)
    sequences, answers = zip(*prompts, strict=True)
    tokens, mask = pad_left(sequences, padding_token(tokenizer))
    examples = Examples(
        tokens=tokens,
        mask=mask,
        answer=LongTensor(answers),
        patch=None,
        patch_answer=None,
    )
    return examples, dropped


def read_contexts(
    file: Path, tokenizer: Any, longest: int | None
) -> tuple[list[tuple[list[int], int]], Dropped]:
    """Prompt and answer of each usable context as token ids, perhaps of none; what was dropped and why.

    Besides what `read_cluster` drops, prompts that with their answer are longer than `longest` tokens.
    Raises InputError for a missing or malformed file (naming the entry).
    """

    def convert(entry: tuple[str, str]) -> tuple[list[int], int]:
        prompt, answer = _convert(tokenizer, *entry)
        if longest is not None and len(prompt) + 1 > longest:
            raise Unusable(LONG)
        return prompt, answer

    return sorted_out(file, _entries(file), convert)


def _entries(file: Path) -> list[tuple[str, str]]:
    """Text and answer of all contexts of a file."""
    try:
        content = json.loads(read_text(file))
    except InputError:
        raise
    except (ValueError, RecursionError):
        raise InputError(f"{file} is not JSON: expected a cluster of contexts") from None
    if not isinstance(content, dict):
        raise InputError(f'{file} is not a cluster: expected {{"<id>": {{"context": […], "answer": "…"}}}}')
    return [_parse(file, name, entry) for name, entry in content.items()]


def _convert(tokenizer: Any, text: str, answer: str) -> tuple[list[int], int]:
    """As `prompt_and_answer`; the tokenizer's own first token is there once where the text has it, too."""
    prompt, target = prompt_and_answer(tokenizer, text, answer)
    first = tokenizer("")["input_ids"]
    return (prompt[1:] if len(first) == 1 and prompt[:2] == first * 2 else prompt), target


def _parse(file: Path, name: str, entry: Any) -> tuple[str, str]:
    context = entry.get("context") if isinstance(entry, dict) else None
    answer = entry.get("answer") if isinstance(entry, dict) else None
    if (
        not isinstance(context, list)
        or not all(isinstance(token, str) for token in context)
        or not isinstance(answer, str)
    ):
        raise InputError(
            f'{file}, entry {name!r} needs "context" (a list of strings) and "answer" (a string)'
        )
    return "".join(context), answer

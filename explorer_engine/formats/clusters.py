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
    collect,
    padding_token,
    prompt_and_answer,
    read_text,
)

__all__ = ["is_cluster", "read_cluster"]


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
    try:
        content = json.loads(read_text(path))
    except (ValueError, RecursionError):
        raise InputError(f"{path} is not JSON: expected a cluster of contexts") from None
    if not isinstance(content, dict):
        raise InputError(f'{path} is not a cluster: expected {{"<id>": {{"context": […], "answer": "…"}}}}')
    entries = [_parse(path, name, entry) for name, entry in content.items()]
    prompts, dropped = collect(path, entries, lambda entry: prompt_and_answer(tokenizer, *entry), limit)
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

"""The corpus as token windows: passages packed into rows, with the planted role of every token."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer

from explorer_engine.data import Examples
from precompute.demo.corpus.mixture import TEMPLATES, passages
from precompute.demo.corpus.passage import PLAIN, Passage
from precompute.kept import damage_told, read_arrays
from precompute.stages.tokenizer import SEPARATOR

__all__ = ["Windows", "load_windows", "make_windows", "save_windows"]


@dataclass(frozen=True)
class Windows:
    """Rows of tokens, and for each the planted role."""

    tokens: np.ndarray
    """int32 [n, length], no padding."""
    roles: np.ndarray
    """int16 [n, length], index into `names`."""
    names: tuple[str, ...]
    """`template/slot`."""

    def __len__(self) -> int:
        return len(self.tokens)

    def __getitem__(self, rows: slice, /) -> Examples:
        """Some of the windows as prompts without padding."""
        tokens = torch.from_numpy(self.tokens[rows].astype(np.int64))
        return Examples(tokens, torch.ones_like(tokens, dtype=torch.bool))  # type: ignore[arg-type]


def _encode(tokenizer: Tokenizer, batch: list[Passage]) -> Iterator[tuple[list[int], list[str]]]:
    """Token ids and roles of each passage; a token has the role of its last character."""
    for seg, encoding in zip(batch, tokenizer.encode_batch([s.text for s in batch]), strict=True):
        yield encoding.ids, [f"{seg.template}/{seg.slot_at(end - 1)}" for _, end in encoding.offsets]


def make_windows(tokenizer: Tokenizer, n: int, length: int, seed: str) -> Windows:
    """n windows of `length` tokens, the separator between passages.

    A passage cut by the end of a window is not continued in the next: a window starts with a passage's first
    token, as a prompt does.
    """
    separator: int = tokenizer.token_to_id(SEPARATOR)  # type: ignore[assignment]
    index = {f"{template}/{PLAIN}": k for k, template in enumerate(TEMPLATES)}
    between = index.setdefault("separator", len(index))
    tokens, roles = np.zeros((n, length), np.int32), np.zeros((n, length), np.int16)
    stream, row, column = passages(seed), 0, 0
    while row < n:
        batch = [next(stream) for _ in range(2000)]
        for ids, names in _encode(tokenizer, batch):
            take = min(len(ids), length - column)
            tokens[row, column : column + take] = ids[:take]
            roles[row, column : column + take] = [index.setdefault(name, len(index)) for name in names[:take]]
            column += take
            if column < length:
                tokens[row, column], roles[row, column] = separator, between
                column += 1
            if column == length:
                row, column = row + 1, 0
                if row == n:
                    break
    return Windows(tokens, roles, tuple(index))


def save_windows(windows: Windows, path: Path) -> None:
    """Write them to a `.npz` file."""
    np.savez(path, tokens=windows.tokens, roles=windows.roles, names=np.array(windows.names))


def load_windows(path: Path) -> Windows:
    """Read what `save_windows` wrote."""
    found = read_arrays(path)
    with damage_told(path):
        return Windows(found["tokens"], found["roles"], tuple(str(name) for name in found["names"]))

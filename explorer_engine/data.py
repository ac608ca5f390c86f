"""Examples as tensors: left-padded token ids, what is real and what is padding, answers and patch prompts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields, replace

import torch
from torch import Tensor

from explorer_engine.errors import InputError

__all__ = ["Examples", "by_length", "pad_left"]


@dataclass(frozen=True, eq=False)
class Examples:
    """B prompts of up to S tokens, padded on the left: the last column is every prompt's last token."""

    tokens: Tensor
    """[B,S] token ids of the (clean) prompts."""
    mask: Tensor
    """[B,S] True = a real token."""
    answer: Tensor | None = None
    """[B] the (clean) answer token."""
    patch: Tensor | None = None
    """[B,S] tokens of the patch prompts, under the same mask; None = zero baseline."""
    patch_answer: Tensor | None = None
    """[B] the patch answer token."""
    label: Tensor | None = None
    """[B] a class label (0 or 1), for a probe's metric."""

    def __post_init__(self) -> None:
        if self.tokens.ndim != 2 or self.mask.shape != self.tokens.shape or not len(self.tokens):
            raise InputError(
                f"examples: tokens {tuple(self.tokens.shape)} and mask {tuple(self.mask.shape)} must be "
                "equal [B,S] shapes with at least one example"
            )
        if not bool(self.mask[:, -1].all()):
            raise InputError("examples: the last position of a prompt is padding: pad on the left")
        if self.patch is not None and self.patch.shape != self.tokens.shape:
            raise InputError("examples: patch prompts must have as many tokens as the clean ones")

    def __len__(self) -> int:
        return len(self.tokens)

    def __getitem__(self, rows: slice | Tensor) -> Examples:
        """The examples `rows`: a slice or a tensor of row numbers (repeats allowed)."""
        return self._each(lambda value: value[rows])

    def batches(self, size: int) -> Iterator[Examples]:
        """Consecutive pieces of at most `size` examples; columns that are padding in all of a piece stay."""
        for start in range(0, len(self), size):
            yield self[start : start + size]

    def trimmed(self) -> Examples:
        """The same examples without the columns that are padding in every row."""
        first = int(self.mask.any(0).float().argmax())
        columns = {
            f.name: v[:, first:]
            for f in fields(self)
            if (v := getattr(self, f.name)) is not None and v.ndim == 2
        }
        return replace(self, **columns)

    def to(self, device: torch.device | str) -> Examples:
        """The same examples on another device."""
        return self._each(lambda value: value.to(device))

    def _each(self, change: Callable[[Tensor], Tensor]) -> Examples:
        values = {f.name: v for f in fields(self) if (v := getattr(self, f.name)) is not None}
        return replace(self, **{name: change(value) for name, value in values.items()})

    @property
    def length(self) -> int:
        """S, padding included."""
        return self.tokens.shape[1]

    def patched(self) -> Examples:
        """The patch prompts as prompts of their own; raises InputError where there are none."""
        if self.patch is None:
            raise InputError("examples: there are no patch prompts: use the zero baseline")
        return Examples(self.patch, self.mask, self.patch_answer, self.tokens, self.answer, self.label)


def pad_left(rows: Sequence[Sequence[int]], pad: int = 0) -> tuple[Tensor, Tensor]:
    """Token lists of unequal length → tokens [B,S] and mask [B,S], padded with the id `pad` on the left."""
    length = max((len(row) for row in rows), default=0)
    tokens = torch.tensor([[pad] * (length - len(row)) + list(row) for row in rows], dtype=torch.long)
    mask = torch.tensor([[False] * (length - len(row)) + [True] * len(row) for row in rows], dtype=torch.bool)
    return tokens, mask


def by_length(texts: Sequence[Sequence[int]], most_tokens: int) -> list[tuple[Tensor, Tensor]]:
    """Batches without padding, longest texts first: row numbers [B] and tokens [B,S], of texts of S tokens.

    A batch has at most `most_tokens` tokens, or is one text.
    """
    lengths: dict[int, list[int]] = defaultdict(list)
    for row, text in enumerate(texts):
        lengths[len(text)].append(row)
    return [
        (part, torch.tensor([list(texts[row]) for row in part.tolist()]))
        for length, rows in sorted(lengths.items(), reverse=True)
        for part in torch.tensor(rows).split(max(1, most_tokens // length))
    ]

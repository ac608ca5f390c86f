"""Examples: padding, slices, batches, and shapes that cannot be."""

from __future__ import annotations

import pytest
import torch

from explorer_engine.data import Examples, pad_left
from explorer_engine.errors import InputError


def test_pad_left_and_trim():
    tokens, mask = pad_left([[1, 2, 3], [4], [5, 6]], pad=9)
    assert tokens.tolist() == [[1, 2, 3], [9, 9, 4], [9, 5, 6]]
    assert mask.tolist() == [[True] * 3, [False, False, True], [False, True, True]]
    examples = Examples(
        tokens, mask, torch.tensor([7, 8, 9]), patch=tokens + 10, patch_answer=torch.tensor([1, 2, 3])
    )
    short = examples[1:].trimmed()
    assert short.tokens.tolist() == [[9, 4], [5, 6]]
    assert short.patch.tolist() == [[19, 14], [15, 16]]
    assert short.answer.tolist() == [8, 9]


def test_batches_cover_all_in_order():
    tokens, mask = pad_left([[i] for i in range(7)])
    examples = Examples(tokens, mask)
    batches = list(examples.batches(3))
    assert [len(batch) for batch in batches] == [3, 3, 1]
    assert torch.equal(torch.cat([batch.tokens for batch in batches]), tokens)
    assert examples[torch.tensor([5, 5, 0])].tokens.flatten().tolist() == [5, 5, 0]


def test_patched_swaps_the_roles():
    tokens, mask = pad_left([[1, 2]])
    examples = Examples(tokens, mask, torch.tensor([3]), tokens + 1, torch.tensor([4]))
    patched = examples.patched()
    assert patched.tokens.tolist() == [[2, 3]]
    assert (patched.answer.item(), patched.patch_answer.item()) == (4, 3)
    with pytest.raises(InputError, match="no patch prompts"):
        Examples(tokens, mask).patched()


def test_impossible_shapes_are_told():
    tokens, mask = pad_left([[1, 2], [3]])
    with pytest.raises(InputError, match="equal"):
        Examples(tokens, mask[:1])
    with pytest.raises(InputError, match="pad on the left"):
        Examples(tokens, mask.flip(1))
    with pytest.raises(InputError, match="as many tokens"):
        Examples(tokens, mask, patch=tokens[:, :1])
    with pytest.raises(InputError, match="at least one example"):
        Examples(tokens[:0], mask[:0])

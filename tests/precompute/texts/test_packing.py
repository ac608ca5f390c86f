"""Documents become windows: packed one after the other, or cut each on its own."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from explorer_engine.errors import InputError
from precompute.texts.packing import Packer, first_tokens, separator_of


def test_packed_documents_follow_each_other_and_what_is_left_waits():
    packer = Packer(4, separator=0)
    assert list(packer.fill([[1, 2], [3, 4, 5]])) == [[1, 2, 0, 3]]
    assert list(packer.fill([[6]])) == [[4, 5, 0, 6]]
    assert packer.rest == [0]


def test_each_window_starts_with_the_first_token():
    assert list(Packer(3, first=[9], separator=0).fill([[1, 2, 3]])) == [[9, 1, 2], [9, 3, 0]]


def test_documents_cut_on_their_own_lose_their_ends():
    packer = Packer(2)
    assert list(packer.fill([[1, 2, 3], [4], [5, 6, 7, 8]])) == [[1, 2], [5, 6], [7, 8]]
    assert packer.rest == []


def test_the_first_token_is_the_one_that_the_tokenizer_adds():
    def tokenizer(added, bos):
        def encode(text, add_special_tokens=True):
            return {"input_ids": [*(added if add_special_tokens else []), 65]}

        class Tokenizer:
            bos_token_id = bos
            __call__ = staticmethod(encode)

        return Tokenizer()

    assert first_tokens(tokenizer([2], 2)) == [2]
    assert first_tokens(tokenizer([], 2)) == []
    assert first_tokens(tokenizer([], None)) == []
    assert first_tokens(tokenizer([], 65)) == []


def test_a_tokenizer_without_an_end_of_text_is_told():
    assert separator_of(SimpleNamespace(eos_token_id=0, name_or_path="x")) == 0
    with pytest.raises(InputError, match="packed = false"):
        separator_of(SimpleNamespace(eos_token_id=None, name_or_path="x"))

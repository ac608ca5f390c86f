"""A tokenizer for texts of a few words."""

from __future__ import annotations

import pytest
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast

WORDS = [" dog", " dogs", " run", " runs", " the", " big", "The", " old"]


@pytest.fixture(scope="session")
def tokenizer() -> PreTrainedTokenizerFast:
    """Byte-level BPE over single letters plus WORDS, built letter by letter."""
    pieces = [word.replace(" ", "Ġ") for word in WORDS]
    prefixes = {p[:i] for p in pieces for i in range(1, len(p) + 1)}
    vocabulary = ["[PAD]", *sorted({*pre_tokenizers.ByteLevel.alphabet(), *prefixes})]
    merges = [(p[:-1], p[-1]) for p in sorted(prefixes, key=len) if len(p) > 1]
    raw = Tokenizer(models.BPE({token: i for i, token in enumerate(vocabulary)}, merges))
    raw.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    raw.decoder = decoders.ByteLevel()
    return PreTrainedTokenizerFast(tokenizer_object=raw, pad_token="[PAD]")

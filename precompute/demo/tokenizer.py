"""The demo's tokenizer: byte-level BPE with one token for every word of the lexicon."""

from __future__ import annotations

from itertools import islice

from tokenizers import Tokenizer

from precompute.demo.corpus.mixture import lexicon, passages
from precompute.stages.tokenizer import train_tokenizer

__all__ = ["split_words", "train_demo_tokenizer"]


def train_demo_tokenizer(vocabulary: int, n_passages: int, repeats: int, seed: str) -> Tokenizer:
    """BPE over corpus passages plus the lexicon `repeats` times: plain BPE splits the rarer plurals."""
    texts = [s.text for s in islice(passages(seed), n_passages)]
    texts += [" " + " ".join(lexicon())] * repeats
    return train_tokenizer(texts, vocabulary)


def split_words(tokenizer: Tokenizer) -> list[str]:
    """The lexicon words that are not one token with their leading blank: empty for a good tokenizer."""
    return [word for word in lexicon() if len(tokenizer.encode(" " + word).ids) != 1]

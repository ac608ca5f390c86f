"""The demo's tokenizer: byte-level BPE with one token for every word of the lexicon."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast

from precompute.demo.corpus.mixture import lexicon, passages
from precompute.demo.corpus.windows import SEPARATOR

__all__ = ["save_tokenizer", "split_words", "train_tokenizer"]


def train_tokenizer(vocabulary: int, n_passages: int, repeats: int, seed: str) -> Tokenizer:
    """BPE over corpus passages plus the lexicon `repeats` times: plain BPE splits the rarer plurals."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary, special_tokens=[SEPARATOR], show_progress=False,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
    )  # fmt: skip
    texts = [s.text for s in islice(passages(seed), n_passages)]
    texts += [" " + " ".join(lexicon())] * repeats
    tokenizer.train_from_iterator(texts, trainer)
    return tokenizer


def split_words(tokenizer: Tokenizer) -> list[str]:
    """The lexicon words that are not one token with their leading blank: empty for a good tokenizer."""
    return [word for word in lexicon() if len(tokenizer.encode(" " + word).ids) != 1]


def save_tokenizer(tokenizer: Tokenizer, folder: Path, window: int) -> None:
    """Write it in the Hugging Face layout, padding on the left."""
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, bos_token=SEPARATOR, eos_token=SEPARATOR, pad_token=SEPARATOR,
        padding_side="left", model_max_length=window, clean_up_tokenization_spaces=False,
    ).save_pretrained(folder)  # fmt: skip

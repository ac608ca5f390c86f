"""Stage `tokenizer`: a byte-level BPE tokenizer trained on a source of texts."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast

from explorer_engine.errors import InputError
from precompute.engine.stage import Stage
from precompute.engine.work import Work
from precompute.progress import say
from precompute.texts.hashing import Seen
from precompute.texts.source import TextSource, open_texts

__all__ = ["SEPARATOR", "TokenizerOptions", "save_tokenizer", "stage", "train_tokenizer"]

SEPARATOR = "<|endoftext|>"
"""Stands between texts; the token 0, and the only special one."""
BYTES = 256


@dataclass(frozen=True)
class TokenizerOptions:
    """Everything that decides the tokenizer, besides the texts."""

    vocabulary: int = 8192
    """Tokens, the 256 bytes and the separator among them."""
    characters: int = 20_000_000
    """Of the source's beginning, what is learnt from."""
    window: int = 128
    """Tokens that the model reads at most."""


def stage(options: TokenizerOptions, texts: TextSource) -> Stage:
    """tokenizer/ in the Hugging Face layout."""
    texts = texts.alone()
    decides = {**asdict(options), "texts": asdict(texts)}
    return Stage(
        "tokenizer",
        1,
        decides,
        texts.places,
        lambda _, folder: _make(options, texts, folder),
        reads=texts.version,
        work=lambda _: Work(learnt=options.characters, memory=4 * options.characters),
    )


def _make(options: TokenizerOptions, texts: TextSource, folder: Path) -> None:
    if options.vocabulary <= BYTES:
        raise InputError(f"tokenizer: vocabulary is {options.vocabulary}: give at least {BYTES + 1}")
    tokenizer = train_tokenizer(_beginning(texts, options.characters), options.vocabulary)
    if tokenizer.get_vocab_size() < options.vocabulary:
        say(f"tokenizer: the text has pairs for {tokenizer.get_vocab_size()} of {options.vocabulary} tokens")
    partial = folder / "partial"
    shutil.rmtree(partial, ignore_errors=True)
    save_tokenizer(tokenizer, partial, options.window)
    shutil.rmtree(folder / "tokenizer", ignore_errors=True)
    partial.replace(folder / "tokenizer")


def _beginning(texts: TextSource, characters: int) -> Iterator[str]:
    """The first different texts, until they have so many characters."""
    seen = Seen()
    for text in open_texts(texts):
        if seen.add(text):
            yield text
            characters -= len(text)
        if characters <= 0:
            return


def train_tokenizer(texts: Iterable[str], vocabulary: int) -> Tokenizer:
    """Byte-level BPE of at most `vocabulary` tokens: fewer where the texts have no more pairs to merge."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary, special_tokens=[SEPARATOR], show_progress=False,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
    )  # fmt: skip
    tokenizer.train_from_iterator(texts, trainer)
    return tokenizer


def save_tokenizer(tokenizer: Tokenizer, folder: Path, window: int) -> None:
    """Write it in the Hugging Face layout, padding on the left."""
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, bos_token=SEPARATOR, eos_token=SEPARATOR, pad_token=SEPARATOR,
        padding_side="left", model_max_length=window, clean_up_tokenization_spaces=False,
    ).save_pretrained(folder)  # fmt: skip

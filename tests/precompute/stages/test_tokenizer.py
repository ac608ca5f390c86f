"""A tokenizer is learnt from the beginning of a source, each text once."""

from __future__ import annotations

import json

import pytest
from transformers import AutoTokenizer

from explorer_engine.errors import InputError
from precompute.engine.run import run_stages
from precompute.stages import tokenizer
from precompute.stages.tokenizer import TokenizerOptions
from precompute.texts.source import TextSource

TEXTS = ["the cat sat on the mat", "the hat of the cat"] * 4 + ["zebra zebra zebra zebra"]


@pytest.fixture
def texts(tmp_path):
    (tmp_path / "texts.jsonl").write_text("".join(json.dumps({"text": text}) + "\n" for text in TEXTS))
    return TextSource(str(tmp_path / "texts.jsonl"))


def make(options, texts, work):
    run_stages([tokenizer.stage(options, texts)], work)
    return AutoTokenizer.from_pretrained(work / "tokenizer" / "tokenizer")


def test_it_knows_every_byte_and_the_separator_is_token_0(texts, tmp_path):
    made = make(TokenizerOptions(vocabulary=275, window=12), texts, tmp_path / "work")
    assert len(made) == 275 and made.eos_token_id == 0 and made.model_max_length == 12
    assert made.decode(made("Żółw ☃ the")["input_ids"]) == "Żółw ☃ the"
    assert len(made(" the")["input_ids"]) == 1


def test_it_learns_from_as_many_characters_as_asked(texts, tmp_path):
    few = make(TokenizerOptions(vocabulary=400, characters=30), texts, tmp_path / "few")
    all_ = make(TokenizerOptions(vocabulary=400), texts, tmp_path / "all")
    assert len(few(" zebra")["input_ids"]) > 1 == len(all_(" zebra")["input_ids"])


def test_a_text_with_too_few_pairs_gives_fewer_tokens_and_says_so(texts, tmp_path, capsys):
    made = make(TokenizerOptions(vocabulary=5000), texts, tmp_path / "work")
    assert f"pairs for {len(made)} of 5000 tokens" in capsys.readouterr().out


def test_a_vocabulary_without_room_for_bytes_is_told(texts, tmp_path):
    with pytest.raises(InputError, match="257"):
        make(TokenizerOptions(vocabulary=256), texts, tmp_path / "work")

"""Any text becomes windows of tokens in three splits that share no text, however often the work is killed."""

from __future__ import annotations

import json
import os
from dataclasses import replace

import numpy as np
import pytest
import torch
from tokenizers.processors import TemplateProcessing
from transformers import AutoTokenizer

from explorer_engine.errors import InputError
from explorer_engine.store import shards
from precompute.engine.hashes import content_hash
from precompute.engine.run import run_stages
from precompute.stages import text
from precompute.stages.text import TextOptions
from precompute.stages.tokenizer import SEPARATOR, save_tokenizer, train_tokenizer
from precompute.windows import StoredWindows

N = 600
TEXTS = [f"Text {n} says {n * n} and <|endoftext|> is a word of it." for n in range(N)]
SIZES = {"documents": 12, "training_windows": 40, "test_windows": 8}


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tokenizer")
    save_tokenizer(train_tokenizer(TEXTS[:50], 300), folder, 32)
    return folder


@pytest.fixture
def options(tmp_path):
    lines = [*TEXTS, "  ", TEXTS[3]]
    (tmp_path / "texts.jsonl").write_text("".join(json.dumps({"text": line}) + "\n" for line in lines))
    return TextOptions(source=str(tmp_path / "texts.jsonl"), window=32, **SIZES)


def make(options, tokenizer, work):
    run_stages([text.stage(options, tokenizer)], work)
    return work / "text"


def texts_in(tokenizer, rows):
    """The texts that stand whole in windows."""
    decoded = (part for row in rows for part in _parts(list(row)))
    tokenizer = AutoTokenizer.from_pretrained(tokenizer)
    return {line for line in map(tokenizer.decode, decoded) if line.startswith("Text") and line in TEXTS}


def _parts(row):
    while 0 in row:
        yield row[: row.index(0)]
        row = row[row.index(0) + 1 :]
    yield row


def test_the_splits_are_as_large_as_asked_and_share_no_text(options, tokenizer, tmp_path):
    options = replace(options, window=128, documents=8, training_windows=40, test_windows=8)
    folder = make(options, tokenizer, tmp_path / "work")
    training, test = (StoredWindows(folder / f"{name}.npy") for name in ("training", "test"))
    assert training.tokens.shape == (40, 128) and training.tokens.dtype == np.int32
    assert len(test) == len(test[:]) == 8 and torch.equal(test[2:5].tokens, test[:].tokens[2:5])
    rows = shards.read(folder / "shards", "document")
    assert [row["id"] for row in rows] == list(range(8)) and {row["split"] for row in rows} == {"held out"}
    found = [texts_in(tokenizer, tokens) for tokens in (training.tokens, test.tokens)]
    found.append(texts_in(tokenizer, [row["tokens"] for row in rows]))
    assert all(found)
    assert len(set.union(*found)) == sum(map(len, found))


def test_the_split_of_a_text_is_its_own(options):
    splits = [options.split_of(line) for line in TEXTS]
    assert [options.split_of(line) for line in reversed(TEXTS)] == splits[::-1]
    assert splits.count("training") / N == pytest.approx(40 / 60, abs=0.07)
    assert [replace(options, seed=1).split_of(line) for line in TEXTS] != splits


def test_the_summary_says_what_was_read_and_dropped(options, tokenizer, tmp_path, monkeypatch):
    (tmp_path / "texts.jsonl").write_text(
        "".join(json.dumps({"text": line}) + "\n" for line in [TEXTS[0], " ", TEXTS[0], *TEXTS])
    )
    monkeypatch.setattr(text, "BATCH_TEXTS", 10)
    found = json.loads((make(options, tokenizer, tmp_path / "work") / "summary.json").read_text())
    assert found["texts_read"] < N and found["texts_read"] % 10 == 0
    assert found["duplicates"] == 2 and found["dropped"]["empty"] == 1
    assert found["tokens"] == {"documents": 12 * 32, "training": 40 * 32, "test": 8 * 32}
    known = found["duplicates"] + sum(found["dropped"].values()) + sum(found["texts"].values())
    assert known == found["texts_read"]


def test_cut_texts_start_their_windows(options, tokenizer, tmp_path):
    sizes = {"documents": 10, "training_windows": 60, "test_windows": 10}
    folder = make(replace(options, packed=False, window=16, **sizes), tokenizer, tmp_path / "work")
    decoded = AutoTokenizer.from_pretrained(tokenizer).batch_decode(StoredWindows(folder / "test.npy").tokens)
    assert not (StoredWindows(folder / "training.npy").tokens == 0).any()
    assert any(line.startswith("Text ") for line in decoded)


def test_killed_at_any_file_it_goes_on_to_the_same_files(options, tokenizer, tmp_path, monkeypatch):
    monkeypatch.setattr(text, "BATCH_TEXTS", 40)
    replaced, left, replace_ = [], [10**6], os.replace

    def dies(source, target):
        left[0] -= 1
        if left[0] < 0:
            raise KeyboardInterrupt
        replace_(source, target)
        replaced.append(target)

    monkeypatch.setattr(os, "replace", dies)
    whole = content_hash(make(options, tokenizer, tmp_path / "whole"))
    assert (
        len(replaced) > 12
    )  # the stage's own marks, three files begun, states, three files done, the summary
    for n in range(len(replaced)):
        left[0] = n
        with pytest.raises(KeyboardInterrupt):
            make(options, tokenizer, tmp_path / f"killed-{n}")
        left[0] = 10**6
        assert content_hash(make(options, tokenizer, tmp_path / f"killed-{n}")) == whole, replaced[n]


def test_text_too_short_for_what_is_asked_is_told_with_what_there_is(options, tokenizer, tmp_path):
    with pytest.raises(
        InputError, match=r"too short: its 602 texts.* fill \d+ of 12 documents, \d+ of 90000 training"
    ):
        make(replace(options, training_windows=90_000), tokenizer, tmp_path / "work")
    (tmp_path / "texts.jsonl").write_text('{"text": "short"}\n')
    with pytest.raises(InputError, match="0 of 12 documents, 0 of 40 training, 0 of 8 test"):
        make(options, tokenizer, tmp_path / "work")


def test_each_window_starts_with_the_token_that_the_tokenizer_puts_first(options, tmp_path):
    made = train_tokenizer(TEXTS[:50], 300)
    made.post_processor = TemplateProcessing(single=f"{SEPARATOR} $A", special_tokens=[(SEPARATOR, 0)])
    save_tokenizer(made, tmp_path / "tokenizer", 32)
    rows = StoredWindows(make(options, tmp_path / "tokenizer", tmp_path / "work") / "training.npy").tokens
    assert (rows[:, 0] == 0).all() and (rows == 0).sum() < 4 * len(rows)


@pytest.mark.parametrize("change", [{"documents": 0}, {"window": 1}])
def test_numbers_that_make_no_windows_are_told(options, tokenizer, tmp_path, change):
    with pytest.raises(InputError, match=next(iter(change))):
        make(replace(options, **change), tokenizer, tmp_path / "work")

"""Pairs made for a tokenizer: none is dropped when they are read; they are what the published ones are."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from explorer_engine.errors import InputError
from explorer_engine.formats.pairs import read_pairs
from explorer_engine.hugging_face import read_tokenizer
from precompute.agreement.pairs import STRUCTURES, agreement_pairs, halves
from precompute.agreement.words import ALL, one_token
from precompute.cli import main

DEMO = Path(__file__).parents[2] / "assets" / "demo" / "model"
NOUNS = (*ALL.people, *ALL.things)
FORMS = {
    "simple": r"The \w+",
    "nounpp": r"The \w+ \w+ the \w+",
    "within_rc": r"The \w+ that the \w+",
    "rc": r"The \w+ that the \w+ \w+",
}
PUBLISHED = Path(__file__).parents[3] / "shared" / "data" / "sva"


@pytest.fixture(scope="module")
def tokenizer():
    return read_tokenizer(DEMO)


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pairs") / "agreement"
    assert main(["pairs", "--model", str(DEMO), "--out", str(folder), "--n", "12"]) == 0
    return folder


def lines(file: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in file.read_text().splitlines()]


@pytest.mark.parametrize("structure", STRUCTURES)
def test_every_pair_can_be_used_and_agrees(written, tokenizer, structure):
    file = written / f"{structure}.jsonl"
    examples, dropped = read_pairs(file, tokenizer)
    assert len(examples) == 12 and not dropped.total
    verbs = {form: number for forms in ALL.auxiliaries for number, form in enumerate(forms)}
    nouns = {form: number for forms in NOUNS for number, form in enumerate(forms)}
    for pair in lines(file):
        clean, patch = pair["clean_prefix"].split(), pair["patch_prefix"].split()
        assert re.fullmatch(FORMS[structure], pair["clean_prefix"])
        (at,) = (k for k, words in enumerate(zip(clean, patch, strict=True)) if words[0] != words[1])
        assert at == (4 if structure == "within_rc" else 1), "only the subject differs"
        for prefix, answer in ((clean, "clean_answer"), (patch, "patch_answer")):
            assert nouns[prefix[at]] == verbs[pair[answer].strip()]
        numbers = [("singular", "plural")[nouns[word]] for word in clean if word in nouns]
        assert pair["case"] == "_".join(numbers)


def test_circuits_are_tested_on_other_nouns_than_they_are_found_on(written):
    nouns = {form for forms in NOUNS for form in forms}
    for structure in STRUCTURES:
        found, tested = (
            {word for pair in lines(written / name) for word in pair["clean_prefix"].split()} & nouns
            for name in (f"{structure}.jsonl", f"{structure}-tested.jsonl")
        )
        assert found and tested and not found & tested


def test_words_of_several_tokens_are_left_out_and_too_few_are_told(tokenizer):
    words = replace(ALL, people=(("girl", "girls"), ("zyxglorp", "zyxglorps")))
    assert one_token(words, tokenizer).people == (("girl", "girls"),)
    with pytest.raises(InputError, match=r"0 pairs instead of 3 .* \(1 people"):
        agreement_pairs(one_token(words, tokenizer), "rc", 3, 0)
    with pytest.raises(InputError, match="instead of 1000"):
        agreement_pairs(halves(one_token(ALL, tokenizer))[0], "simple", 1000, 0)


@pytest.mark.skipif(not PUBLISHED.is_dir(), reason="the published files are not here")
@pytest.mark.parametrize("structure", ["simple", "nounpp", "within_rc"])
def test_they_look_like_the_published_ones(written, structure):
    theirs = lines(PUBLISHED / f"{structure}_train.json")
    assert {tuple(pair) for pair in theirs} == {tuple(pair) for pair in lines(written / f"{structure}.jsonl")}
    cases = {pair["case"] for pair in theirs}
    assert {pair["case"] for pair in lines(written / f"{structure}.jsonl")} <= cases
    assert all(re.fullmatch(FORMS[structure], pair["clean_prefix"]) for pair in theirs)

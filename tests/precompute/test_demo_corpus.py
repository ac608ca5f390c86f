"""The synthetic corpus: roles sit where they should, text repeats from its seed, pairs differ in one word."""

from __future__ import annotations

from collections import Counter
from itertools import islice
from random import Random

import numpy as np
import pytest

from precompute.demo.corpus.agreement import PARTS, STRUCTURES, agreement_pairs, agreement_passage
from precompute.demo.corpus.bios_task import ambiguous_bios, balanced_bios, without_gender_words
from precompute.demo.corpus.mixture import SHARES, TEMPLATES, lexicon, passages
from precompute.demo.corpus.passage import PLAIN, passage
from precompute.demo.corpus.windows import make_windows
from precompute.demo.corpus.words import DETERMINERS
from precompute.demo.tokenizer import split_words, train_demo_tokenizer

TASK = ("professor", "nurse")


@pytest.fixture(scope="module")
def tokenizer():
    return train_demo_tokenizer(2816, 20_000, 300, "tokenizer/0")


def test_markup_gives_text_and_roles():
    found = passage("infinitives", "She wants⟨to| to⟩ cook.")
    assert found.text == "She wants to cook."
    assert found.slot_at(found.text.index(" to") + 1) == "to"
    assert found.slot_at(0) == found.slot_at(len(found.text) - 1) == PLAIN


@pytest.mark.parametrize("template", TEMPLATES)
def test_template_leaves_no_markup_and_repeats_from_its_seed(template):
    texts = [TEMPLATES[template](Random(5)).text for _ in range(2)]
    assert texts[0] == texts[1]
    assert not set("⟨⟩|\0") & set(texts[0])


def test_shares_of_passages_are_as_stated():
    counts = Counter(s.template for s in islice(passages("shares"), 20_000))
    for template, percent in SHARES.items():
        assert counts[template] / 200 == pytest.approx(percent, abs=1.0)


def test_every_word_of_the_lexicon_is_one_token(tokenizer):
    assert not split_words(tokenizer)
    assert {" 1987", " 42", " nurse", " keys"} <= {f" {word}" for word in lexicon()}


def test_windows_carry_the_planted_roles(tokenizer):
    windows = make_windows(tokenizer, 200, 128, "roles")
    again = make_windows(tokenizer, 200, 128, "roles")
    assert np.array_equal(windows.tokens, again.tokens)
    assert np.array_equal(windows.roles, again.roles)
    to = windows.tokens[windows.roles == windows.names.index("infinitives/to")]
    assert {tokenizer.decode([t]) for t in to.tolist()} == {" to"}
    closed = windows.tokens[windows.roles == windows.names.index("quotes/parenthesis-close")]
    assert {tokenizer.decode([t]) for t in closed.tolist()} == {")"}


@pytest.mark.parametrize("structure", STRUCTURES)
def test_pairs_differ_in_the_number_of_one_noun(structure, tokenizer):
    for pair in agreement_pairs(structure, 100, seed=3):
        clean, patch = (tokenizer.encode(p).tokens for p in (pair.clean_prefix, pair.patch_prefix))
        assert len(clean) == len(patch)
        (place,) = [k for k, (a, b) in enumerate(zip(clean, patch, strict=True)) if a != b]
        assert clean[place] + "s" == patch[place] or patch[place] + "s" == clean[place]
        assert all(len(tokenizer.encode(a).ids) == 1 for a in (pair.clean_answer, pair.patch_answer))
        assert pair.clean_answer != pair.patch_answer


@pytest.mark.parametrize("structure", STRUCTURES)
def test_circuits_are_tested_on_pairs_that_share_no_noun_verb_or_preposition_with_what_they_are_found_on(
    structure, tokenizer
):
    words, lengths = {}, set()
    for part in PARTS:
        pairs = agreement_pairs(structure, 100, 0, part)
        assert len({(p.clean_prefix, p.clean_answer) for p in pairs}) == 100
        texts = [
            text for p in pairs for text in (p.clean_prefix, p.patch_prefix, p.clean_answer, p.patch_answer)
        ]
        lengths |= {len(tokenizer.encode(p.clean_prefix).ids) for p in pairs}
        words[part] = set(" ".join(texts).split()) - {*DETERMINERS, "the", "that"}
    assert len(lengths) == 1  # positions correspond
    assert not words["found"] & (words["tested"] | words["shifted"])
    shifted = agreement_pairs(structure, 100, 0, "shifted")
    assert not any(p.clean_prefix.startswith("The") for p in shifted)


def test_held_out_prompts_never_occur_in_the_corpus():
    rng = Random(0)
    text = " ".join(agreement_passage(rng).text for _ in range(20_000)) + " "
    for structure in ("across-pp", "across-rc"):
        for pair in agreement_pairs(structure, 100, seed=1):
            assert pair.clean_prefix.removeprefix("The") + " " not in text


def test_groups_of_bios_are_as_promised():
    ambiguous, balanced = ambiguous_bios(TASK, 200, 0), balanced_bios(TASK, 200, 0)
    assert Counter((b.label, b.attribute) for b in ambiguous) == {(0, 0): 100, (1, 1): 100}
    assert set(Counter((b.label, b.attribute) for b in balanced).values()) == {50}
    assert ambiguous == ambiguous_bios(TASK, 200, 0) != ambiguous_bios(TASK, 200, 1)


def test_words_that_tell_gender_can_be_deleted():
    assert (
        without_gender_words("She lives in Rome with her husband. Paula is tall.")
        == " lives in Rome with. is tall."
    )
    for bio in balanced_bios(TASK, 200, 0):
        words = set(without_gender_words(bio.text).replace(".", "").lower().split())
        assert not words & {"she", "he", "her", "his", "him", "mother", "father", "anna", "john"}

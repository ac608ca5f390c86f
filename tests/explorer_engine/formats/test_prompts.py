"""Pairs and clusters become padded examples; the unusable is counted by reason, bad files are named."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from explorer_engine.errors import InputError
from explorer_engine.formats.clusters import is_cluster, read_cluster
from explorer_engine.formats.pairs import read_pairs


def pair(clean: str, patch: str, answer: str = " run", other: str = " runs") -> dict[str, str]:
    return {"clean_prefix": clean, "patch_prefix": patch, "clean_answer": answer, "patch_answer": other}


def write(folder: Path, entries: list[Any]) -> Path:
    file = folder / "pairs.json"
    file.write_text("\n".join(json.dumps(entry) for entry in entries))
    return file


GOOD = [
    pair("The dogs", "The dog"),
    pair("The big old dogs", "The big old dog"),
    pair("The old dogs", "The old dog"),
]


def test_pairs_are_padded_on_the_left_and_hold_the_answers(tmp_path: Path, tokenizer: Any) -> None:
    examples, dropped = read_pairs(write(tmp_path, GOOD), tokenizer)
    assert examples.mask.tolist() == [[False, False, True, True], [True] * 4, [False, True, True, True]]
    assert tokenizer.decode(examples.tokens[1]) == "The big old dogs"
    assert examples.patch is not None and tokenizer.decode(examples.patch[2][1:]) == "The old dog"
    assert examples.answer is not None and tokenizer.decode(examples.answer[0]) == " run"
    assert examples.patch_answer is not None and tokenizer.decode(examples.patch_answer[0]) == " runs"
    assert (dropped.kept, dropped.total) == (3, 0)


def test_published_agreement_pairs_say_their_case_too(tmp_path: Path, tokenizer: Any) -> None:
    pairs = [{**entry, "case": "plural_plural"} for entry in GOOD] + [pair("The dogs", "The mouse")]
    examples, dropped = read_pairs(write(tmp_path, pairs), tokenizer)
    assert len(examples) == 3 and dropped.total == 1


def test_each_reason_to_drop_a_pair_is_counted(tmp_path: Path, tokenizer: Any) -> None:
    bad = [
        pair("The big dogs", "The dog"),
        pair("The dogs", "The old dog"),
        pair("The dogs", "The dog", answer=" runner"),
        pair("The big dog", "The old dog", answer="s"),
        pair("", ""),
    ]
    examples, dropped = read_pairs(write(tmp_path, [*bad, *GOOD]), tokenizer)
    assert len(examples) == 3
    assert dropped.reasons == {
        "prefixes of unequal length": 2,
        "answer of several tokens": 1,
        "tokenisation merges prefix and answer": 1,
        "empty prefix or answer": 1,
    }
    assert "3 examples, 5 dropped (2 prefixes of unequal length, " in str(dropped)


def test_a_limit_takes_the_first_usable_ones(tmp_path: Path, tokenizer: Any) -> None:
    file = write(tmp_path, [pair("", ""), *GOOD])
    examples, dropped = read_pairs(file, tokenizer, limit=2)
    assert (len(examples), dropped.total) == (2, 1)
    assert len(read_pairs(file, tokenizer, limit=4)[0]) == 3, "too few usable: go on with what there is"
    with pytest.raises(InputError, match="has 4 entries but 5 examples were asked for"):
        read_pairs(file, tokenizer, limit=5)
    with pytest.raises(InputError, match="0 examples were asked for"):
        read_pairs(file, tokenizer, limit=0)


def test_nothing_usable_and_malformed_pairs_are_errors(tmp_path: Path, tokenizer: Any) -> None:
    with pytest.raises(InputError, match=r"no usable example \(1 empty prefix or answer\)"):
        read_pairs(write(tmp_path, [pair("", "")]), tokenizer)
    with pytest.raises(InputError, match=r"no usable example \(the file is empty\)"):
        read_pairs(write(tmp_path, []), tokenizer)
    with pytest.raises(InputError, match=r"line 2 lacks patch_prefix, patch_answer"):
        read_pairs(write(tmp_path, [GOOD[0], {"clean_prefix": "a", "clean_answer": "b"}]), tokenizer)
    (tmp_path / "pairs.json").write_text("clean,patch\n")
    with pytest.raises(InputError, match="line 1 is not JSON"):
        read_pairs(tmp_path / "pairs.json", tokenizer)
    (tmp_path / "pairs.json").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match="not UTF-8"):
        read_pairs(tmp_path / "pairs.json", tokenizer)
    with pytest.raises(InputError, match=r"absent\.json cannot be read"):
        read_pairs(tmp_path / "absent.json", tokenizer)


def test_a_cluster_becomes_prompts_with_answers(tmp_path: Path, tokenizer: Any) -> None:
    cluster = {
        "17": {"context": ["The", " old", " dogs"], "answer": " run", "loss": 0.1},
        "23": {"context": ["The", " dog"], "answer": " runs"},
        "31": {"context": ["The", " dog"], "answer": "s"},
        "40": {"context": [], "answer": " run"},
    }
    file = tmp_path / "cluster.json"
    file.write_text(json.dumps(cluster))
    examples, dropped = read_cluster(file, tokenizer)
    assert tokenizer.decode(examples.tokens[0]) == "The old dogs"
    assert examples.mask[1].tolist() == [False, True, True]
    assert (
        examples.patch is None
        and examples.answer is not None
        and tokenizer.decode(examples.answer[1]) == " runs"
    )
    assert dropped.reasons == {"tokenisation merges prefix and answer": 1, "empty prefix or answer": 1}
    assert is_cluster(file) and not is_cluster(write(tmp_path, GOOD))


@pytest.mark.parametrize(
    ("content", "message"),
    [("[]", "is not a cluster"), ("{", "is not JSON"), ('{"7": {"context": "The dog"}}', "entry '7' needs")],
)
def test_malformed_clusters_are_named(content: str, message: str, tmp_path: Path, tokenizer: Any) -> None:
    file = tmp_path / "cluster.json"
    file.write_text(content)
    with pytest.raises(InputError, match=message):
        read_cluster(file, tokenizer)


def test_a_line_ends_at_a_newline_only_and_a_byte_order_mark_is_no_part_of_it(
    tmp_path: Path, tokenizer: Any
) -> None:
    file = tmp_path / "pairs.jsonl"
    entry = json.dumps({**GOOD[0], "case": "a\u2028b"}, ensure_ascii=False)
    file.write_text(f"\ufeff{entry}\r\n{entry}\r\n", encoding="utf-8")
    _, dropped = read_pairs(file, tokenizer)
    assert (dropped.kept, dropped.total) == (2, 0)

"""Labelled texts become token ids with their numbers; a line that cannot be used is named."""

from __future__ import annotations

import json

import pytest

from explorer_engine.errors import InputError
from explorer_engine.formats.labelled import read_labelled


class Words:
    """A tokenizer: as many tokens as words, each as long as its word."""

    def __call__(self, texts):
        return {"input_ids": [[len(word) for word in text.split()] for text in texts]}


def write(folder, *entries):
    file = folder / "texts.jsonl"
    file.write_text("\n".join(e if isinstance(e, str) else json.dumps(e) for e in entries))
    return file


def test_texts_keep_their_order_and_numbers(tmp_path):
    file = write(
        tmp_path,
        {"text": "a bb", "label": 0, "attribute": 1, "source": "x"},
        "",
        {"text": "ccc", "label": 5, "attribute": 0},
    )
    found = read_labelled(file, Words())
    assert found.tokens == ((1, 2), (3,))
    assert (found.label, found.attribute) == ((0, 5), (1, 0))


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("not json", "not JSON"),
        ("[1]", "text"),
        ({"label": 0, "attribute": 0}, "text"),
        ({"text": "a", "label": "nurse", "attribute": 0}, "label is 'nurse'"),
        ({"text": "a", "label": 0, "attribute": -1}, "attribute is -1"),
        ({"text": "a", "label": True, "attribute": 0}, "label is True"),
        ({"text": " ", "label": 0, "attribute": 0}, "no tokens"),
    ],
)
def test_a_bad_line_is_named(tmp_path, line, what):
    file = write(tmp_path, {"text": "a", "label": 0, "attribute": 0}, line)
    with pytest.raises(InputError, match="line 2") as told:
        read_labelled(file, Words())
    assert what in str(told.value)


def test_a_file_without_texts_is_told(tmp_path):
    with pytest.raises(InputError, match="no texts"):
        read_labelled(write(tmp_path, ""), Words())
    with pytest.raises(InputError, match="missing"):
        read_labelled(tmp_path / "missing.jsonl", Words())

"""Labelled texts become token ids with their classes, from every form of file; what is wrong is named."""

from __future__ import annotations

import csv
import gzip
import json

import duckdb
import pytest

from explorer_engine.errors import InputError
from explorer_engine.formats.labelled import LabelledColumns, read_labelled, read_numbered

BIOS = [
    {"bio": "a bb", "job": "nurse", "gender": 1, "source": "x"},
    {"bio": "ccc", "job": "nurse", "gender": 0, "source": "y"},
    {"bio": "d", "job": "doctor", "gender": 1, "source": "x"},
]
COLUMNS = LabelledColumns(text="bio", label="job", attribute="gender")


class Words:
    """A tokenizer: as many tokens as words, each as long as its word."""

    def __call__(self, texts):
        return {"input_ids": [[len(word) for word in text.split()] for text in texts]}


def write(folder, *entries, name="texts.jsonl"):
    file = folder / name
    if name.endswith(".csv"):
        with file.open("w", newline="") as out:
            table = csv.DictWriter(out, entries[0])
            table.writeheader()
            table.writerows(entries)
    elif name.endswith(".parquet"):
        write(folder, *entries)
        rows = duckdb.sql(f"SELECT * FROM read_json('{folder}/texts.jsonl', format='newline_delimited')")
        rows.write_parquet(str(file))
    elif name.endswith(".gz"):
        file.write_bytes(gzip.compress(write(folder, *entries).read_bytes()))
    else:
        file.write_text("\n".join(e if isinstance(e, str) else json.dumps(e) for e in entries))
    return file


@pytest.mark.parametrize("name", ["t.jsonl", "t.json", "t.jsonl.gz", "t.csv", "t.parquet"])
def test_every_form_of_file_gives_the_same(tmp_path, name):
    found = read_labelled(write(tmp_path, *BIOS, name=name), Words(), COLUMNS)
    assert found.tokens == ((1, 2), (3,), (1,))
    assert (found.label, found.attribute) == ((1, 1, 0), (1, 0, 1))


@pytest.mark.parametrize(
    ("values", "given", "classes"),
    [
        (("b", "a", "b"), None, (1, 0, 1)),
        ((21, 13, 13), None, (1, 0, 0)),
        ((21, 13, 13), (21, 13), (0, 1, 1)),
        ((10, 9, 9), None, (1, 0, 0)),
        ((True, False, True), None, (1, 0, 1)),
        ((0.5, -1.5, 0.5), None, (1, 0, 1)),
        (("a", "a", "a"), ("b", "a"), (1, 1, 1)),
    ],
)
def test_the_classes_of_two_values_are_in_their_order_or_given(tmp_path, values, given, classes):
    file = write(tmp_path, *({"text": "x", "label": value} for value in values))
    found = read_labelled(file, Words(), LabelledColumns(attribute=None, label_values=given))
    assert found.label == classes and found.attribute is None


def test_csv_cells_keep_their_lines_and_numbers_are_numbers(tmp_path):
    rows = [{"text": "two\nlines, yes", "label": 21}, {"text": "2000", "label": 3}]
    file = write(tmp_path, *rows, name="t.csv")
    found = read_labelled(file, Words(), LabelledColumns(attribute=None, label_values=(21, 3)))
    assert found.tokens == ((3, 6, 3), (4,)) and found.label == (0, 1)


@pytest.mark.parametrize(
    ("values", "given", "told"),
    [
        ("abcabca", None, "two different values, and holds 'a' 3 times, 'b' 2 times, 'c' 2 times"),
        ("aaa", None, "'a' 3 times"),
        ("abcdefgh", None, "and 3 more"),
        ("abc", ("a", "b"), "must hold 'a' and 'b', and holds .*'c' 1 times"),
        ("ab", ("a", "a"), "must hold 'a' and 'a'"),
    ],
)
def test_other_than_two_values_are_told_with_their_counts(tmp_path, values, given, told):
    file = write(tmp_path, *({"text": "x", "label": value} for value in values))
    with pytest.raises(InputError, match=f"column 'label' .*{told}"):
        read_labelled(file, Words(), LabelledColumns(attribute=None, label_values=given))


@pytest.mark.parametrize("name", ["t.jsonl", "t.csv", "t.parquet"])
def test_an_unknown_column_is_told_with_those_there_are(tmp_path, name):
    with pytest.raises(InputError, match=r"no column 'text'.*bio, job, gender, source"):
        read_labelled(write(tmp_path, *BIOS, name=name), Words())


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("not json", "not JSON"),
        ("[1]", "no object"),
        ({"label": 0, "attribute": 0}, "lacks text"),
        ({"text": "a", "label": None, "attribute": 0}, "lacks label"),
        ({"text": "a", "label": [1], "attribute": 0}, r"label is \[1\]"),
        ({"text": ["a"], "label": 1, "attribute": 0}, r"text is \['a'\]"),
        ({"text": " ", "label": 1, "attribute": 1}, "no tokens"),
    ],
)
def test_a_bad_line_is_named(tmp_path, line, what):
    first = {"text": "a", "label": 0, "attribute": 0}
    last = {"text": "a", "label": 1, "attribute": 1}
    with pytest.raises(InputError, match=f"line 2.*{what}"):
        read_labelled(write(tmp_path, first, line, last), Words())


def test_classes_that_are_numbered_keep_their_numbers(tmp_path):
    file = write(
        tmp_path,
        {"text": "a bb", "label": 0, "attribute": 1, "source": "x"},
        "",
        {"text": "ccc", "label": 5, "attribute": 0},
    )
    found = read_numbered(file, Words())
    assert found.tokens == ((1, 2), (3,))
    assert (found.label, found.attribute) == ((0, 5), (1, 0))


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ({"text": "a", "label": "nurse", "attribute": 0}, "label is 'nurse'"),
        ({"text": "a", "label": 0, "attribute": -1}, "attribute is -1"),
        ({"text": "a", "label": True, "attribute": 0}, "label is True"),
    ],
)
def test_a_class_without_a_number_is_named(tmp_path, line, what):
    file = write(tmp_path, {"text": "a", "label": 0, "attribute": 0}, line)
    with pytest.raises(InputError, match=f"line 2.*{what}"):
        read_numbered(file, Words())


@pytest.mark.parametrize("name", ["t.jsonl", "t.csv", "t.parquet"])
def test_a_file_without_texts_is_told(tmp_path, name):
    with pytest.raises(InputError, match="missing"):
        read_labelled(tmp_path / f"missing-{name}", Words())
    (tmp_path / name).write_text("")
    with pytest.raises(InputError, match=r"no texts|no Parquet"):
        read_labelled(tmp_path / name, Words())

"""Files and folders as text: plain files whole, tables by a column; what cannot be read is named."""

from __future__ import annotations

import gzip
import json

import duckdb
import pytest

from explorer_engine.errors import InputError
from precompute.texts.source import TextSource, open_texts


def read(place, **options):
    return list(open_texts(TextSource(str(place), **options)))


def lines(*texts, column="text"):
    return "".join(json.dumps({"n": n, column: text}) + "\n" for n, text in enumerate(texts)).encode()


def test_a_folder_is_read_in_order_of_paths_one_file_a_document(tmp_path):
    (tmp_path / "sub").mkdir()
    (tmp_path / "b.md").write_text("two")
    (tmp_path / "a.txt").write_text("one\nline")
    (tmp_path / "sub" / "c.py").write_text("# three")
    (tmp_path / "picture.png").write_bytes(b"\x89PNG\0")
    (tmp_path / ".hidden.txt").write_text("no")
    assert read(tmp_path) == ["one\nline", "two", "# three"]


def test_json_lines_packed_or_not_and_parquet_are_read_by_column(tmp_path):
    (tmp_path / "a.jsonl").write_bytes(lines("one", None, column="body"))
    (tmp_path / "b.json.gz").write_bytes(gzip.compress(lines("two", column="body")))
    duckdb.sql("SELECT 'three' AS body, 1 AS n").write_parquet(str(tmp_path / "c.parquet"))
    assert read(tmp_path, column="body") == ["one", "", "two", "three"]


@pytest.mark.parametrize("name", ["a.jsonl", "a.parquet"])
def test_an_unknown_column_is_told_with_those_there_are(tmp_path, name):
    if name.endswith(".parquet"):
        duckdb.sql("SELECT 1 AS n, 'x' AS body").write_parquet(str(tmp_path / name))
    else:
        (tmp_path / name).write_bytes(lines("x", column="body"))
    with pytest.raises(InputError, match=r"no column 'text'.*body, n"):
        read(tmp_path / name)
    with pytest.raises(InputError, match="row 1: column 'n' holds int"):
        read(tmp_path / name, column="n")


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("a.txt", b"caf\xe9", "not UTF-8 text .byte 3"),
        ("a.txt", b"a\0b", "binary"),
        ("a.weird", b"a\0b", "binary"),
        ("a.txt", b"", "no text"),
        ("a.jsonl", b"", "no text"),
        ("a.jsonl", b"not json\n", "cannot be read|no JSON"),
        ("a.json.gz", b"not gzip", "cannot be read|no JSON"),
        ("a.parquet", b"not parquet", "cannot be read|no PARQUET"),
    ],
)
def test_a_file_that_holds_no_text_is_named(tmp_path, name, content, told):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=told) as error:
        read(tmp_path / name)
    assert name in str(error.value) and "\n" not in str(error.value)


def test_a_folder_without_files_of_text_is_told(tmp_path):
    (tmp_path / "picture.png").write_bytes(b"\x89PNG\0")
    with pytest.raises(InputError, match="no file of text"):
        read(tmp_path)

"""A source gives documents by number, whatever the order of their shards."""

from __future__ import annotations

import pytest

from explorer_engine.errors import InputError
from explorer_engine.store import shards
from precompute.source import Source


def source(folder, *parts):
    for k, part in enumerate(parts):
        rows = [{"id": id, "tokens": [id, 7], "split": "held out"} for id in part]
        shards.write(folder, "document", rows, f"part-{k}")
    return Source(folder / "model", folder / "dictionaries", folder)


def test_documents_are_in_order_of_their_number(tmp_path):
    assert source(tmp_path, [2, 0], [1]).documents == [[0, 7], [1, 7], [2, 7]]


@pytest.mark.parametrize("parts", [([0, 2],), ([0], [0])])
def test_documents_with_a_gap_or_twice_the_same_number_are_told(tmp_path, parts):
    with pytest.raises(InputError, match="numbered"):
        _ = source(tmp_path, *parts).documents


def test_a_folder_without_documents_is_told(tmp_path):
    with pytest.raises(InputError, match="document"):
        _ = source(tmp_path).documents

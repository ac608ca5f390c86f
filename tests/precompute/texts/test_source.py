"""What a source of texts is told by its name alone; one that is nowhere or empty is told."""

from __future__ import annotations

import pytest

from explorer_engine.errors import InputError
from precompute.texts.source import TextSource, open_texts


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("./nothing", "no such file or folder"),
        ("data/nothing.jsonl", "no such file or folder"),
        ("what is this?", "installed-packages"),
    ],
)
def test_a_source_that_is_nowhere_is_told(source, told):
    with pytest.raises(InputError, match=told):
        list(open_texts(TextSource(source)))


def test_a_source_without_text_is_told(tmp_path):
    (tmp_path / "a.txt").write_text(" \n")
    with pytest.raises(InputError, match="no text"):
        list(open_texts(TextSource(str(tmp_path))))

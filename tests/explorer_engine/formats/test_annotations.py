"""Published annotations: with their gaps and both spellings, and back; the real files where they are."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from explorer_engine.errors import InputError
from explorer_engine.formats.annotations import UNNAMED, UNSAID, read_annotations, to_published

PUBLISHED = Path(__file__).parents[4] / "shared" / "data" / "annotations"


def written(tmp_path, *rows):
    file = tmp_path / "labels.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    return file


def test_what_is_missing_is_left_out_and_counted(tmp_path):
    file = written(
        tmp_path,
        {"Name": "resid_5/3036", "Annotation": "verbs", "Notes": "active on that", "Layer": "5"},
        {"Name": "embed/7", "Annotation": " <b>his</b> "},
        {"Name": "mlp_0/1", "Annotation": "x", "notes": "of old"},
        {"Name": "embed/9"},
        {"Name": "Name", "Annotation": "Annotation"},
        {"Name": "resid_5/error", "Annotation": "the rest"},
        {"Annotation": "nobody's"},
    )
    found, dropped = read_annotations(file)
    assert [(str(a.ref), a.text, a.note) for a in found] == [
        ("resid_5/3036", "verbs", "active on that"),
        ("embed/7", "<b>his</b>", ""),
        ("mlp_0/1", "x", "of old"),
    ]
    assert dropped.reasons == {UNSAID: 1, UNNAMED: 3}


def test_they_are_written_as_they_are_read(tmp_path):
    found, _ = read_annotations(
        written(tmp_path, {"Name": "attn_3/9", "Annotation": "“a” \u2028 b", "Notes": "n"})
    )
    (tmp_path / "again.jsonl").write_text(to_published(found), "utf-8")
    assert read_annotations(tmp_path / "again.jsonl")[0] == found
    row = json.loads(to_published(found))
    assert (row["Component"], row["Layer"], row["Feature"]) == ("attn", "3", "9")


def test_a_file_without_any_is_told(tmp_path):
    with pytest.raises(InputError, match=r"labels\.jsonl: no row has a Name and an Annotation"):
        read_annotations(written(tmp_path, {"Name": "embed/1"}))


@pytest.mark.skipif(not PUBLISHED.is_dir(), reason="the published files are not here")
@pytest.mark.parametrize(
    ("model", "kept", "reasons"),
    [("pythia-70m-deduped", 277, {UNNAMED: 1}), ("gemma-2-2b", 443, {UNSAID: 26, UNNAMED: 1})],
)
def test_the_published_files_are_read_whole(model, kept, reasons):
    """Each has one row that repeats the names of the columns."""
    found, dropped = read_annotations(PUBLISHED / f"{model}.jsonl")
    assert (len(found), dropped.reasons) == (kept, reasons)

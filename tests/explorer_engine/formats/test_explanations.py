"""Explanations of other programs: read and written back; what is left out is counted with its reason."""

from __future__ import annotations

import gzip
import json
from collections import Counter

import pytest

from explorer_engine.errors import InputError
from explorer_engine.formats import explanations as form
from explorer_engine.formats.annotations import ELSEWHERE
from explorer_engine.formats.explanations import ExplanationFile, is_explanations, site_named
from explorer_engine.sites import sites_of

SIZES = dict.fromkeys(sites_of(6), 16384)
ROW = {
    "modelId": "gemma-2-2b",
    "layer": "5-gemmascope-res-16k",
    "index": "12",
    "description": " plural nouns ",
    "explanationModelName": "gpt-4o-mini",
    "typeName": "oai_token-act-pair",
    "scores": [{"value": 1e-05, "explanationScoreTypeName": "recall_alt"}],
    "embedding": "[0.25,1]",
}


def said(place, source=None):
    reader = ExplanationFile(place, SIZES, source)
    return list(reader), reader.dropped.reasons


def lines(tmp_path, *rows, name="batch.jsonl"):
    (tmp_path / name).write_text("".join(json.dumps(row) + "\n" for row in rows))
    return tmp_path / name


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("array", [False, True])
def test_neuronpedias_exports_come_back_as_they_came(tmp_path, array, packed):
    rows = [ROW, {**ROW, "index": 13, "description": "half a \ud800 character"}]
    content = json.dumps(rows, indent=1) if array else "\ufeff" + "\r\n".join(map(json.dumps, rows))
    place = tmp_path / "batch-0.jsonl.gz"
    place.write_bytes(gzip.compress(content.encode()) if packed else content.encode())
    found, reasons = said(place)
    assert [(e.target, e.text, e.source) for e in found] == [
        ("resid_5/12", "plural nouns", "imported: neuronpedia, gpt-4o-mini"),
        ("resid_5/13", "half a ? character", "imported: neuronpedia, gpt-4o-mini"),
    ]
    assert ([json.loads(e.original) for e in found], reasons) == (rows, {})
    again = lines(tmp_path, *(json.loads(e.original) for e in found), name="again.jsonl")
    assert said(again)[0] == found


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("e-res-sm", ("embed", None)),
        ("0-res-sm", ("resid_0", None)),
        ("5-att-sm", ("attn_5", None)),
        ("3-mlp-sm", ("mlp_3", None)),
        ("20-gemmascope-att-16k", ("attn_20", 16)),
        ("20-gemmascope-res-65k", ("resid_20", 65)),
        ("mlp_2", ("mlp_2", None)),
        ("embed", ("embed", None)),
        ("blocks.5.hook_resid_post", ("resid_5", None)),
        ("gpt_neox.layers.5.mlp", ("mlp_5", None)),
        ("e-att-sm", ("None", None)),
        ("6-res-jb", ("None", None)),
        ("20-gemmascope-transcoder-16k", ("None", None)),
        ("blocks.5.hook_resid_mid", ("None", None)),
        (f"resid_{'9' * 5000}", ("None", None)),
    ],
)
def test_only_places_that_are_known_are_sites(name, meant):
    site, width = site_named(name)
    assert (str(site), width) == meant


def test_a_folder_of_delphi_is_read_by_its_names(tmp_path):
    folder = tmp_path / "explanations"
    folder.mkdir()
    (folder / "layers.5_latent12.txt").write_text('"The word \\"cat\\" <b>"')
    (folder / ".model.layers.0.mlp_feature3.txt").write_text("not JSON")
    (folder / "README.txt").write_text("none of them")
    found, _ = said(folder)
    assert [(e.target, e.text) for e in found] == [
        ("mlp_0/3", "not JSON"),
        ("resid_5/12", 'The word "cat" <b>'),
    ]
    assert {e.source for e in found} == {"imported: explanations"}
    again = lines(tmp_path, *(json.loads(e.original) for e in found))
    assert [(e.target, e.text) for e in said(again)[0]] == [(e.target, e.text) for e in found]
    assert said(folder / "layers.5_latent12.txt", "delphi")[0][0].source == "imported: delphi"
    with pytest.raises(InputError, match=r"README\.txt is not named by a latent"):
        said(folder / "README.txt")


def test_what_is_left_out_is_counted_with_its_reason(tmp_path):
    plain = {"site": "resid_5", "feature": 3, "explanation": "x"}
    rows = [
        plain,
        {"latent": "layers.5_latent4", "explanation": "x"},
        {"feature": "resid_5/5", "description": "x"},
        {"hook": "layers.5.mlp", "latent": 6, "explanation": "y" * 3000},
        {**plain, "explanation": " "},
        {**plain, "site": "resid_mid_5"},
        {**plain, "feature": -1},
        {**plain, "feature": True},
        {**plain, "feature": "9" * 5000},
        {**plain, "feature": 16_384},
        {**plain, "site": "resid_9"},
        {**ROW, "layer": "5-gemmascope-res-65k"},
    ]
    found, reasons = said(lines(tmp_path, *rows))
    assert [e.target for e in found] == ["resid_5/3", "resid_5/4", "resid_5/5", "mlp_5/6"]
    assert len(found[3].text) == 2000 and json.loads(found[3].original) == rows[3]
    assert Counter(reasons) == {
        form.UNSAID: 1,
        form.UNPLACED: 1,
        form.UNNUMBERED: 3,
        f"{ELSEWHERE}, as resid_5/16384, resid_9/3": 2,
        form.WIDTH: 1,
    }


def test_files_of_others_are_told_apart(tmp_path):
    assert is_explanations(lines(tmp_path, {"odd": 1}, ROW)) and is_explanations(tmp_path)
    assert not is_explanations(
        lines(tmp_path, {"Component": "embed"}, {"Name": "embed/1", "Annotation": "x"})
    )
    assert not is_explanations(lines(tmp_path, {"annotator": "Ada", "kind": "note"}))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b'{"description": "x"}\n{"descr', "line 2 is not JSON"),
        (b"[1]", "entry 1 is no object"),
        (b"7\n", "line 1 is no object"),
        (b'{"description": "\xff"}', "line 1 is not UTF-8"),
        (gzip.compress(json.dumps(ROW).encode() * 99)[:-9], "is a damaged gzip file"),
        (
            json.dumps(ROW).encode() + b"\n" + json.dumps({**ROW, "modelId": "gpt2"}).encode(),
            "line 2: modelId is",
        ),
        (
            b'{"description": "x", "layer": "0-res-jb", "index": 1}',
            "no explanation of a feature of this world",
        ),
        (b"", "it is empty"),
    ],
)
def test_a_file_that_is_none_is_told(tmp_path, content, message):
    (tmp_path / "x.jsonl").write_bytes(content)
    with pytest.raises(InputError, match=message):
        said(tmp_path / "x.jsonl")

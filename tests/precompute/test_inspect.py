"""`inspect`, and dictionaries joined by site: what is said of them, what commands and worlds make of them."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from explorer_engine.dictionaries import load_dictionaries
from explorer_engine.errors import InputError
from explorer_engine.sites import Site
from explorer_engine.world.manifest import Part
from precompute.cli import main
from precompute.source import Source
from precompute.world.places import dictionaries_place
from tests.explorer_engine.dictionaries.sources.layouts import LAYOUTS, zipped
from tests.golden.load import FOLDER, golden_model

ALL = FOLDER / "dictionaries"


@pytest.fixture
def joined(tmp_path: Path) -> str:
    """The golden dictionaries in two folders."""
    for name, pattern in (("streams", "resid_*"), ("parts", "[am]*")):
        (tmp_path / name).mkdir()
        for file in ALL.glob(pattern):
            shutil.copy(file, tmp_path / name)
    parts = tmp_path / "parts"
    return f"resid={tmp_path / 'streams'} attn={parts} mlp={parts}"


def test_a_line_says_what_a_site_has(capsys, joined):
    assert main(["inspect", joined, "--model", str(FOLDER / "model")]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.partition(":")[0] for line in lines] == [
        *(str(site) for site in golden_model().sites if site.kind != "embed"),
        "without a dictionary",
    ]
    width = golden_model().d_model
    assert lines[0].startswith("attn_0: ours, ") and f"width {width}, fits" in lines[0]
    assert lines[-1] == "without a dictionary: embed"


def test_what_does_not_fit_the_model_is_told(capsys, tmp_path):
    place = LAYOUTS["OpenAI"].write(tmp_path)
    assert main(["inspect", str(place)]) == 0
    assert (
        "resid_1: OpenAI, normalised topk, 17 features, width 6, input normalised: layer_norm, of gpt2"
        in (capsys.readouterr().out)
    )
    assert main(["inspect", str(place), "--model", str(FOLDER / "model")]) == 2
    assert "reads a width of 6 but resid_1 of this model" in capsys.readouterr().out


def test_joined_dictionaries_are_those_of_the_folders(joined):
    place, sites = dictionaries_place(joined), golden_model().sites
    found = load_dictionaries(place, sites, "cpu", model=golden_model())
    assert list(found) == [site for site in sites if site.kind != "embed"]
    source = Source(Path("m"), place, Path("d"))
    assert [path.name for path in source.places] == ["m", "streams", "parts", "parts", "d"]


def test_a_world_names_all_files_of_joined_places_and_of_a_zip_file(joined, tmp_path):
    part = Part.at("dictionaries", joined, tmp_path)
    assert "resid/resid_0.safetensors" in part.files and "attn/attn_0.safetensors" in part.files
    assert all(path.is_file() for path, _ in part.paths(tmp_path))
    archive = zipped(tmp_path)
    assert [path for path, _ in Part.at("dictionaries", archive, tmp_path).paths(tmp_path)] == [archive]


def test_places_are_completed_each_by_itself(tmp_path):
    inner = tmp_path / "a" / "resid_0"
    inner.mkdir(parents=True)
    assert dictionaries_place(f"{tmp_path}/*/resid_0") == tmp_path / "*" / "resid_0"
    with pytest.raises(InputError, match="no such folder"):
        dictionaries_place(f"resid={tmp_path} mlp={tmp_path}/no/such")
    archive = zipped(tmp_path)
    assert list(load_dictionaries(dictionaries_place(f"{archive}/*/10_15"), [Site("resid", 1)])) == [
        Site("resid", 1)
    ]

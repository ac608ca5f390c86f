"""What counts as a world's model and dictionaries: in the hub's cache no more than what is read."""

from __future__ import annotations

from pathlib import Path

import pytest

from explorer_engine.world.manifest import Manifest, Part
from precompute.source import Source
from tests.explorer_engine.dictionaries.sources.layouts import LAYOUTS, zipped

DEMO = Path(__file__).parents[3] / "assets/demo"


@pytest.fixture
def cached(tmp_path: Path) -> Path:
    """The folder of a repository in the hub's cache."""
    folder = tmp_path / "models--some--gemma-scope-2b-pt-res-L0_4" / "snapshots" / "0123abc"
    folder.mkdir(parents=True)
    return folder


def _key(place: str | Path) -> str:
    return Part.at("dictionaries", place, Path()).fingerprint


def _more(folder: Path) -> None:
    """What else somebody fetches of the repository."""
    for name in ("README.md", "cfg.json.bak", "other/12/sae_weights.safetensors", "all.bin"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"other")


@pytest.mark.parametrize("layout", LAYOUTS)
def test_what_else_is_fetched_of_a_repository_changes_no_key(cached: Path, layout: str) -> None:
    written = LAYOUTS[layout]
    place = f"{written.site.kind}={written.write(cached)}"
    before, places = _key(place), Source(Path("m"), Path(place), Path("d")).places
    assert all(path.is_file() for path in places[1:-1])
    _more(cached)
    assert _key(place) == before
    assert Source(Path("m"), Path(place), Path("d")).places == places
    read = next(iter(Part.at("dictionaries", place, Path()).paths(Path())))[0]
    read.write_bytes(read.read_bytes() + b" ")
    assert _key(place) != before


def test_of_a_chosen_width_the_others_do_not_count(cached: Path) -> None:
    LAYOUTS["dictionary_learning"].write(cached)
    before = _key(f"{cached}/*/10_15")
    (cached / "resid_out_layer1/10_15").rename(cached / "10_30")
    LAYOUTS["dictionary_learning"].write(cached)
    (cached / "10_30").rename(cached / "resid_out_layer1/10_30")
    assert _key(f"{cached}/*/10_15") == before


def test_in_a_folder_of_ones_own_every_file_counts(tmp_path: Path) -> None:
    LAYOUTS["dictionary_learning"].write(tmp_path)
    before = _key(tmp_path)
    _more(tmp_path)
    assert _key(tmp_path) != before


def test_what_is_read_is_the_same_in_the_cache_and_in_a_folder(tmp_path: Path, cached: Path) -> None:
    for place in (tmp_path / "mine", cached):
        LAYOUTS["SAELens"].write(place)
    assert _key(tmp_path / "mine") == _key(cached)
    assert _key(zipped(tmp_path / "one")) == _key(zipped(cached))


def test_a_model_in_the_cache_is_what_is_loaded_of_it(cached: Path) -> None:
    for name in ("config.json", "model.safetensors"):
        (cached / name).write_bytes(name.encode())
    before = Part.at("model", cached, Path())
    for name in ("README.md", "pytorch_model.bin", "onnx.onnx"):
        (cached / name).write_bytes(b"other")
    assert Part.at("model", cached, Path()) == before
    assert list(before.files) == ["config.json", "model.safetensors"]


def test_the_key_of_the_demo_is_that_of_its_files() -> None:
    shipped = Manifest.read(DEMO)
    assert Part.at("dictionaries", "dictionaries", DEMO).fingerprint == shipped.dictionaries.fingerprint
    assert shipped.dictionaries.fingerprint.startswith("1b63cf24"), "judgements on it are kept by this name"

"""A new layout of dictionaries is one file in `sources/`, and a name belongs to one layout."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch

from explorer_engine.dictionaries import ReluDictionary, load_dictionaries, save_dictionaries, source, sources
from explorer_engine.errors import InputError
from explorer_engine.imports import import_all
from explorer_engine.sites import Site, sites_of
from tests.explorer_engine.tiny import tiny_model

LAYOUT = '''"""Numpy archives, one a site: `NAME.npz`."""

from pathlib import Path

import numpy as np
import torch

from explorer_engine.dictionaries.kinds.relu import ReluDictionary
from explorer_engine.dictionaries.source import Description, Source, register_source


def find(place, sites):
    files = {site: Path(place) / f"{site}.npz" for site in sites}
    return {site: file for site, file in files.items() if file.is_file()}


def read(file):
    return ReluDictionary(**{name: torch.from_numpy(value) for name, value in np.load(file).items()})


def describe(file):
    return Description("archives", "relu", *np.load(file)["encoder"].shape)


register_source(Source("archives", lambda site: f"{site}.npz", find, read, describe))
'''


@pytest.fixture
def archives(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The file `archives.py` lies in `sources/`, as far as Python can tell, and as long as the test runs."""
    source.sources()
    folder = tmp_path / "more sources"
    folder.mkdir()
    (folder / "archives.py").write_text(LAYOUT)
    monkeypatch.setattr(source, "_SOURCES", dict(source._SOURCES))
    monkeypatch.setattr(sources, "__path__", [*sources.__path__, str(folder)])
    import_all.cache_clear()
    yield tmp_path
    sys.modules.pop(f"{sources.__name__}.archives", None)
    import_all.cache_clear()


def relu() -> ReluDictionary:
    torch.manual_seed(0)
    return ReluDictionary(torch.randn(5, 3), torch.randn(5), torch.randn(5, 3), torch.randn(3))


@pytest.mark.usefixtures("archives")
def test_a_file_in_the_folder_is_a_layout(tmp_path: Path) -> None:
    site = Site("resid", 0)
    np.savez(tmp_path / f"{site}.npz", **{name: t.numpy() for name, t in relu().state().items()})
    loaded = load_dictionaries(tmp_path, sites_of(1), device="cpu")
    assert list(loaded) == [site]
    assert torch.equal(loaded[site].encode(torch.eye(3)), relu().encode(torch.eye(3)))
    with pytest.raises(InputError, match=r"reads a width of 3 but .* 16 wide"):
        load_dictionaries(tmp_path, sites_of(1), model=tiny_model("gpt_neox"))
    with pytest.raises(InputError, match=r"archives: resid_0\.npz"):
        load_dictionaries(tmp_path / "more sources", sites_of(1))


@pytest.mark.usefixtures("archives")
def test_ours_is_asked_first(tmp_path: Path) -> None:
    save_dictionaries(tmp_path, {Site("resid", 0): relu()})
    (tmp_path / "resid_0.npz").write_bytes(b"never opened")
    assert next(iter(source.sources())).name == "ours"
    assert list(load_dictionaries(tmp_path, sites_of(1))) == [Site("resid", 0)]


def test_a_name_belongs_to_one_layout() -> None:
    first = source.sources()[0]
    with pytest.raises(InputError, match="source 'ours' is registered twice"):
        source.register_source(first)

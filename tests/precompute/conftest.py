"""The tiny worlds, each built once for all tests of the pipeline."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from filelock import FileLock

from explorer_engine.dictionaries import Dictionary, load_dictionaries
from explorer_engine.models import LanguageModel, load_model
from explorer_engine.sites import Site
from tests.precompute import real_text
from tests.precompute.tiny_world import build, rows


@dataclass(frozen=True)
class Built:
    """Where the pipeline put things."""

    world: Path
    work: Path

    @property
    def store(self) -> Path:
        return self.world / "world.duckdb"


def once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], None]) -> Path:
    """A folder that the first of pytest's processes makes, for all of them."""
    mine = factory.getbasetemp()
    folder = (mine.parent if "PYTEST_XDIST_WORKER" in os.environ else mine) / name
    with FileLock(f"{folder}.lock"):
        if not folder.exists():
            make(folder)
    return folder


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    folder = once(tmp_path_factory, "tiny", lambda folder: build(folder / "world", folder / "work"))
    return Built(folder / "world", folder / "work")


@pytest.fixture(scope="session")
def model(built: Built) -> LanguageModel:
    return load_model(built.world / "model", device="cpu")


@pytest.fixture(scope="session")
def dictionaries(built: Built, model: LanguageModel) -> dict[Site, Dictionary]:
    return load_dictionaries(built.world / "dictionaries", model.sites, device="cpu", model=model)


@pytest.fixture(scope="session")
def documents(built: Built) -> list[list[int]]:
    return [row["tokens"] for row in rows(built.store, "SELECT tokens FROM document ORDER BY id")]


@pytest.fixture(scope="session")
def real(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with tiny.toml, its work and its world."""

    def make(folder: Path) -> None:
        folder.mkdir()
        (folder / "tiny.toml").write_text(real_text.TINY)
        assert real_text.build(folder) == 0

    return once(tmp_path_factory, "real", make)


@pytest.fixture
def begun(real: Path, tmp_path: Path) -> Path:
    """A folder in which the first stages are done already."""
    real_text.take_over(real, tmp_path)
    return tmp_path

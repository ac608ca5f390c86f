"""The small world, published once for all tests that only read it."""

from __future__ import annotations

import pytest

from explorer_engine.store.artefacts import ArtefactStore
from tests.explorer_engine.store.small_world import build, small_world


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> ArtefactStore:
    return ArtefactStore(build(small_world(), tmp_path_factory.mktemp("small")))

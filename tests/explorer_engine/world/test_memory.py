"""Of a large dictionary only the rows of the features asked about are read."""

from __future__ import annotations

import re
import sys
from contextlib import closing
from pathlib import Path

import pytest
import torch

from explorer_engine.ablation import set_features
from explorer_engine.dictionaries import ReluDictionary, load_dictionaries, save_dictionaries
from explorer_engine.dictionaries.loading import map_dictionaries
from explorer_engine.sites import FeatureRef, Site
from explorer_engine.world.loaded import LoadedWorld
from explorer_engine.world.world import open_world, write_manifest
from tests.worlds import build_world

WIDTH, FEATURES = 512, 32_768
FILE = 2 * 2 * WIDTH * FEATURES  # encoder and decoder, two bytes a number
SITE = Site("resid", 0)


def resident() -> int:
    """Bytes of this process in memory, pages of mapped files included."""
    status = Path("/proc/self/status").read_text("utf-8")
    return 1024 * sum(int(n) for n in re.findall(r"Rss(?:Anon|File):\s+(\d+)", status))


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    world = build_world(tmp_path_factory.mktemp("large") / "world", width=WIDTH)
    rows = torch.randn(FEATURES, WIDTH, generator=torch.Generator().manual_seed(0))
    large = ReluDictionary(rows, torch.zeros(FEATURES), rows, torch.zeros(WIDTH))
    save_dictionaries(world / "dictionaries", {SITE: large})
    write_manifest(world)
    return world


@pytest.mark.skipif(sys.platform != "linux", reason="resident memory is read from /proc")
def test_a_sentence_reads_a_few_rows(folder: Path) -> None:
    assert (folder / "dictionaries" / f"{SITE}.safetensors").stat().st_size > FILE
    with closing(LoadedWorld(open_world(folder))) as loaded:
        _ = loaded.model
        before = resident()
        assert len(loaded.sentence(FeatureRef(SITE, FEATURES - 1), " the nurse helps").activations) == 3
        assert resident() - before < FILE / 8
        loaded.dictionaries()[SITE].encode(torch.ones(1, WIDTH))
        assert resident() - before > FILE / 4, "a whole encoder is seen by this measure"


@pytest.mark.skipif(sys.platform != "linux", reason="resident memory is read from /proc")
def test_an_ablation_reads_a_few_rows_and_gives_what_the_loaded_dictionary_gives(folder: Path) -> None:
    x = torch.randn(2, 3, WIDTH, generator=torch.Generator().manual_seed(0))
    index, to = torch.tensor([0, 17, FEATURES - 1]), torch.tensor([0.0, 0.5, 1 / 3])
    before = resident()
    found = set_features(map_dictionaries(folder / "dictionaries", [SITE])[SITE], x, index, to)
    assert resident() - before < FILE / 8
    whole = load_dictionaries(folder / "dictionaries", [SITE], "cpu")[SITE]
    assert torch.equal(found, set_features(whole, x, index, to))

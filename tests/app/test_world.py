"""The open world is the one in the folder now: another published over it is opened, the old one let go of."""

from __future__ import annotations

import gc
import shutil
import weakref
from pathlib import Path

import pytest

from app import settings, world
from app.workers import engine
from explorer_engine.store import judgement_file
from explorer_engine.world.world import open_world
from tests.markup import select
from tests.worlds import build_world, dialects, without


@pytest.fixture
def other(tmp_path) -> Path:
    """A world of other things, with other dictionaries."""
    return build_world(tmp_path / "other", without("embed dictionary", dialects()))


@pytest.fixture
def served(tmp_path, monkeypatch) -> Path:
    """The folder that the app shows, with a world in it; judgements lie where the world's key says."""
    monkeypatch.setenv("CIRCUIT_EXPLORER_WORLDS", str(tmp_path / "served"))
    monkeypatch.delenv("CIRCUIT_EXPLORER_JUDGEMENTS")
    monkeypatch.setattr(judgement_file, "ROOT", tmp_path)
    return build_world(tmp_path / "served")


def publish(source: Path, folder: Path) -> None:
    """Put another world's files in the place of a folder's, one by one, the manifest last."""
    for old in ("model", "dictionaries", ".shards"):
        shutil.rmtree(folder / old)
        shutil.copytree(source / old, folder / old)
    for name in ("world.duckdb", "manifest.json"):
        shutil.copyfile(source / name, folder / f".{name}")
        (folder / f".{name}").replace(folder / name)


def test_a_world_published_over_the_open_one_is_shown_under_its_own_key(served, other, open_page, markup):
    tab = open_page("start")
    before = world.current()
    assert world.current() is before and before.key == open_world(served).key
    publish(other, served)
    new = open_world(other)
    assert new.key != before.key
    tab.run()
    assert not tab.exception
    assert select(markup(tab), contains="has other dictionaries now"), "its features are others"
    assert select(markup(tab), role="link", href=f"/?world=served-{new.key}")
    tab = open_page("start")
    assert world.current().key == new.key and world.current().store.start.world() == new.store.start.world()
    assert select(markup(tab), contains=f"{new.store.start.world().n_features:,} features")
    assert world.judgements().path == settings.judgements_path(new.key).resolve()


def test_the_old_world_is_forgotten(served, other):
    old = weakref.ref(world.current())
    publish(other, served)
    world.current()
    gc.collect()
    assert old() is None


def test_another_manifest_is_another_worker(served, other):
    """Dictionaries may change under a store that stays as it is."""
    first = engine.worker()
    assert engine.worker() is first
    manifest = served / "manifest.json"
    shutil.copyfile(manifest, served / ".manifest")
    (served / ".manifest").replace(manifest)
    assert engine.worker() is not first


def test_without_a_manifest_the_page_says_so_and_finds_it_again(served, open_page, markup):
    manifest = served / "manifest.json"
    text = manifest.read_bytes()
    manifest.unlink()
    tab = open_page("start")
    assert select(markup(tab), contains="manifest.json: missing")
    manifest.write_bytes(text)
    tab.run()
    assert world.current().key == open_world(served).key

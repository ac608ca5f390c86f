"""A sentence of one's own is read as the dashboards read the documents; bad questions are told in a line."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from explorer_engine.errors import InputError
from explorer_engine.sites import FeatureRef
from explorer_engine.store.queries.features import FeatureQuery
from explorer_engine.world.loaded import LoadedWorld
from explorer_engine.world.sentence import LONGEST
from explorer_engine.world.world import World, open_world

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def world() -> World:
    return open_world(os.environ.get("CIRCUIT_EXPLORER_WORLDS") or ROOT / "assets" / "demo")


@pytest.fixture(scope="module")
def loaded(world: World):
    found = LoadedWorld(world)
    yield found
    found.close()


def test_a_stored_context_gives_its_stored_activations(world, loaded):
    compared = 0
    for row in world.store.features.page(FeatureQuery(alive=True), limit=40).rows:
        for bin_ in world.store.features.contexts(row.ref, per_bin=2):
            for strip in bin_.strips:
                if strip.position != strip.peak:
                    continue  # the window starts inside its document: what came before is not known here
                found = loaded.sentence(row.ref, "".join(strip.tokens))
                if found.tokens != strip.tokens:
                    continue  # cut inside a word
                step = row.maximum / 255  # contexts are kept in 255 steps of the feature's maximum
                assert found.activations == pytest.approx(strip.activations, abs=1.1 * step)
                compared += 1
    assert compared >= 5


@pytest.mark.parametrize("name", ["embed/999999", "resid_0/error", "resid_77/1"])
def test_what_is_no_feature_is_named(loaded, name):
    with pytest.raises(InputError, match=name.split("/", maxsplit=1)[0]):
        loaded.sentence(FeatureRef.parse(name), "The nurse")


def test_an_empty_sentence_is_said(loaded):
    with pytest.raises(InputError, match="empty"):
        loaded.sentence(FeatureRef.parse("embed/0"), "")


def test_a_long_text_is_cut(loaded):
    assert len(loaded.sentence(FeatureRef.parse("embed/0"), "the nurse " * 500).tokens) == LONGEST

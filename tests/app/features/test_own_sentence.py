"""The Features page reads a feature on one's own sentence."""

from __future__ import annotations

from contextlib import closing

import pytest

from explorer_engine.sites import FeatureRef
from explorer_engine.world.loaded import LoadedWorld
from explorer_engine.world.world import open_world
from tests.markup import select
from tests.worlds import build_world

SENTENCE = " the nurse helps she"
RUNS = 50
"""Each run of the page waits for the answer itself; loading the tiny model takes a few."""


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    return build_world(tmp_path_factory.mktemp("own") / "world")


@pytest.fixture(scope="module")
def activations(small) -> dict[FeatureRef, tuple[float, ...]]:
    """What the engine says of every feature after attention and after the layer."""
    with closing(LoadedWorld(open_world(small))) as loaded:
        refs = [FeatureRef.parse(f"{site}/{j}") for site in ("attn_0", "resid_0") for j in range(4)]
        return {ref: loaded.sentence(ref, SENTENCE).activations for ref in refs}


@pytest.fixture
def answer(small, open_page, markup, monkeypatch):
    """`answer(ref, text)`: the page's markup once it has read the text."""
    monkeypatch.setenv("CIRCUIT_EXPLORER_WORLDS", str(small))

    def run(ref: FeatureRef, text: str) -> str:
        at = open_page("features", feature=ref)
        at.text_input(key="own_sentence").set_value(text).run()
        for _ in range(RUNS):
            assert not at.exception
            if not select(html := markup(at), contains="Loading the model"):
                return html
            at.run()
        pytest.fail("no answer came")

    return run


def test_each_token_is_shaded_by_the_feature_on_it(answer, activations):
    ref, found = max(activations.items(), key=lambda item: max(item[1]))
    assert max(found) > 0
    (strip,) = select(answer(ref, SENTENCE), text=SENTENCE.strip())
    shaded = [e.text for e in strip.everything() if "style" in e.attributes]
    assert shaded == [word for word, value in zip(SENTENCE.split(), found, strict=True) if value > 0]


def test_a_feature_that_is_not_active_says_so(answer, activations):
    ref = next(ref for ref, found in activations.items() if max(found) <= 0)
    assert select(answer(ref, SENTENCE), text="Not active on this sentence.")


def test_an_empty_sentence_asks_nothing(answer, activations):
    html = answer(next(iter(activations)), "   ")
    assert not select(html, contains="Not active on this") and not select(html, contains="Loading")

"""The Features page measures what is lost without a feature where that is not stored."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from explorer_engine.sites import FeatureRef
from explorer_engine.store.artefacts import ArtefactStore
from explorer_engine.world.loaded import LoadedWorld
from explorer_engine.world.world import open_world
from tests.markup import select
from tests.worlds import build_world, without

REF = FeatureRef.parse("resid_0/3")
RUNS = 50
"""Each run of the page waits for the answer itself; loading the tiny model takes a few."""


@pytest.fixture(scope="module")
def small(tmp_path_factory) -> Path:
    return build_world(tmp_path_factory.mktemp("ablation") / "world", without("ablations"))


@pytest.fixture
def page(small, open_page, monkeypatch):
    """`page(ref)`: the page of a feature in a new session."""
    monkeypatch.setenv("CIRCUIT_EXPLORER_WORLDS", str(small))
    return lambda ref: open_page("features", feature=ref)


def shown(at: AppTest, markup) -> dict[str, str]:
    """Token → its number in the part on ablation, once it is there."""
    for _ in range(RUNS):
        assert not at.exception
        if found := select(markup(at), class_="token-effects"):
            return {row.children[0].text: row.children[-1].text for row in found[0].children}
        at.run()
    pytest.fail("no answer came")


def test_what_was_not_stored_is_measured_when_asked_for(page, markup, small):
    at = page(REF)
    assert select(markup(at), contains="Not measured for this feature")
    at.button(key="measure_ablation").click().run()
    found = shown(at, markup)
    with closing(LoadedWorld(open_world(small))) as loaded:
        changes = loaded.ablation(REF).changes
    told = ArtefactStore(small / "world.duckdb").features.weights(changes)
    assert len(found) == len(told) > 0
    for change in told:
        number = next(n for token, n in found.items() if token.strip("␣") == change.text.strip())
        assert float(number.replace("−", "-")) == pytest.approx(change.weight, abs=1e-2)
    at.query_params["feature"] = "embed/1"
    assert select(markup(at.run()), contains="Not measured for this feature")
    at.query_params["feature"] = str(REF)
    assert shown(at.run(), markup) == found, "what was measured stays"


def test_a_feature_that_is_never_active_cannot_be_measured(page, markup):
    at = page("resid_0/0")
    assert select(markup(at), contains="Never active on the documents")
    assert "measure_ablation" not in [button.key for button in at.button]


def test_a_feature_without_contexts_says_why(page, markup):
    at = page("embed/1")
    at.button(key="measure_ablation").click().run()
    for _ in range(RUNS):
        if select(markup(at), contains="no context of it"):
            return
        at.run()
    pytest.fail("the page never says why")

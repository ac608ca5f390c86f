"""Clicks on SHIFT's rows: a browser can send anything, and only what the page shows is judged."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from app.shift import toolbar
from explorer_engine.sites import FeatureRef

ROW = FeatureRef.parse("resid_0/3")


@pytest.fixture
def click(monkeypatch):
    """`click("spurious", "resid_0/3")`: what was judged, and which feature was opened."""

    def click(act, value):
        judged, opened = [], []
        monkeypatch.setattr(toolbar.judging, "judge", lambda *said: judged.append(said[:3]))
        monkeypatch.setattr(toolbar, "open_feature", opened.append)
        sent = SimpleNamespace(feats=SimpleNamespace(act={"act": act, "value": value}))
        monkeypatch.setattr(toolbar, "state", sent)
        row = SimpleNamespace(ref=ROW)
        shown = SimpleNamespace(features=[row], view=SimpleNamespace(feature=None), scope="c")
        toolbar.clicked(shown)
        return judged, opened

    return click


@pytest.mark.parametrize("value", ["resid_0/4", "x" * 1000, "", None, ["resid_0/3"], 3])
@pytest.mark.parametrize("act", ["spurious", "skip", "open"])
def test_what_is_no_row_is_not_judged_or_opened(click, act, value):
    assert click(act, value) == ([], [None] if act == "open" else [])


def test_a_row_is(click):
    assert click("spurious", "resid_0/3") == ([("resid_0/3", "spurious", "c")], [])
    assert click("open", "resid_0/3") == ([], [ROW])
    assert click("removal", "resid_0/3") == ([], [])

"""A click is answered once, however often it arrives."""

from __future__ import annotations

from types import SimpleNamespace

from app.shared import clickable


def test_a_click_that_arrives_twice_is_answered_once(monkeypatch):
    state, answered = {}, []
    monkeypatch.setattr(clickable, "state", state)

    def arrives(at: float | None) -> None:
        act = None if at is None else {"act": "spurious", "value": "embed/1", "at": at}
        state["rows"] = SimpleNamespace(act=act)
        clickable.once("rows", lambda: answered.append(at))

    for at in (1.5, 1.5, None, 1.5, 2.5, 2.5):
        arrives(at)
    assert answered == [1.5, 2.5], "the same button pressed again is another click"

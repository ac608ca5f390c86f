"""The list of keys says of each page what its buttons and its desk answer to."""

from __future__ import annotations

import pytest

from app.judge.desk import _KEYS
from app.pages import PAGES
from explorer_engine.store.artefacts import ArtefactStore

LISTED = {page.name: {key for which in page.keys for key in which.lower().split(", ")} for page in PAGES}
"""Page → the keys of its list, in small letters."""


@pytest.mark.parametrize("page", ["behaviours", "circuit", "compare", "features", "shift"])
def test_every_key_of_a_page_is_in_its_list(page, open_page, markup, store: ArtefactStore):
    opened = {}
    if page == "shift":
        task = store.classifiers.all()[0].task.name
        opened = {"task": task, "feature": str(store.classifiers.features(task)[0].ref)}
    if page == "compare":
        opened = {"a": store.circuits.page(limit=1).rows[0].id}
    at = open_page(page, **opened)
    answered = {button.proto.shortcut.lower() for button in at.button} - {""}
    assert answered
    assert answered <= LISTED[page]
    shown = markup(at)
    assert "Keys on" in shown
    for key in LISTED[page]:
        assert f"<kbd>{key}</kbd>" in shown.lower()


def test_every_key_of_the_desk_is_in_its_list():
    assert set(_KEYS) <= LISTED["judge"]

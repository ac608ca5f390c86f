"""No address ends in an exception: every parameter of every page, with what no page can show."""

from __future__ import annotations

import dataclasses
from typing import get_type_hints

import pytest

from app.pages import PAGES, Page
from explorer_engine.sites import FeatureRef

NUMBERS = ("-5", "9223372036854775807", "99999999999999999999", "1e999", "nan", "")
TEXTS = ("x" * 5000, "\x00", "'; DROP TABLE circuit; --", "%")
REFS = ("resid_99/1", "embed/9223372036854775807", "embed/99999999999999999999", "embed/-1", "embed/²")


def hostile(kind: object) -> tuple[str, ...]:
    """What to write in a field of this type."""
    named = str(kind)
    if FeatureRef.__name__ in named:
        return REFS
    return NUMBERS if "int" in named or "float" in named else TEXTS


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_no_address_ends_in_an_exception(page: Page, open_page) -> None:
    hints = get_type_hints(page.view)
    failed = []
    for field in dataclasses.fields(page.view):
        for text in hostile(hints[field.name]):
            at = open_page(page.name, **{field.name: text})
            failed += [f"{field.name}={text[:30]!r}: {error.value}" for error in at.exception]
    assert not failed, "\n".join(failed)

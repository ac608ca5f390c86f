"""A page that an address asks for is there, or the nearest one is shown."""

from __future__ import annotations

import pytest

from app.shared.paging import page_at
from explorer_engine.store.values import Page


def rows(n: int):
    """`ask` of a list of the numbers below n."""
    return lambda offset, limit: Page(tuple(range(n))[offset : offset + limit], n, offset, limit)


@pytest.mark.parametrize(
    ("asked", "first"), [(1, 0), (2, 10), (3, 20), (4, 20), (0, 0), (-5, 0), (2**63 - 1, 20), (-(2**63), 0)]
)
def test_a_page_that_is_not_there_is_the_nearest(asked: int, first: int) -> None:
    found = page_at(asked, 10, rows(25))
    assert found.rows[0] == found.offset == first


def test_an_empty_list_has_an_empty_page() -> None:
    assert page_at(7, 10, rows(0)).rows == ()


def test_a_full_last_page_is_the_last() -> None:
    assert page_at(9, 10, rows(20)).offset == 10

"""Every order of the store but that by id is a ranking of the page, and shows the figure it goes by."""

from __future__ import annotations

import pytest

from app.behaviours.rankings import RANKINGS, arrow, figure
from app.shared.text import num
from explorer_engine.store.queries.behaviours import BEHAVIOUR_ORDERS, BehaviourQuery


def test_the_page_offers_the_orders_of_the_store():
    assert [*RANKINGS] == [name for name in BEHAVIOUR_ORDERS if name != "id"]


@pytest.mark.parametrize("rank", RANKINGS)
def test_the_figure_goes_the_way_the_arrow_points(store, rank):
    rows = store.behaviours.page(BehaviourQuery(order=rank, has_circuit=True), limit=5).rows
    values = [BEHAVIOUR_ORDERS[rank].of(row) for row in rows]
    assert values == sorted(values, reverse=arrow(rank) == "↓")
    assert [figure(row, rank) for row in rows] == [
        f"{value:,}" if isinstance(value, int) else num(value) for value in values
    ]

"""Every order of the store but that by id is a ranking of the page, and shows the figure it goes by."""

from __future__ import annotations

import pytest

from app.behaviours import parts
from app.shared.rankings import RANKINGS, arrow, figure
from app.shared.text import num
from explorer_engine.behaviours.values import Clustering
from explorer_engine.store.artefacts import ArtefactStore
from explorer_engine.store.queries.behaviours import BEHAVIOUR_ORDERS, BehaviourQuery
from tests.explorer_engine.store.small_world import build, small_world


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


def test_a_figure_that_was_not_measured_is_said_to_be(tmp_path):
    small = ArtefactStore(build(small_world(), tmp_path))
    for rank in ("error share", "faithfulness", "cohesion"):
        measured, without = (parts.rows([small.behaviours.get(i)], [], rank) for i in (0, 1))
        assert "not measured" not in measured
        assert '<span class="number" title="not measured">–</span>' in without


def test_a_clustering_tells_how_it_was_made():
    chosen = Clustering("x", "X", "gradients", 4, 1260, None, "k-means", ((2, 2), (4, 3)))
    said = parts.made(chosen)
    assert "1,260 contexts in 4 clusters, by gradients." in said and "k-means" in said
    assert "2 → 2, 4 → 3" in said
    assert parts.agreement(chosen) == "<b>4</b> clusters"
    plain = parts.made(Clustering("x", "X", "gradients", 4, 1260))
    assert plain == "1,260 contexts in 4 clusters, by gradients."

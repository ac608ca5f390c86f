"""Features are found, ordered and told as they were written: every query against the small world's rows."""

from __future__ import annotations

import pytest

from explorer_engine.errors import InputError
from explorer_engine.sites import FeatureRef
from explorer_engine.store.artefacts import ArtefactStore
from explorer_engine.store.queries.features import FEATURE_ORDERS, FeatureQuery
from explorer_engine.store.values import TokenWeight


def ref(name: str) -> FeatureRef:
    return FeatureRef.parse(name)


@pytest.mark.parametrize(
    ("query", "names"),
    [
        (FeatureQuery(in_circuit=True), ["embed/1", "resid_0/3"]),
        (FeatureQuery(order="density", alive=True, kinds=["resid"]), ["resid_0/3", "resid_0/2", "resid_0/1"]),
        (
            FeatureQuery(order="maximum", layers=[-1], reverse=True, alive=True),
            ["embed/1", "embed/2", "embed/3"],
        ),
        (FeatureQuery(min_density=0.055), ["resid_0/2", "resid_0/3", "attn_0/3"]),
        (FeatureQuery(max_density=0.01, alive=True), ["embed/1"]),
        (FeatureQuery(circuit="classifier-job"), ["embed/1"]),
        (FeatureQuery(among=["attn_0/2", "attn_0/77", "nonsense", "mlp_4/1"]), ["attn_0/2"]),
        (FeatureQuery(among=[]), []),
        (FeatureQuery(text="attn_0/1"), ["attn_0/1"]),
        (FeatureQuery(text="attn_0/4"), []),
        (FeatureQuery(text="sheriff"), ["resid_0/1"]),
        (FeatureQuery(text="sher"), ["resid_0/1"]),
        (FeatureQuery(text="heriff"), []),
        (FeatureQuery(text="bed", labels={"attn_0/2": "Bedside care", "resid_0/9": "bed"}), ["attn_0/2"]),
        (FeatureQuery(text="sheriff she"), ["resid_0/1"]),
        (FeatureQuery(text="%"), []),
        (FeatureQuery(text="<B>"), ["attn_0/3"]),
    ],
)
def test_feature_search_filter_and_order(store: ArtefactStore, query: FeatureQuery, names: list[str]) -> None:
    page = store.features.page(query)
    found = [str(row.ref) for row in page.rows]
    assert page.total == len(names)
    assert found == names if query.order != "circuits" or query.in_circuit else set(found) == set(names)


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("order", FEATURE_ORDERS)
def test_previous_and_next_walk_the_whole_list(store: ArtefactStore, order: str, reverse: bool) -> None:
    query = FeatureQuery(order=order, reverse=reverse, alive=True)  # type: ignore[arg-type]
    listed = [row.ref for row in store.features.page(query).rows]
    walked, here = [], listed[0]
    while here is not None:
        place = store.features.place(query, here)
        assert place is not None and len(listed) == 9
        assert place.previous == (walked[-1] if walked else None)
        walked.append(here)
        here = place.next
    assert walked == listed
    assert store.features.place(query, ref("embed/0")) is None


def test_card_shows_tokens_as_text(store: ArtefactStore) -> None:
    card = store.features.card(ref("resid_0/3"))
    assert card.promoted == (TokenWeight(" she", 1.5), TokenWeight(" She", 0.5))
    assert card.ablated == (TokenWeight(" she", -1.0), TokenWeight(" he", 0.25))
    assert card.tokens == (" the", " she") and card.histogram == (3, 0, 1) and card.n_circuits == 1
    assert card.previous == ref("resid_0/2") and card.next is None


def test_contexts_by_quantile_with_shades(store: ArtefactStore) -> None:
    top, low = store.features.contexts(ref("resid_0/3"))
    assert (top.name, top.low, top.high, low.name) == ("top", 5.0, 6.0, "0–25")
    strip = top.strips[0]
    assert strip.tokens == (" helps", " she", "\n") and strip.peak == 1 and strip.maximum == 6.0
    assert strip.activations == pytest.approx((1.2, 6.0, 0.0))
    assert [len(b.strips) for b in store.features.contexts(ref("resid_0/3"), per_bin=1)] == [1, 1]
    assert store.features.contexts(ref("embed/1")) == ()


def test_circuits_of_a_feature_sum_its_positions(store: ArtefactStore) -> None:
    found = [(c.circuit, c.kind, round(c.effect, 6)) for c in store.features.circuits(ref("embed/1"))]
    assert found == [("classifier-job", "classifier", 0.3), ("behaviour-0", "behaviour", -0.2)]


def test_neighbours_groups_and_names(store: ArtefactStore) -> None:
    assert [(str(n.ref), n.cosine) for n in store.features.neighbours(ref("resid_0/3"))] == [
        ("embed/1", 0.75),
        ("resid_0/0", 0.5),
    ]
    groups = store.features.groups(ref("embed/1"))
    assert list(groups) == ["job"]
    assert [(g.label, g.attribute) for g in groups["job"]] == [(0, 0), (0, 1), (1, 0), (1, 1)]
    assert [g.mean for g in groups["job"]] == [0.0, 1.0, 0.5, 1.5]
    names = store.features.rows([ref("embed/1"), ref("embed/error"), ref("embed/4"), ref("resid_0/3")])
    assert {str(r): row.tokens for r, row in names.items()} == {
        "embed/1": (" the", " she"),
        "resid_0/3": (" the", " she"),
    }


def test_a_page_behind_the_end_still_tells_the_total(store: ArtefactStore) -> None:
    assert store.features.page(FeatureQuery(), offset=50).total == 12


@pytest.mark.parametrize("name", ["resid_9/1", "embed/4", "embed/error"])
def test_a_feature_that_is_not_there_is_named(store: ArtefactStore, name: str) -> None:
    with pytest.raises(InputError, match=name):
        store.features.card(ref(name))

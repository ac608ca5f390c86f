"""Behaviours are found, ordered and told as they were written: every query against the small world's rows."""

from __future__ import annotations

from pathlib import Path

import pytest

from explorer_engine.circuits.curve import whole_circuit
from explorer_engine.errors import InputError
from explorer_engine.store.artefacts import ArtefactStore
from explorer_engine.store.queries.behaviours import BEHAVIOUR_ORDERS, BehaviourQuery
from explorer_engine.store.values import ListPlace, TokenShare
from tests.explorer_engine.store.small_world import build, small_world


def test_behaviour_rows_carry_answers_and_curve(store: ArtefactStore) -> None:
    row = store.behaviours.get(0)
    assert row.answers == (TokenShare(" she", 2 / 3), TokenShare(" he", 1 / 3))
    assert row.losses == ((0, 7.0), (10, 0.5)) and row.circuit == "behaviour-0"
    assert store.behaviours.mean_losses() == ((0, 7.5), (10, 2.5))
    assert store.behaviours.get(1).losses == ()


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        (BehaviourQuery(), [0, 1]),
        (BehaviourQuery(order="loss"), [1, 0]),
        (BehaviourQuery(order="loss", reverse=True), [0, 1]),
        (BehaviourQuery(order="contexts", reverse=True), [1, 0]),
        (BehaviourQuery(clustering="activations"), []),
        (BehaviourQuery(labelled=True), [0]),
        (BehaviourQuery(labelled=True, labels={1: "new line"}), [0, 1]),
        (BehaviourQuery(has_circuit=True), [0]),
        (BehaviourQuery(among=[1, 7]), [1]),
        (BehaviourQuery(among=[]), []),
        (BehaviourQuery(text="PRONOUN"), [0]),
        (BehaviourQuery(text="line", labels={1: "New Line"}), [1]),
        (BehaviourQuery(text="sheriff"), [0]),
        (BehaviourQuery(text="sher"), [0]),
        (BehaviourQuery(text="heriff"), []),
        (BehaviourQuery(text="ronoun"), []),
        (BehaviourQuery(text="nurse"), [0, 1]),
        (BehaviourQuery(text="nurse pronoun"), [0]),
        (BehaviourQuery(text="resid_0/3"), [0]),
        (BehaviourQuery(text="resid_0/2"), []),
        (BehaviourQuery(text="embed/99999999999999"), []),
        (BehaviourQuery(text="100%_'; DROP TABLE behaviour"), []),
    ],
)
def test_behaviour_search_filter_and_order(
    store: ArtefactStore, query: BehaviourQuery, ids: list[int]
) -> None:
    page = store.behaviours.page(query)
    assert [row.id for row in page.rows] == ids and page.total == len(ids)


def test_what_a_behaviour_is_ranked_by_comes_of_its_contexts_circuit_and_sweep(store: ArtefactStore) -> None:
    first, second = (store.behaviours.get(i) for i in (0, 1))
    assert first.answer_purity == pytest.approx(2 / 3) and second.answer_purity == 1
    assert first.error_share == pytest.approx(0.3 / (0.8 + 0.2 + 0.3))
    assert (first.faithfulness, first.cohesion) == (0.75, 0.25)
    assert (second.error_share, second.faithfulness, second.cohesion) == (None, None, None)


def test_a_ranked_faithfulness_is_of_the_circuit_s_own_size_and_of_the_first_sweep(tmp_path: Path) -> None:
    """As the title says it: everything ablated before a sweep that leaves layers whole, and no other size."""
    rows = small_world()
    (own,) = (row for row in rows["faithfulness"] if row["unit"] == "features")
    rows["faithfulness"] = [
        own | {"faithfulness": 0.9, "start_layer": 1},
        own | {"faithfulness": 0.6, "start_layer": -1},
        own | {"faithfulness": 0.99, "start_layer": -1, "threshold": 0.05},
    ]
    found = ArtefactStore(build(rows, tmp_path))
    assert found.behaviours.get(0).faithfulness == 0.6
    curves = found.circuits.faithfulness("behaviour-0")
    said = whole_circuit(curves, found.circuits.graph("behaviour-0").circuit.node_threshold)
    assert said is not None and said[1].faithfulness == 0.6


@pytest.mark.parametrize("order", ["error share", "faithfulness", "cohesion"])
@pytest.mark.parametrize("reverse", [False, True])
def test_what_was_not_measured_comes_last(store: ArtefactStore, order: str, reverse: bool) -> None:
    found = store.behaviours.page(BehaviourQuery(order=order, reverse=reverse)).rows
    assert [row.id for row in found] == [0, 1]


@pytest.mark.parametrize("order", BEHAVIOUR_ORDERS)
def test_pages_and_places_follow_one_list(store: ArtefactStore, order: str) -> None:
    query = BehaviourQuery(order=order)  # type: ignore[arg-type]
    ids = [row.id for row in store.behaviours.page(query).rows]
    assert [store.behaviours.page(query, offset=i, limit=1).rows[0].id for i in range(2)] == ids
    first, last = (store.behaviours.place(query, i) for i in ids)
    assert first is not None and (first.previous, first.next) == (None, ids[1])
    assert last is not None and (last.previous, last.next) == (ids[0], None)


def test_a_page_behind_the_end_still_tells_the_total(store: ArtefactStore) -> None:
    assert store.behaviours.page(BehaviourQuery(), offset=50).total == 2


def test_contexts_show_text_around_the_answer(store: ArtefactStore) -> None:
    page = store.behaviours.contexts(0, before=2, after=1)
    first, second, _ = page.rows
    assert page.total == 3
    assert (first.before, first.answer, first.after) == ((" nurse", " helps"), " she", ("\n",))
    assert (second.before, second.answer, second.after) == (("<s>",), " she", (" helps",))
    assert [c.rank for c in store.behaviours.contexts(0, offset=1, limit=1).rows] == [2]
    assert store.behaviours.last_tokens(0)[0] == TokenShare(" helps", 2 / 3)


def test_similarity_and_neighbours(store: ArtefactStore) -> None:
    similarity = store.behaviours.similarity(0)
    assert (
        similarity is not None and similarity.matrix == ((1.0, 0.25), (0.25, 1.0)) and similarity.low == 0.25
    )
    assert store.behaviours.similarity(1) is None
    assert [(n.id, n.answers) for n in store.behaviours.neighbours(0)] == [(1, (TokenShare("\n", 1.0),))]


def test_a_list_is_that_of_the_file_published_last(tmp_path: Path) -> None:
    rows = small_world()
    found = ArtefactStore(build(rows, tmp_path))
    assert [row.id for row in found.behaviours.page(BehaviourQuery()).rows] == [0, 1]
    rows["behaviour"].append({**rows["behaviour"][1], "id": 2})
    build(rows, tmp_path)
    assert [row.id for row in found.behaviours.page(BehaviourQuery()).rows] == [0, 1, 2]
    assert found.behaviours.place(BehaviourQuery(), 2) == ListPlace(previous=1, next=None)


def test_worth_a_look_is_the_first_of_each_list_that_no_list_before_has_taken(tmp_path: Path) -> None:
    """Against the lists themselves: figures that tie, and one that is not there."""
    rows = small_world()
    (shown,) = [row for row in rows["behaviour"] if row["id"] == 0]
    softmax = [0.5, 0.5, None, 0.9, 0.1, 0.5, 0.7, 0.2]
    rows["behaviour"] += [
        {**shown, "id": id, "n_nodes": id % 3, "max_effect": id % 2 / 2, "relative_softmax": share}
        for id, share in enumerate(softmax, start=10)
    ]
    behaviours = ArtefactStore(build(rows, tmp_path)).behaviours
    orders = ("effect", "contexts", "nodes", "relative max node", "relative softmax", "loss")
    taken = []
    for order, reverse in [*((order, False) for order in orders), ("relative softmax", True)]:
        listed = behaviours.page(BehaviourQuery(has_circuit=True, order=order, reverse=reverse)).rows
        taken.append(next(row.id for row in listed if row.id not in taken))
    assert [row.id for _, row in behaviours.worth_a_look()] == taken


def test_worth_a_look_names_no_behaviour_twice(store: ArtefactStore) -> None:
    assert [(kind, row.id) for kind, row in store.behaviours.worth_a_look()] == [("strongest effect", 0)]


def test_the_telling_behaviour_has_answers_that_differ_but_not_at_random(tmp_path: Path) -> None:
    """In this order of strength: one answer for most, as many answers as are kept, and one in between."""
    rows = small_world()
    (shown,) = [row for row in rows["behaviour"] if row["id"] == 0]
    answers = {10: [1, 1, 1, 2], 11: [1, 2, 3, 4, 5, 6, 7, 8], 12: [1, 1, 2, 3]}
    context = rows["behaviour_context"][0]
    for place, (behaviour, given) in enumerate(answers.items(), start=1):
        rows["behaviour"].append({**shown, "id": behaviour, "max_effect": 9.0 - place})
        rows["document"].append({**rows["document"][0], "id": 100 + behaviour, "tokens": [0, *given]})
        rows["behaviour_context"] += [
            {
                **context,
                "behaviour": behaviour,
                "rank": i,
                "document": 100 + behaviour,
                "position": i + 1,
                "answer": answer,
            }
            for i, answer in enumerate(given)
        ]
    store = ArtefactStore(build(rows, tmp_path))
    strongest = [row.id for row in store.behaviours.page(BehaviourQuery(has_circuit=True)).rows]
    assert strongest == [10, 11, 12, 0]
    found = store.behaviours.telling()
    assert found is not None and found.id == 12


def test_where_no_rule_can_be_seen_the_strongest_behaviour_stands_in(store: ArtefactStore) -> None:
    (strongest, *_) = store.behaviours.page(BehaviourQuery()).rows
    assert max(answer.share for answer in strongest.answers) > 0.6
    assert store.behaviours.telling() == strongest == store.behaviours.telling("effects")
    assert store.behaviours.telling("activations") is None


def test_an_unknown_order_is_said_with_the_known_ones() -> None:
    with pytest.raises(InputError, match="order 'beauty' is not one of effect, contexts"):
        BehaviourQuery(order="beauty")


def test_an_unknown_behaviour_is_named(store: ArtefactStore) -> None:
    with pytest.raises(InputError, match="behaviour 77"):
        store.behaviours.get(77)

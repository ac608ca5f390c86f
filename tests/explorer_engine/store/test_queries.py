"""What pages read is what was written: every query against the small world's rows."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from explorer_engine.circuits.curve import Sweep, whole_circuit
from explorer_engine.errors import InputError
from explorer_engine.sites import FeatureRef, Site
from explorer_engine.store.artefacts import ArtefactStore
from explorer_engine.store.queries.behaviours import BEHAVIOUR_ORDERS, BehaviourQuery
from explorer_engine.store.queries.features import FEATURE_ORDERS, FeatureQuery
from explorer_engine.store.values import TokenShare, TokenWeight
from tests.explorer_engine.store.small_world import SITES, build, small_world


def ref(name: str) -> FeatureRef:
    return FeatureRef.parse(name)


# ---- start ----


def test_world_counts_what_the_store_holds(store: ArtefactStore) -> None:
    world = store.start.world()
    assert (world.title, world.n_documents, world.n_dictionaries, world.n_features) == ("Small", 4, 3, 12)
    assert (world.n_behaviours, world.n_circuits) == (2, 2)


def test_dictionaries_come_in_order_of_depth_and_keep_gaps(store: ArtefactStore) -> None:
    found = store.start.dictionaries()
    assert [str(d.site) for d in found] == SITES
    assert found[0].l0 == 2.5 and found[0].alive is None


def test_quality_figures_know_whether_they_pass(store: ArtefactStore) -> None:
    assert [(q.figure, q.verdict) for q in store.start.quality()] == [
        ("L0, mean", "passed"),
        ("agreement", "missed"),
    ]


def test_provenance_says_when_in_utc_and_how(store: ArtefactStore) -> None:
    model, circuits = store.start.provenance()
    assert model.made_at == datetime(2026, 1, 2, 0) and model.parameters == {"seed": 0}
    assert store.start.provenance("circuits") == (circuits,)


def test_missing_names_the_command_that_the_world_records(store: ArtefactStore) -> None:
    missing = {m.what: m for m in store.start.missing()}
    assert missing["Behaviour circuits"].detail == "1 of 2 behaviours have none"
    assert missing["Position-resolved circuits"].command == "make circuits"
    assert missing["Behaviour circuits"].command is None, "nothing is recorded of the artefact behaviours"
    assert "Feature dashboards" not in missing


# ---- behaviours ----


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
    assert first is not None and (first.index, first.total, first.previous, first.next) == (
        0,
        2,
        None,
        ids[1],
    )
    assert last is not None and (last.index, last.previous, last.next) == (1, ids[0], None)


def test_a_page_behind_the_end_still_tells_the_total(store: ArtefactStore) -> None:
    assert store.behaviours.page(BehaviourQuery(), offset=50).total == 2
    assert store.features.page(FeatureQuery(), offset=50).total == 12


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


# ---- circuits ----


def test_the_telling_circuit_is_one_of_pairs_where_there_is_one(store: ArtefactStore, tmp_path: Path) -> None:
    first = store.circuits.page(limit=1).rows[0]
    assert store.circuits.telling() == first and first.kind != "contrast"
    rows = small_world()
    (pairs,) = [{**row, "kind": "contrast"} for row in rows["circuit"] if row["id"] != first.id]
    rows["circuit"] = [row if row["id"] == first.id else pairs for row in rows["circuit"]]
    found = ArtefactStore(build(rows, tmp_path)).circuits.telling()
    assert found is not None and found.id == pairs["id"]


def test_graph_holds_nodes_and_edges_strongest_first(store: ArtefactStore) -> None:
    graph = store.circuits.graph("behaviour-0")
    assert [node.id for node in graph.circuit.nodes] == ["resid_0/3", "attn_0/error", "embed/1"]
    assert [edge.weight for edge in graph.circuit.edges] == [0.8, -0.4, 0.1]
    top, error, _ = graph.circuit.nodes
    assert top.ref == ref("resid_0/3") and graph.tokens_of(top) == (" the", " she") and not top.is_error
    assert error.is_error and str(error.ref) == "attn_0/error" and graph.tokens_of(error) == ()
    assert (graph.summary.n_nodes, graph.summary.n_errors) == (3, 1)
    assert graph.summary.max_effect == 0.8


def test_circuit_list_by_kind_and_text(store: ArtefactStore) -> None:
    assert [c.id for c in store.circuits.page().rows] == ["behaviour-0", "classifier-job"]
    assert [c.id for c in store.circuits.page(kind="classifier").rows] == ["classifier-job"]
    assert [c.id for c in store.circuits.page(text="proNoun").rows] == ["behaviour-0"]
    summary = store.circuits.summary("classifier-job")
    assert summary.tokens == ("<s>", " the") and summary.example == {
        "clean": ["<s>"],
        "answers": [" she", " he"],
    }


def test_faithfulness_sweep(store: ArtefactStore) -> None:
    curves = store.circuits.faithfulness("behaviour-0")
    assert {sweep: [(p.n_nodes, p.faithfulness) for p in curve] for sweep, curve in curves.items()} == {
        Sweep("same contexts", start_layer=0): [(3, 0.75)],
        Sweep("same contexts", start_layer=0, unit="neurons"): [(9, 0.1)],
    }
    assert store.circuits.faithfulness("classifier-job") == {}


# ---- features ----


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
        assert place is not None and place.index == len(walked) and place.total == len(listed) == 9
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


# ---- classifier ----


def test_classifier_task_texts_features_and_runs(store: ArtefactStore) -> None:
    (found,) = store.classifiers.all()
    task = found.task
    assert (task.name, task.site, task.classes) == ("job", Site("resid", 0), ("doctor", "nurse"))
    assert task.groups == ("male doctor", "female doctor", "male nurse", "female nurse")
    assert found.n_texts == {"test": 4} and found.probe_weight == (0.5,) * 8
    texts = store.classifiers.texts("job", "test")
    assert [(t.id, t.tokens, t.label, t.attribute) for t in texts[:2]] == [
        (0, (0, 1, 2), 0, 0),
        (1, (0, 1, 3), 1, 0),
    ]
    assert store.classifiers.words("job", "test", (1,)) == {1: ("<s>", " the", " helps")}
    first, second = store.classifiers.features("job")
    assert (str(first.ref), first.spurious, first.alone) == ("embed/1", True, 2.0)
    assert [group.mean for group in first.groups] == [0.0, 1.0, 0.5, 1.5]
    assert (second.spurious, second.alone, second.groups) == (None, None, ())
    assert [run.name for run in store.classifiers.runs("job")] == ["original", "oracle"]
    assert [share.value for share in store.classifiers.runs("job")[0].accuracies.groups] == [
        0.9,
        0.2,
        0.3,
        0.9,
    ]


def test_a_classifier_told_on_two_splits_is_still_one(tmp_path: Path) -> None:
    rows = small_world()
    original = next(row for row in rows["shift_run"] if row["name"] == "original")
    rows["shift_run"].append({**original, "split": "development", "rank": 2})
    classifiers = ArtefactStore(build(rows, tmp_path)).classifiers
    assert [found.task.name for found in classifiers.all()] == ["job"]
    assert [(run.name, run.split) for run in classifiers.runs("job")] == [
        ("original", "test"),
        ("oracle", "test"),
        ("original", "development"),
    ]


# ---- what is not there ----


def test_unknown_ids_are_named(store: ArtefactStore) -> None:
    for ask, name in [
        (lambda: store.behaviours.get(77), "behaviour 77"),
        (lambda: store.circuits.graph("nope"), "circuit 'nope'"),
        (lambda: store.features.card(ref("resid_9/1")), "feature resid_9/1"),
        (lambda: store.features.card(ref("embed/4")), "feature embed/4"),
        (lambda: store.features.card(ref("embed/error")), "embed/error"),
        (lambda: store.classifiers.get("nope"), "task 'nope'"),
    ]:
        with pytest.raises(InputError, match=name):
            ask()

"""The Judge page: one feature at a time, blind until one decides, and nothing pressed is lost."""

from __future__ import annotations

import pytest

from app import world
from tests.app.judge.desk import Desk
from tests.markup import parse, select

SECRETS = ("effect on the logit", "ablated alone", "Mean activation", "votes")


@pytest.fixture
def classifier(store):
    return store.classifiers.all()[0]


@pytest.fixture
def features(store, classifier):
    return store.classifiers.features(classifier.task.name)


@pytest.fixture
def strongest(features):
    return [str(f.ref) for f in sorted(features, key=lambda f: -abs(f.effect))]


@pytest.fixture
def opened(open_page):
    """`opened("Ada")`: the desk as somebody sees it."""

    def run(name: str | None = "Ada", tab: str = "tab", **parameters: object) -> Desk:
        at = open_page("judge", **parameters)
        at.session_state["annotator"] = name
        at.run()
        assert not at.exception, at.exception[0].message
        return Desk(at, tab)

    return run


def mine(classifier, name="Ada"):
    return world.judgements().mine(name, classifier.circuit)


# ---- the queue


def test_the_strongest_feature_comes_first_and_after_a_judgement_the_next(opened, classifier, strongest):
    desk = opened()
    assert desk.sent["order"] == strongest and desk.current == strongest[0]
    desk.press("spurious")
    assert mine(classifier) == {strongest[0]: "spurious"} and desk.current == strongest[1]
    desk.press("skip")
    assert desk.current == strongest[2] and desk.sent["marks"][strongest[1]] == "skip"


def test_one_goes_on_where_one_stopped(opened, classifier, strongest):
    for ref, said in zip(strongest[:3], ("relevant", "unsure", "skip"), strict=True):
        world.judgements().judge("Ada", ref, said, classifier.circuit)
    assert opened().current == strongest[3]
    assert opened("Bo").current == strongest[0], "somebody else begins at the beginning"
    desk = opened(feature=strongest[5])
    assert desk.current == strongest[5]
    desk.press("relevant")
    said = desk.page.query_params["feature"]
    assert opened(feature=said if isinstance(said, str) else said[0]).current == strongest[6], (
        "a reload shows what the address says"
    )


def test_keys_that_come_together_are_each_for_the_feature_that_was_shown(opened, classifier, strongest):
    desk = opened()
    said = ["spurious", "relevant", "unsure", "skip", "relevant"]
    desk.press(*said)
    assert mine(classifier) == dict(zip(strongest, said, strict=False))
    assert desk.current == strongest[5]


def test_what_arrives_twice_is_said_once(opened, classifier, strongest):
    desk = opened()
    presses = [{"n": n, "act": "spurious", "target": ref} for n, ref in enumerate(strongest[:3], 1)]
    desk.send(presses[:1])
    desk.send(presses)
    desk.send(presses)
    assert [event.target for event in world.judgements().events("Ada")] == strongest[:3]
    assert desk.sent["done"] == {"tab": 3}


def test_the_same_key_again_takes_nothing_back(opened, classifier, strongest):
    desk = opened()
    desk.press("spurious")
    desk.press("previous")
    assert desk.current == strongest[0]
    desk.press("spurious")
    assert mine(classifier) == {strongest[0]: "spurious"}


def test_undo_takes_back_the_last_word_and_shows_its_feature(opened, classifier, strongest):
    desk = opened()
    desk.press("spurious", "relevant")
    desk.press("undo")
    assert mine(classifier) == {strongest[0]: "spurious"} and desk.current == strongest[1]


def test_one_can_walk_and_go_to_the_next_unjudged(opened, classifier, strongest):
    desk = opened()
    desk.press("next")
    desk.press("next")
    desk.press("previous")
    assert desk.current == strongest[1]
    desk.press("spurious", target=strongest[4])
    desk.press("go", target=strongest[3])
    assert desk.current == strongest[3]
    desk.press("unjudged")
    assert desk.current == strongest[5] and mine(classifier) == {strongest[4]: "spurious"}


def test_a_key_before_a_name_asks_for_it_and_is_then_carried_out(opened, classifier, strongest):
    desk = opened(None)
    desk.press("spurious")
    desk.press("relevant", target=strongest[0])
    assert world.judgements().events() == () and desk.current == strongest[0]
    desk.page.text_input(key="judge-name").set_value("Ada").run()
    assert [(e.target, e.value) for e in world.judgements().events("Ada")] == [
        (strongest[0], "spurious"), (strongest[0], "relevant")
    ]  # fmt: skip
    assert desk.current == strongest[1]


def test_two_people_at_once_do_not_meet(opened, classifier, strongest):
    ada, bo = opened("Ada", "a"), opened("Bo", "b")
    ada.press("spurious")
    bo.press("relevant", "unsure")
    ada.press("spurious")
    assert mine(classifier, "Ada") == dict.fromkeys(strongest[:2], "spurious")
    assert mine(classifier, "Bo") == {strongest[0]: "relevant", strongest[1]: "unsure"}


def test_order_and_circuit_are_the_addresses(opened, features, strongest, store):
    assert opened(order="circuit").sent["order"] == [str(f.ref) for f in features]
    shuffled = opened("Ada", order="random").sent["order"]
    assert shuffled != strongest and sorted(shuffled) == sorted(strongest)
    assert (
        shuffled == opened("Ada", order="random").sent["order"] != opened("Bo", order="random").sent["order"]
    )
    circuit = store.circuits.telling()
    graph = store.circuits.graph(circuit.id).circuit
    found = opened(circuit=circuit.id).sent["order"]
    assert set(found) == {str(n.ref) for n in graph.nodes if not n.is_error} and len(set(found)) == len(found)


@pytest.mark.parametrize(
    "parameters",
    [{"circuit": "no-such"}, {"feature": "resid_0/99999"}, {"order": "alphabet"}, {"part": "votes"}],
)
def test_an_address_that_names_nothing_is_said(open_page, markup, of_world, parameters):
    at = open_page("judge", **parameters)
    assert not at.exception
    html = markup(at)
    assert select(html, contains=next(iter(parameters.values())))
    assert select(html, role="link", href=of_world("/judge"))


# ---- blind


def test_blind_shows_nothing_that_gives_the_answer_away(opened, classifier, features, strongest):
    store = world.judgements()
    store.label("Zoltan", strongest[0], "names of men")
    store.judge("Zoltan", strongest[0], "spurious", classifier.circuit)
    desk = opened()
    said = parse(desk.html).text
    assert "Is this about the profession" in said and "names of men" not in said and "Zoltan" not in said
    assert not [secret for secret in SECRETS if secret in said.replace("votes are hidden", "")]
    desk.press("relevant")
    desk.press("previous")
    said = parse(desk.html).text
    assert "names of men" in said and all(secret in said for secret in SECRETS), "one has decided"


def test_a_skipped_feature_stays_hidden(opened):
    desk = opened()
    desk.press("skip")
    desk.press("previous")
    assert "until you decide" in parse(desk.html).text


def test_switched_off_in_the_address_everything_is_shown(opened, strongest):
    world.judgements().label("Bo", strongest[0], "names of men")
    desk = opened(blind="no")
    said = parse(desk.html).text
    assert "names of men" in said and all(secret in said for secret in SECRETS)


def test_what_was_visible_and_the_time_it_took_are_kept(opened, classifier, strongest):
    desk = opened()
    desk.press("spurious", seen=desk.sent["cards"][0]["seen"], seconds=12.34)
    desk = opened(blind="no")
    desk.press("relevant", seen=desk.sent["cards"][0]["seen"], seconds=8)
    blind, seeing = world.judgements().events("Ada")
    assert (blind.seen, blind.seconds) == ("contexts,tokens,ablated", 12.3)
    assert {"effect", "alone", "groups", "votes"} <= set(seeing.seen.split(","))
    assert desk.sent["pace"].startswith(f"10 s a feature, about {10.15 * 98 / 60:.0f} min left")


# ---- label, notes, ratings


def test_label_notes_and_ratings_are_kept_and_shown_again(opened, strongest):
    desk = opened()
    assert set(desk.sent["cards"][0]["own"].values()) == {None}, "nothing is rated before somebody rates it"
    desk.press(("label", "full stops"), ("note", "why not"), ("interpretability", "80"), ("complexity", "0"))
    (said,) = world.judgements().opinions(strongest[0])
    assert (said.label, said.note, said.interpretability, said.complexity) == ("full stops", "why not", 80, 0)
    assert desk.current == strongest[0]
    own = opened().sent["cards"][0]["own"]
    assert own == {"label": "full stops", "note": "why not", "interpretability": 80, "complexity": 0}
    desk.press(("complexity", ""))
    assert world.judgements().opinions(strongest[0])[0].complexity is None
    assert set(opened("Bo").sent["cards"][0]["own"].values()) == {None}, "another's words are not one's own"


# ---- what a browser can send


@pytest.mark.parametrize(
    "presses",
    [
        None,
        "spurious",
        [None, 3, {}, {"n": "x", "act": "spurious", "target": "embed/1"}],
        [{"n": 1, "act": "spurious", "target": "embed/999999"}],
        [{"n": 1, "act": "no such", "target": "resid_1/412"}],
        [{"n": 1, "act": "interpretability", "value": "many", "target": "resid_1/412"}],
        [{"n": 1, "act": "interpretability", "value": [], "target": "resid_1/412"}],
        [{"n": 1, "act": "spurious", "target": "resid_1/412", "seen": "the answer"}],
        [{"n": 1, "act": "spurious", "target": "resid_1/412", "seconds": "long"}],
        [{"n": float("inf"), "act": "spurious", "target": "resid_1/412"}],
    ],
)
def test_nonsense_from_a_browser_says_nothing(opened, presses):
    opened().send(presses)
    assert world.judgements().events() == ()


def test_what_cannot_be_kept_is_told_and_its_feature_shown(opened, strongest):
    desk = opened()
    long = "x" * 3000
    desk.press("spurious", ("label", long), "relevant")
    assert any("use at most 2000" in toast.value for toast in desk.page.toast)
    assert desk.current == strongest[1] and len(world.judgements().events()) == 1


def test_where_nothing_can_be_said_one_may_read_and_walk(opened, strongest, tmp_path):
    (tmp_path / "judgements.duckdb").write_bytes(b"no store at all" * 500)
    desk = opened()
    assert desk.sent["closed"] and "not a readable judgement store" in parse_page(desk)
    desk.press("next")
    assert desk.current == strongest[1]
    desk.press("spurious")
    assert desk.current == strongest[1] and world.judgements().events() == ()


def parse_page(desk: Desk) -> str:
    return " ".join(element.proto.body for element in desk.page.get("html"))

"""Pages on worlds that lack a part: they open, and say what is missing and what to do."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from tests.markup import numbers_beside, parse, select, values
from tests.worlds import PARTS, build_world, without

PAGES = ("start", "behaviours", "circuit", "features", "judge", "shift")
Open = Callable[..., str]


@pytest.fixture(scope="session")
def worlds(tmp_path_factory) -> Callable[[str], Path]:
    """`worlds("circuits")`: the small world without circuits."""
    made: dict[str, Path] = {}

    def folder(part: str) -> Path:
        if part not in made:
            made[part] = build_world(tmp_path_factory.mktemp("world") / "world", without(part))
        return made[part]

    return folder


@pytest.fixture
def open_in(worlds, open_page, markup, monkeypatch) -> Open:
    """`open_in("circuits", "start")`: what Start sends in a world without circuits."""

    def run(part: str, page: str, **parameters: object) -> str:
        monkeypatch.setenv("CIRCUIT_EXPLORER_WORLDS", str(worlds(part)))
        at: AppTest = open_page(page, **parameters)
        assert not at.exception, f"{page} without {part}: {at.exception[0].message}"
        return markup(at)

    return run


@pytest.mark.parametrize("part", PARTS)
def test_every_page_opens(worlds, open_page, markup, monkeypatch, part):
    monkeypatch.setenv("CIRCUIT_EXPLORER_WORLDS", str(worlds(part)))
    tab = None
    for page in PAGES:
        tab = open_page(page, tab)
        assert not tab.exception, page
        words = parse(markup(tab)).text.split()
        assert "nan" not in words and "None" not in words, page


@pytest.mark.parametrize(
    ("part", "what"),
    [
        ("dictionaries of most sites", "Dictionaries of every site"),
        ("several parts", "Dictionaries of every site"),
        ("several parts", "Behaviours"),
        ("several parts", "Classifier"),
        ("all but features", "Circuits"),
        ("all but features", "Feature dashboards"),
        ("behaviours", "Behaviours"),
        ("circuits", "Circuits"),
        ("circuits of behaviours", "Behaviour circuits"),
        ("circuits with positions", "Position-resolved circuits"),
        ("faithfulness", "Faithfulness sweeps"),
        ("classifier", "Classifier"),
        ("loss curves", "Training curves"),
        ("contexts of features", "Feature dashboards"),
    ],
)
def test_start_says_what_is_missing_with_a_command_to_copy(open_in, part, what):
    html = open_in(part, "start")
    (name,) = select(html, text=what)
    assert name.parent is not None and name.parent.parent is not None
    assert select(name.parent.parent, role="button", data_act="copy")
    always = ("Behaviour circuits", "Dictionaries of every site")  # the whole one lacks some of these
    assert what in always or not select(open_in("nothing", "start"), text=what)


@pytest.mark.parametrize(
    ("part", "lost"),
    [("behaviours", "See behaviours"), ("circuits", "See a circuit"), ("classifier", "Clean a classifier")],
)
def test_start_has_a_door_to_what_there_is(open_in, part, lost):
    doors = {"See behaviours", "See a circuit", "Clean a classifier"}
    shown = {title for title in doors if select(open_in(part, "start"), text=title)}
    without_circuits = {"Clean a classifier"} if part == "circuits" else set()
    assert shown == doors - {lost} - without_circuits


@pytest.mark.parametrize(
    ("part", "page", "parameters", "said"),
    [
        ("behaviours", "start", {}, "No behaviour with a circuit"),
        ("behaviours", "behaviours", {}, "holds no behaviours"),
        ("circuits", "start", {}, "No behaviour with a circuit"),
        ("circuits", "circuit", {}, "holds no circuit"),
        ("circuits", "behaviours", {}, "has no circuit yet"),
        ("circuits", "features", {"feature": "resid_0/3"}, "In none of this world’s circuits"),
        ("circuits of behaviours", "behaviours", {}, "has no circuit yet"),
        ("faithfulness", "circuit", {}, "faithfulness not measured"),
        ("classifier", "shift", {}, "holds no classifier"),
        ("loss curves", "behaviours", {}, "No earlier checkpoints of the model were read"),
        ("similarity of contexts", "behaviours", {}, "Not computed for this behaviour"),
        ("contexts of features", "features", {"feature": "resid_0/3"}, "No contexts were kept"),
        ("contexts of features", "shift", {"feature": "resid_0/3"}, "No contexts were kept"),
        ("contexts of features", "judge", {"feature": "resid_0/3"}, "No contexts were kept"),
        ("contexts of features", "judge", {"feature": "resid_0/3"}, "make dashboards"),
        ("ablations", "judge", {"feature": "resid_0/3"}, "Not measured for this feature"),
        ("classifier", "judge", {}, "Is this what the behaviour is about"),
        ("circuits", "judge", {}, "holds no circuit, so there is no feature to judge"),
        ("all but features", "judge", {}, "holds no circuit, so there is no feature to judge"),
        ("nothing", "features", {"feature": "resid_0/0"}, "never active on the documents"),
        ("ablations", "features", {"feature": "resid_0/3"}, "Not measured for this feature"),
        ("labels", "behaviours", {"behaviour": 0}, "Unlabelled behaviour"),
        ("quality report", "start", {}, "No figure was measured"),
        ("provenance", "start", {}, "does not say how it was made"),
    ],
)
def test_a_place_with_nothing_to_show_says_so(open_in, part, page, parameters, said):
    assert select(open_in(part, page, **parameters), contains=said)


@pytest.fixture(scope="module")
def without_model(tmp_path_factory) -> Path:
    return build_world(tmp_path_factory.mktemp("world") / "world", model=False)


def until(tab: AppTest, markup: Callable[[AppTest], str], said: str, runs: int = 50) -> str:
    """The page once it says something; each run gives the worker a moment."""
    for _ in range(runs):
        assert not tab.exception
        if select(html := markup(tab), contains=said):
            return html
        tab.run()
    pytest.fail(f"the page never says {said!r}")


def test_without_a_model_the_stored_numbers_stand_and_the_page_says_why(
    without_model, open_page, markup, monkeypatch
):
    monkeypatch.setenv("CIRCUIT_EXPLORER_WORLDS", str(without_model))
    html = until(open_page("shift"), markup, "No live numbers")
    assert numbers_beside(html, "Original probe") == [60.0, 85.0, 20.0]
    assert select(html, contains=f"…/{without_model.name}/model")


def test_without_a_model_a_sentence_is_answered_with_what_is_missing(
    without_model, open_page, markup, monkeypatch
):
    monkeypatch.setenv("CIRCUIT_EXPLORER_WORLDS", str(without_model))
    tab = open_page("features", feature="resid_0/3")
    tab.text_input(key="own_sentence").set_value("a word").run()
    until(tab, markup, f"…/{without_model.name}/model")


def test_without_an_embed_dictionary_the_rest_is_there(open_in):
    shown = values(open_in("embed dictionary", "features"), "Features")
    assert len(shown) == 8 and not [ref for ref in shown if ref.startswith("embed")]
    assert values(open_in("embed dictionary", "shift"), "Features of the probe’s circuit") == ["resid_0/3"]


def test_with_dictionaries_at_some_sites_only_those_are_there(open_in):
    part = "dictionaries of most sites"
    assert select(open_in(part, "start"), contains="none at 18 of 19 sites")
    shown = values(open_in(part, "features"), "Features")
    assert shown and all(ref.startswith("resid_0/") for ref in shown)
    assert select(open_in(part, "features", feature="resid_3/1"), text="Not found in this world")


def test_without_planted_truth_nothing_claims_to_know_it(open_in):
    assert not select(open_in("planted truth", "behaviours"), contains="NMI")
    assert not select(open_in("planted truth", "shift"), text="Ground truth")
    assert select(open_in("nothing", "behaviours"), contains="NMI")

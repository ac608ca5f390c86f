"""Several worlds on one server: addresses say which, sessions do not meet, a broken one hides no other."""

from __future__ import annotations

import gc
import os
import re
import shutil
import weakref
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from app import names, session, settings, world, worlds
from app.workers import engine
from explorer_engine.errors import InputError
from explorer_engine.store.values import CircuitSummary
from explorer_engine.world.world import open_world
from tests.markup import parse, select, values
from tests.worlds import build_world, dialects, without


@pytest.fixture(scope="module")
def built(tmp_path_factory) -> Path:
    """A folder of worlds: `one`; `three` with the dictionaries of `one`, but other clusters under the same
    numbers; `two` of other things."""
    folder = tmp_path_factory.mktemp("built") / "worlds"
    build_world(folder / "one")
    build_world(folder / "two", without("embed dictionary", dialects()))
    others = without("classifier")
    for row in others["behaviour_context"]:
        row["behaviour"] = 1 - row["behaviour"]
    build_world(folder / "three", others)
    return folder


@pytest.fixture
def served(built, tmp_path, monkeypatch) -> Path:
    """A copy of them, served; judgements lie where each world's key says."""
    monkeypatch.setenv("CIRCUIT_EXPLORER_WORLDS", str(tmp_path / "worlds"))
    monkeypatch.setenv("CIRCUIT_EXPLORER_JUDGEMENTS", str(tmp_path / "data"))
    return Path(shutil.copytree(built, tmp_path / "worlds"))


def keys() -> dict[str, str]:
    return {which.name: which.key for which in worlds.listed()}


def header(html: str) -> str:
    (line,) = select(html, **{"class": "world"})
    return line.text


def choose(tab: AppTest, name: str) -> None:
    """What a click in the list of worlds does."""
    tab.query_params.clear()
    tab.query_params["world"] = keys()[name]
    tab.run()


def test_worlds_are_given_one_by_one_as_a_folder_or_by_the_environment(built, monkeypatch):
    one, three, two = (built / name for name in ("one", "three", "two"))
    monkeypatch.setenv("CIRCUIT_EXPLORER_WORLDS", os.pathsep.join([str(two), str(one), str(two)]))
    assert settings.world_paths() == (two, one)
    monkeypatch.setattr("sys.argv", ["streamlit", "--world", str(three), f"--world={built}"])
    assert settings.world_paths() == (three, one, two)
    monkeypatch.setattr("sys.argv", ["streamlit", "--world", str(built / "nowhere")])
    assert settings.world_paths() == (built / "nowhere",)


def test_a_key_tells_worlds_apart_and_survives_publishing(served):
    found = keys()
    assert list(found) == ["one", "three", "two"] and len({*found.values()}) == 3
    assert open_world(served / "one").key == open_world(served / "three").key
    shutil.copyfile(served / "three" / "world.duckdb", served / "again")
    (served / "again").replace(served / "one" / "world.duckdb")
    assert keys() == found


def test_worlds_of_one_name_are_told_apart_by_the_folders_above(built, tmp_path, monkeypatch):
    paths = [shutil.copytree(built / "one", tmp_path / run / "world") for run in ("pile", "code")]
    monkeypatch.setenv("CIRCUIT_EXPLORER_WORLDS", os.pathsep.join(map(str, paths)))
    assert list(keys()) == ["pile-world", "code-world"]


def test_an_address_opens_its_world_and_a_bare_one_the_first(served, open_page, markup):
    for name, features in (("one", "12 features"), ("two", "8 features")):
        html = markup(open_page("features", world=keys()[name]))
        assert features in header(html), name
        links = {link.attributes["data-value"] for link in select(html, data_act="go")}
        assert links and all(f"world={keys()[name]}" in link for link in links)
    assert "12 features" in header(markup(open_page("features")))


def test_an_address_of_a_world_that_is_not_open_names_those_that_are(served, open_page, markup):
    html = markup(open_page("circuit", world="gone-12345678", circuit="pairs-0"))
    assert select(html, text="This world is not open here") and select(html, contains="gone-12345678")
    assert {f"/?world={key}" for key in keys().values()} <= {
        link.attributes["href"] for link in select(html, role="link") + select(html, data_act="go")
    }
    assert "--world DIR" in html


def test_two_sessions_see_each_its_own_world(served, open_page, markup):
    tabs = {name: open_page("features", world=keys()[name]) for name in ("one", "two")}
    for name, features in (("one", 12), ("two", 8), ("one", 12)):
        assert len(values(markup(tabs[name].run()), "Features")) == features


def test_a_view_of_one_world_is_not_opened_in_another(served, open_page, markup):
    tab = open_page("circuit", world=keys()["one"], circuit="classifier-job")
    choose(tab, "three")
    assert not tab.exception and not select(markup(tab), contains="Classifiers")
    choose(tab, "one")
    assert tab.session_state["world"] == keys()["one"]
    assert select(markup(tab), contains="Classifiers"), "and comes back with its own world"


def test_the_list_says_what_each_world_is_and_what_is_wrong(served, open_page, markup):
    (served / "two" / "manifest.json").write_text("{")
    tab = open_page("start")
    assert not tab.exception
    tab.session_state["worlds"] = True
    cards = {card.attributes["data-value"]: card.text for card in select(markup(tab.run()), data_act="world")}
    assert list(cards) == [keys()["one"], keys()["three"], "two"]
    assert "damaged, not JSON" in cards["two"]
    assert "Small" in cards[keys()["one"]] and "2 circuits" not in cards["two"]
    assert "classifier" in cards[keys()["three"]].partition("Left out")[2]
    assert "12 features" in cards[keys()["one"]]
    choose(tab, "two")
    html = markup(tab)
    assert select(html, text="This world cannot be opened") and select(html, contains="damaged, not JSON")
    assert select(html, data_value=f"/?world={keys()['one']}")


def test_one_world_has_no_list(built, monkeypatch, open_page, markup):
    monkeypatch.setenv("CIRCUIT_EXPLORER_WORLDS", str(built / "one"))
    tab = open_page("start")
    assert select(markup(tab), contains="Small") and tab.session_state["world"] == keys()["one"]
    assert "worlds" not in tab.session_state


def test_where_the_first_is_broken_a_bare_address_opens_the_next(served, open_page, markup):
    (served / "one" / "world.duckdb").unlink()
    tab = open_page("features")
    assert not tab.exception and tab.session_state["world"] == keys()["three"]


def test_several_stay_open_and_an_old_version_is_forgotten(served):
    one, _, two = worlds.listed()
    first, other = world.opened(one), world.opened(two)
    assert world.opened(one) is first and world.opened(two) is other
    old = weakref.ref(first)
    shutil.copyfile(served / "one" / "manifest.json", served / "again")
    (served / "again").replace(served / "one" / "manifest.json")
    assert world.opened(one) is not first and world.opened(two) is other
    del first
    gc.collect()
    assert old() is None


def test_judgements_stay_with_their_dictionaries(served, open_page, markup):
    tab = open_page("features", world=keys()["one"], feature="resid_0/3")
    world.judgements().label("Ada", "resid_0/3", "commas")  # of the first world
    assert select(markup(tab.run()), contains="commas")
    assert select(
        markup(open_page("features", world=keys()["three"], feature="resid_0/3")), contains="commas"
    )
    assert not select(
        markup(open_page("features", world=keys()["two"], feature="resid_0/3")), contains="commas"
    )


def test_what_is_said_of_a_behaviour_is_not_said_of_another_worlds(served, open_page, markup, monkeypatch):
    tab = open_page("behaviours", world=keys()["one"], behaviour=0)
    told = world.judgements()
    told.label("Ada", names.behaviour_target(0), "women speak")
    told.label("Ada", "resid_0/3", "commas")
    told.judge("Ada", "resid_0/3", "spurious", names.scope_of(summary()))
    assert "women speak" in markup(tab.run())
    other = open_page("behaviours", world=keys()["three"], behaviour=0)
    page = re.sub(r'<div class="lost">.*?</div>', "", markup(other))
    assert page != markup(other), "they are listed as of a behaviour that is not here"
    assert "women speak" not in page, "the same number and other contexts"
    monkeypatch.setattr(session, "world", lambda: keys()["three"])
    assert names.told_labels() == {"resid_0/3": "commas"}, "features are the same in both"
    assert world.judgements().mine("Ada", names.scope_of(summary())) == {}


def test_a_circuit_is_called_by_the_label_of_its_behaviour(served, open_page):
    tab = open_page("circuit", world=keys()["one"], circuit="behaviour-0")
    world.judgements().label("Ada", names.behaviour_target(0), "women speak")
    assert "women speak" in [box.proto.popover.label for box in tab.run().get("popover")]


def test_what_was_said_before_worlds_were_told_apart_counts_and_is_changed_in_its_place(served, open_page):
    open_page("behaviours", world=keys()["one"])
    told = world.judgements()
    told.label("Ada", "behaviour-0", "women speak")
    told.judge("Ada", "resid_0/3", "relevant", "behaviour-0")
    assert names.behaviour_labels() == {0: "women speak"}
    assert names.behaviour_target(0) == names.scope_of(summary()) == "behaviour-0"
    told.undo("Ada"), told.undo("Ada")
    assert names.behaviour_target(0).startswith("behaviour-0@")


def summary() -> CircuitSummary:
    return world.store().circuits.graph("behaviour-0").summary


def test_one_file_of_judgements_for_several_dictionaries_is_refused(served, open_page, markup, monkeypatch):
    monkeypatch.setenv("CIRCUIT_EXPLORER_JUDGEMENTS", str(served / "judgements.duckdb"))
    html = markup(open_page("features"))
    assert select(html, contains="give a folder") and "judgements.duckdb" in parse(html).text


def test_an_unknown_world_is_an_input_error(served):
    with pytest.raises(InputError, match="other dictionaries now"):
        worlds.find("one-00000000")
    with pytest.raises(InputError, match="not open here"):
        worlds.find("nothing")
    assert worlds.find("two").path == served / "two"


def test_each_world_has_a_worker(served, monkeypatch):
    made = {}
    for which in worlds.listed():
        monkeypatch.setattr(world, "current", lambda which=which: world.opened(which))
        made[which.name] = engine.worker()
        assert engine.worker() is made[which.name]
    assert len({*map(id, made.values())}) == 3

"""Bounds of what may be said, and what an organiser may do: rows are marked, never removed."""

from __future__ import annotations

from contextlib import closing

import pytest

from explorer_engine.errors import InputError
from explorer_engine.formats.judgement_lines import read_events, to_lines
from explorer_engine.store import pace
from explorer_engine.store.judgements import JudgementStore


@pytest.fixture
def store(tmp_path):
    with closing(JudgementStore(tmp_path / "judgements.duckdb")) as store:
        yield store


@pytest.mark.parametrize(
    ("target", "scope", "said"),
    [
        ("x" * 20_000_000, "", "20000000 characters long; use at most 100"),
        ("resid_0/" + "1" * 200, "", "characters long"),
        ("resid_0/one", "", "is not a feature"),
        ("nowhere/1", "", "is not a site"),
        ("<b>x</b>", "", "is not a feature"),
        ("two words", "", "is no target"),
        ("behaviour-1\n", "", "is no target"),
        ("resid_0/1", "c" * 201, "201 characters long; use at most 200"),
        ("resid_0/1", "c\x00", "do not print"),
    ],
)
def test_only_names_of_bounded_length_are_kept(store, target, scope, said):
    with pytest.raises(InputError, match=said) as told:
        store.judge("Ada", target, "spurious", scope)
    assert store.events() == () and len(str(told.value)) < 300


@pytest.mark.parametrize("target", ["resid_0/1", "embed/error", "behaviour-17@1f0c93ab", "classifier-job"])
def test_features_behaviours_and_circuits_can_be_spoken_of(store, target):
    store.label("Ada", target, "a name")
    assert store.labels()[target].text == "a name"


def test_nobody_is_faster_than_a_hand(tmp_path, monkeypatch):
    now = [100.0]
    monkeypatch.setattr(pace, "monotonic", lambda: now[0])
    monkeypatch.setattr(pace, "MOST_BY_ONE", 3)
    monkeypatch.setattr(pace, "MOST_BY_ALL", 5)
    with closing(JudgementStore(tmp_path / "judgements.duckdb", pace=True)) as store:
        for number in range(3):
            store.judge("Ada", f"embed/{number}", "spurious")
        with pytest.raises(InputError, match="too many statements in a minute"):
            store.judge("ada", "embed/9", "spurious")
        with pytest.raises(InputError, match="too many"):
            store.undo("Ada")
        for name in ("Bo", "Cy"):
            store.judge(name, "embed/1", "spurious")
        with pytest.raises(InputError, match="too many"):
            store.judge("Di", "embed/1", "spurious")
        now[0] += 61
        store.judge("Ada", "embed/9", "spurious")
        assert len(store.events()) == 6


def test_a_hidden_statement_is_kept_and_can_be_shown_again(store, tmp_path):
    first = store.judge("Ada", "embed/1", "relevant", "c")
    second = store.judge("Ada", "embed/1", "spurious", "c")
    label = store.label("Bo", "embed/1", "rude")
    assert store.moderation.hide("Org", [label.id, second.id]) == 2
    assert store.moderation.hide("Org", [label.id]) == 0
    assert store.labels() == {} and store.mine("Ada", "c") == {"embed/1": "relevant"}
    assert {first, second, label} <= set(store.events())
    assert store.undo("Bo") is None, "what is hidden is not theirs to take back"
    (tmp_path / "all.jsonl").write_text(to_lines(store.events()))
    with closing(JudgementStore(tmp_path / "other.duckdb")) as other:
        other.add_all(read_events(tmp_path / "all.jsonl"))
        assert other.labels() == {}
    assert store.moderation.show("Org", [label.id]) == 1
    assert store.labels()["embed/1"].text == "rude" and store.undo("Bo") == label
    with pytest.raises(InputError, match="statement 99: there is none"):
        store.moderation.hide("Org", [99])


def test_a_closed_name_says_nothing_more_until_it_is_opened(store):
    store.label("Bo", "embed/1", "rude")
    assert store.moderation.close("Org", "bo") and not store.moderation.close("Org", "Bo")
    for say in (lambda: store.label(" BO ", "embed/2", "more"), lambda: store.undo("Bo")):
        with pytest.raises(InputError, match="was closed by an organiser; choose another"):
            say()
    store.label("Ada", "embed/2", "fine")
    assert store.labels()["embed/1"].annotator == "Bo", "closing hides nothing by itself"
    assert store.moderation.of_person("Bo") == [1]
    assert store.undo("Org") is None, "moderating is no statement about a feature"
    assert store.moderation.open("Org", "Bo") and not store.moderation.open("Org", "Bo")
    assert store.label("Bo", "embed/2", "better").annotator == "Bo"

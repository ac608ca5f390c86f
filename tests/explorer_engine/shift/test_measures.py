"""One table of measures in a task's own words, and the values that go with it."""

from __future__ import annotations

from explorer_engine.shift.measures import Accuracies, Measure, Share, measures_of
from explorer_engine.shift.task import ClassifierTask
from explorer_engine.shift.values import Flip
from explorer_engine.sites import Site

TASK = ClassifierTask(
    "comments",
    Site("resid", 1),
    ("civil", "toxic"),
    ("dialect A", "dialect B"),
    label_name="Toxicity",
    attribute_name="Dialect",
)


def share(value: float) -> Share:
    return Share(value, value - 0.1, value + 0.1)


def test_measures_are_named_by_the_task() -> None:
    found = [(m.name, m.hint) for m in measures_of(TASK) if m.group is None]
    assert found == [("Toxicity", "↑"), ("Dialect", "→ 50"), ("Worst group", "↑")]
    groups = [m.name for m in measures_of(TASK) if m.group is not None]
    assert groups == ["dialect A civil", "dialect B civil", "dialect A toxic", "dialect B toxic"]


def test_every_measure_has_its_value() -> None:
    groups = (share(0.9), share(0.8), share(0.4), share(0.7))
    found = Accuracies(label=share(0.7), attribute=share(0.6), worst=share(0.4), groups=groups)
    assert [found.of(m) for m in measures_of(TASK)] == [share(0.7), share(0.6), share(0.4), *groups]
    assert share(0.5).percent == (50, 40, 60)


def test_names_inside_a_line_keep_their_abbreviations() -> None:
    assert [Measure("label", name).inline for name in ("Profession", "NER type", "iPhone", "X")] == [
        "profession", "NER type", "iPhone", "x",
    ]  # fmt: skip


def test_what_speaks_for_a_new_prediction() -> None:
    became_one = Flip(0, label=1, attribute=0, before=0.2, after=0.9, counts=(2.0, -1.0, 1.0))
    assert became_one.became_right and became_one.speaks == (1.0, 0.0, 0.5)
    became_zero = Flip(0, label=1, attribute=0, before=0.8, after=0.1, counts=(2.0, -1.0, 1.0))
    assert not became_zero.became_right and became_zero.speaks == (0.0, 1.0, 0.0)
    assert Flip(0, 0, 0, 0.8, 0.1).speaks == ()

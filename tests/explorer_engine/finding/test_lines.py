"""Lines that hold a word are those that a look at each finds."""

import random

from explorer_engine.finding.lines import Lines
from explorer_engine.finding.words import grade

TEXTS = ("", "Her “house”", "teacher", "a\nher b", "ünï her", "\ud800 odd", "herher")


def test_lines_that_hold_a_word() -> None:
    lines = Lines.of(TEXTS)
    assert lines.holding("her") == [1, 2, 3, 4, 6] and lines.holding("her", most=2) == [1, 2]
    assert lines.holding("ï") == [4] and lines.holding("") == [] and lines.holding("zebra") == []
    assert lines[3] == "a her b", "a line break would end it"
    found, grades = lines.graded("her")
    assert grades.tolist() == [grade(lines[line], "her") for line in found]
    assert Lines.of([]).holding("her") == []


def test_against_a_look_at_each_line() -> None:
    draw = random.Random(0)
    texts = ["".join(draw.choices("ab“ ", k=draw.randrange(8))) for _ in range(300)]
    lines = Lines.of(texts)
    for word in ("a", "ab", "“", "b a", "aab"):
        assert lines.holding(word) == [i for i, text in enumerate(texts) if word in text]

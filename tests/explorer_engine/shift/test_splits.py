"""Splitting labelled texts: groups alike where they must be, nothing twice, a clear error for too few."""

from __future__ import annotations

import pytest

from explorer_engine.errors import InputError
from explorer_engine.shift.splits import SplitSizes, draw_generic, draw_task

NAMES = ("male professor", "female professor", "male nurse", "female nurse")
SIZES = SplitSizes(training=100, development=40, test=20, generic=30)


def corpus(counts, others=0):
    """Labels and attributes with so many of the four groups, and some of other labels."""
    pairs = [(k // 2, k % 2) for k, n in enumerate(counts) for _ in range(n)]
    pairs += [(2 + k % 3, k % 2) for k in range(others)]
    return [a for a, _ in pairs], [b for _, b in pairs]


def groups(rows, label, attribute):
    return sorted((label[k], attribute[k]) for k in rows)


def test_the_probe_learns_where_label_and_attribute_agree_and_is_judged_where_all_groups_are_alike():
    label, attribute = corpus((200, 60, 60, 200), others=50)
    drawn = draw_task(label, attribute, SIZES, [0], NAMES)
    assert groups(drawn.ambiguous, label, attribute) == [(0, 0)] * 50 + [(1, 1)] * 50
    each = [(0, 0), (0, 1), (1, 0), (1, 1)]
    assert groups(drawn.balanced, label, attribute) == sorted(each * 10)
    assert groups(drawn.test, label, attribute) == sorted(each * 5)
    parts = [set(drawn.ambiguous), set(drawn.balanced), set(drawn.test)]
    assert len(set.union(*parts)) == sum(map(len, parts)), "no text is of two splits"


def test_fewer_of_the_rare_groups_make_all_splits_that_need_them_smaller():
    label, attribute = corpus((200, 6, 60, 200))
    drawn = draw_task(label, attribute, SIZES, [0], NAMES)
    assert (len(drawn.balanced), len(drawn.test), len(drawn.ambiguous)) == (16, 8, 100)


def test_where_some_rows_are_for_test_the_others_serve_everything_else():
    (label, attribute), (more, others) = corpus((60, 20, 20, 60)), corpus((9, 9, 7, 9))
    tested = [False] * len(label) + [True] * len(more)
    drawn = draw_task([*label, *more], [*attribute, *others], SIZES, [0], NAMES, tested)
    assert groups(drawn.test, [*label, *more], [*attribute, *others]) == groups(
        range(20), *corpus((5, 5, 5, 5))
    )
    assert all(tested[k] for k in drawn.test)
    assert not any(tested[k] for k in (*drawn.ambiguous, *drawn.balanced))
    assert (len(drawn.balanced), len(drawn.ambiguous)) == (40, 100)
    with pytest.raises(InputError, match="female professor 20 and 0 for test"):
        draw_task(label, attribute, SIZES, [0], NAMES, [False] * len(label))


def test_draws_differ_and_each_can_be_made_again():
    label, attribute = corpus((200, 60, 60, 200))
    first, again, other = (draw_task(label, attribute, SIZES, [0, k], NAMES) for k in (0, 0, 1))
    assert first == again
    assert set(first.test) != set(other.test)


def test_the_annotator_reads_all_labels_and_leaves_most_of_the_tasks_texts():
    label, attribute = corpus((20, 20, 20, 20), others=60)
    rows = draw_generic(label, attribute, SIZES, [0])
    assert {label[k] for k in rows} == {0, 1, 2, 3, 4}
    assert sum(label[k] in (0, 1) for k in rows) <= 80 / 5


def test_a_group_without_enough_texts_is_named_with_its_count():
    label, attribute = corpus((200, 1, 60, 200))
    with pytest.raises(InputError, match="female professor 1, male nurse 60"):
        draw_task(label, attribute, SIZES, [0], NAMES)

"""Words spelt much alike come first, and what is not alike does not come."""

from explorer_engine.finding.nearest import nearest

KNOWN = ("teacher", "teachers", "peach", "theater", "her", "x", "zebra")


def test_the_word_that_was_meant_comes_first() -> None:
    assert nearest("teecher", KNOWN)[0] == "teacher"
    assert "zebra" not in nearest("teecher", KNOWN)


def test_the_word_itself_and_single_letters_do_not_come() -> None:
    assert "teacher" not in nearest("teacher", KNOWN)
    assert nearest("xyz", ["x"]) == () and nearest("qqqq", KNOWN) == ()
    assert len(nearest("aaab", [f"aaa{c}" for c in "cdefghij"], limit=3)) == 3

"""Coefficients of agreement against values worked out by hand, and where they are not defined."""

from __future__ import annotations

import pytest

from explorer_engine.judging.agreement import agreed, alpha, disputed, kappa, pairs

THREE = {
    "a": {"Ada": "spurious", "Bo": "spurious", "Cy": "relevant"},
    "b": {"Ada": "relevant", "Bo": "relevant"},
    "c": {"Bo": "spurious", "Cy": "spurious"},
    "d": {"Ada": "spurious"},
}


def two(one: str, other: str) -> dict[str, dict[str, str]]:
    return {str(i): {"Ada": a, "Bo": b} for i, (a, b) in enumerate(zip(one, other, strict=True))}


def test_kappa_by_hand() -> None:
    # 20 yes-yes, 5 yes-no, 10 no-yes, 15 no-no: observed .7; by chance .5·.6 + .5·.4 = .5
    one, other = "y" * 25 + "n" * 25, "y" * 20 + "n" * 5 + "y" * 10 + "n" * 15
    assert kappa(one, other) == pytest.approx(0.4)
    assert kappa("yn", "ny") == pytest.approx(-1)
    assert kappa("yyn", "yyn") == 1


def test_kappa_is_not_defined_where_chance_explains_all() -> None:
    assert kappa("yy", "yy") is None and kappa("", "") is None


def test_alpha_by_hand() -> None:
    # Ten features, two people: coincidences 0-0 10, 0-1 4, 1-1 2; 14 zeros, 6 ones: 1 − 19·4/(14·6)
    found = alpha(two("0100000010", "1110010000"))
    assert found is not None and found.value == pytest.approx(1 - 19 * 4 / 84)
    # Of THREE: s-s 3, r-r 2, s-r 1; 4 of s, 3 of r; "d" was judged by one: 1 − 6·1/(4·3)
    found = alpha(THREE)
    assert found is not None and found.value == pytest.approx(0.5)


def test_alpha_is_not_defined_where_all_say_the_same_or_nobody_shares_a_feature() -> None:
    assert alpha(two("000", "000")) is None and alpha({}) is None
    assert alpha({"a": {"Ada": "0"}, "b": {"Bo": "1"}}) is None


def test_the_interval_holds_alpha_and_narrows_with_more_features() -> None:
    few, many = (alpha(two("0011" * n, "0010" * n)) for n in (3, 30))
    assert few is not None and many is not None
    assert few.low < few.value < few.high and many.low < many.value < many.high
    assert few.high - few.low > 2 * (many.high - many.low)
    assert alpha(two("0011", "0010")) == alpha(two("0011", "0010")), "the same votes, the same interval"
    always = alpha(two("0011", "0011"))
    assert always is not None and (always.low, always.value, always.high) == (1, 1, 1)


def test_shares_pairs_and_disputes() -> None:
    assert agreed(THREE) == pytest.approx(3 / 5)  # of a one pair of three, of b and c their one
    assert agreed({"d": THREE["d"]}) is None
    assert disputed(THREE) == ["a"]
    assert [(p.one, p.other, p.n, p.agreed) for p in pairs(THREE)] == [
        ("Ada", "Bo", 2, 1), ("Ada", "Cy", 1, 0), ("Bo", "Cy", 2, 0.5)
    ]  # fmt: skip
    assert [p.kappa for p in pairs(THREE)] == [1, 0, 0]

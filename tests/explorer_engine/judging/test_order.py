"""The queue: by effect, shuffled for each person and the same each time, or as the circuit has it."""

from __future__ import annotations

from explorer_engine.judging.order import coming, ordered
from explorer_engine.sites import FeatureRef

TOLD = [(FeatureRef.parse(f"resid_0/{i}"), effect) for i, effect in enumerate((0.1, -3.0, 2.0, 0.5))]
MORE = [(FeatureRef.parse(f"mlp_1/{i}"), 1.0) for i in range(40)]


def numbers(order, person=""):
    return [ref.index for ref in ordered(TOLD, order, person)]


def test_by_effect_and_as_the_circuit_lists_them() -> None:
    assert numbers("effect") == [1, 2, 3, 0] and numbers("circuit") == [0, 1, 2, 3]


def test_the_random_order_is_each_persons_own_and_stays() -> None:
    ada = ordered(MORE, "random", "Ada")
    assert ada == ordered(MORE[::-1], "random", "Ada") != ordered(MORE, "random", "Bo")
    assert sorted(map(str, ada)) == sorted(str(ref) for ref, _ in MORE)
    with_others = [ref for ref in ordered(MORE + TOLD, "random", "Ada") if ref in ada]
    assert with_others == ada, "features that come to the circuit change nothing of what was before"


def test_what_is_left_comes_from_where_one_is_and_then_from_the_beginning() -> None:
    five = list("abcde")
    assert coming(five, {"b"}, "c") == ["d", "e", "a"]
    assert coming(five, set("abde"), "c") == [] and coming(five, (), None) == five

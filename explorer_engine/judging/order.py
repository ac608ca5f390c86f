"""In which order the features of a circuit are judged, and which comes next."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from hashlib import sha256
from typing import Literal, get_args

from explorer_engine.sites import FeatureRef

__all__ = ["ORDERS", "Order", "coming", "ordered"]

Order = Literal["effect", "random", "circuit"]
"""By size of effect, largest first; shuffled for each person; as the circuit lists them."""
ORDERS: tuple[Order, ...] = get_args(Order)


def ordered(features: Sequence[tuple[FeatureRef, float]], order: Order, person: str) -> list[FeatureRef]:
    """Features with their effects, as the circuit lists them, in an order of judging.

    The random one hangs on the person's name and each feature alone: it stays the same, also when others are
    added to the circuit.
    """
    if order == "effect":
        return [ref for ref, _ in sorted(features, key=lambda told: -abs(told[1]))]
    refs = [ref for ref, _ in features]
    return (
        refs
        if order == "circuit"
        else sorted(refs, key=lambda ref: sha256(f"{person}\n{ref}".encode()).digest())
    )


def coming(order: Sequence[str], done: Collection[str], after: str | None) -> list[str]:
    """What is left to do, what stands behind `after` first, then from the beginning; `after` itself is not.

    None: from the beginning.
    """
    at = order.index(after) + 1 if after in order else 0
    return [target for target in (*order[at:], *order[:at]) if target not in done and target != after]

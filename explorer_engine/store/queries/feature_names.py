"""What features fire on, by which they are named where nobody has labelled them."""

from __future__ import annotations

from collections.abc import Iterable

from explorer_engine.sites import FeatureRef
from explorer_engine.store.connection import StoreReader

__all__ = ["top_tokens"]


def top_tokens(reader: StoreReader, refs: Iterable[FeatureRef]) -> dict[FeatureRef, tuple[str, ...]]:
    """Top tokens as text of those features that the store knows, in the order of `refs`."""
    numbers = {ref: number for ref in refs if (number := reader.number(str(ref.site), _index(ref))) >= 0}
    wanted = ", ".join(map(str, numbers.values())) or "NULL"
    found = dict(reader.rows(f"SELECT number, top_tokens FROM feature_row WHERE number IN ({wanted})"))
    return {ref: reader.text(found[number]) for ref, number in numbers.items() if number in found}


def _index(ref: FeatureRef) -> int:
    """−1 for an error node, which fires on nothing."""
    return -1 if isinstance(ref.index, str) else ref.index

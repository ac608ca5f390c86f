"""Hashes of texts: which were seen before, and a place between 0 and 1 that depends on the text alone."""

from __future__ import annotations

from hashlib import blake2b

__all__ = ["Seen", "place_of"]


def place_of(text: str, salt: str) -> float:
    """A number in [0, 1) that text and salt decide, even over texts."""
    return _number(f"{salt}/{text}") / 2**64


class Seen:
    """The texts met so far, each as 8 bytes."""

    def __init__(self) -> None:
        self._numbers: set[int] = set()

    def add(self, text: str) -> bool:
        """Remember a text; True when it is new."""
        before = len(self._numbers)
        self._numbers.add(_number(text))
        return len(self._numbers) > before


def _number(text: str) -> int:
    return int.from_bytes(blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big")

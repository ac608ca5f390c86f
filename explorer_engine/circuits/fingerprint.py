"""By which hashes a circuit knows the model and the dictionaries that its features are of."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Fingerprint"]


@dataclass(frozen=True)
class Fingerprint:
    """SHA-256 over names and contents of the files, as a world's manifest has it; None: not known."""

    model: str | None
    dictionaries: str | None

"""Where dictionaries lie: one place, or several joined by kind of site (`resid=PLACE attn=PLACE2`)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self, cast

from explorer_engine.errors import InputError
from explorer_engine.sites import KINDS, Kind, Site

__all__ = ["Places", "fixed_part"]

_KIND = re.compile(rf"(?:^|\s+)({'|'.join(KINDS)})=")


@dataclass(frozen=True)
class Places:
    """Places by kind of site, or one for all kinds."""

    of: Mapping[Kind | None, str]
    """None: of every kind."""

    @classmethod
    def parse(cls, text: str | Path) -> Self:
        """Raises InputError for a kind that is given twice or without a place."""
        text = str(text).strip()
        if not _KIND.match(text):
            return cls({None: text})
        _, *parts = _KIND.split(text)
        of: dict[Kind | None, str] = {}
        for name, place in zip(parts[::2], parts[1::2], strict=True):
            kind = cast("Kind", name)
            if kind in of or not place.strip():
                what = "is given twice" if kind in of else "has no place"
                raise InputError(f"dictionaries {text}: {kind} {what}: write {kind}=PLACE once")
            of[kind] = place.strip()
        return cls(of)

    def __str__(self) -> str:
        return " ".join(place if kind is None else f"{kind}={place}" for kind, place in self.of.items())

    def map(self, change: Callable[[str], str | Path]) -> Places:
        """With another place for each."""
        return Places({kind: str(change(place)) for kind, place in self.of.items()})

    @property
    def folders(self) -> dict[str, Path]:
        """Prefix of names of files → the folder or file they lie in: of each place what is before a `*`."""
        return {f"{kind}/" if kind else "": fixed_part(place) for kind, place in self.of.items()}

    def split(self, sites: Sequence[Site]) -> list[tuple[str, list[Site]]]:
        """Each place with those of `sites` that are looked for there, without places for none."""
        parts = [
            (place, [site for site in sites if kind in (None, site.kind)]) for kind, place in self.of.items()
        ]
        return [(place, some) for place, some in parts if some]


def fixed_part(place: str) -> Path:
    """The folder or file before the first part of a place with a `*`."""
    parts = Path(place).parts
    return Path(*parts[: next((i for i, part in enumerate(parts) if "*" in part), len(parts))])

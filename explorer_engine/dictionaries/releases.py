"""Names that SAELens gives to published dictionaries, and what it knows of them beside their files."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any

from explorer_engine.errors import InputError

__all__ = ["TABLE", "settings_of", "without_release"]

TABLE = Path(__file__).with_name("releases.json")
"""Made by `python -m precompute.releases`: places of releases, settings by repository, releases not read."""
_RELEASE = re.compile(r"saelens:(?P<name>[^@/]*)(?P<revision>@[^/]+)?(?P<inside>.*)", re.DOTALL)


@cache
def _table() -> Mapping[str, Any]:
    return json.loads(TABLE.read_text("utf-8"))


def without_release(place: str) -> str:
    """A place, `saelens:RELEASE` in it written as OWNER/NAME of the hub; what follows the release stays.

    Raises InputError for a release that is not known, or known and not read, and says why.
    """
    if not (asked := _RELEASE.fullmatch(place)):
        return place
    name, places, refused = asked["name"], _table()["places"], _table()["refused"]
    if why := next((why for why, names in refused.items() if name in names), None):
        raise InputError(f"{place}: {why}: use another release")
    if name not in places:
        near = get_close_matches(name, places, n=3, cutoff=0.3)
        known = f"nearest are {', '.join(near)}" if near else f"there are {', '.join(places)}"
        raise InputError(f"{place}: SAELens has no release {name!r}: {known}")
    owner, repository, *inside = places[name].split("/")
    return "/".join([owner, repository + (asked["revision"] or ""), *inside]) + asked["inside"]


def settings_of(file: Path) -> Mapping[str, Any]:
    """Settings, beside those in its files, of a dictionary below a folder with its repository's name."""
    settings = _table()["settings"]
    parts = (part.rpartition("--")[2] for part in file.absolute().parts)
    return next((settings[part] for part in parts if part in settings), {})

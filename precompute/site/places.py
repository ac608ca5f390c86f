"""Where each page and file of a site lies, and how a page links to another: names that any host serves."""

from __future__ import annotations

import hashlib
import re

from explorer_engine.sites import FeatureRef

__all__ = ["BEHAVIOURS", "CIRCUITS", "FEATURES", "INDEX", "STYLE", "behaviour", "circuit", "feature", "link"]

INDEX, STYLE = "index.html", "site.css"
BEHAVIOURS, CIRCUITS, FEATURES = "behaviours/index.html", "circuits/index.html", "features/index.html"
_PLAIN = re.compile(r"[a-z0-9][a-z0-9_-]{0,99}")
"""Names that are the same on every disk and in every address."""


def behaviour(id: int, ending: str = ".html") -> str:
    """A behaviour's page, or one of its files."""
    return f"behaviours/{id}{ending}"


def circuit(id: str, ending: str = ".html") -> str:
    """A circuit's page, or one of its files; an id that is no plain name is told by its hash."""
    plain = _PLAIN.fullmatch(id) and id != "index"
    name = id if plain else f"circuit-{hashlib.sha256(id.encode()).hexdigest()[:16]}"
    return f"circuits/{name}{ending}"


def feature(ref: FeatureRef, ending: str = ".html") -> str:
    """A feature's page, or one of its files."""
    return f"features/{ref.site}/{ref.index}{ending}"


def link(page: str, to: str) -> str:
    """The address of `to` as it stands on `page`: relative, so that the site may lie anywhere."""
    return "../" * page.count("/") + to

"""The table of pages: to add one, add a folder and a line here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import streamlit as st

from app.address import View, href, page_of
from app.behaviours.view import BehavioursView
from app.circuit.view import CircuitView
from app.compare.view import CompareView
from app.features.view import FeaturesView
from app.find.view import FindView
from app.judge.view import JudgeView
from app.shift.view import ShiftView
from app.start.view import StartView
from explorer_engine.errors import InputError

__all__ = ["APP", "PAGES", "Page", "go"]

APP = Path(__file__).parent


@dataclass(frozen=True)
class Page:
    """A page: its folder under app/ holds page.py, which is run, and style.css."""

    view: type[View]
    """What its address can say; `view.PAGE` names the folder and the address."""
    title: str
    """In the navigation."""
    keys: Mapping[str, str] = field(default_factory=dict)
    """Key → what it does there; keys that do much the same stand together, between commas."""

    @property
    def name(self) -> str:
        """Name of the folder, and the path of the address."""
        return self.view.PAGE

    @property
    def script(self) -> str:
        """The file that is run, below app/."""
        return f"{self.name}/page.py"

    @property
    def style(self) -> Path:
        """The page's style sheet."""
        return APP / self.name / "style.css"


def _walk(thing: str) -> dict[str, str]:
    return {"J, K": f"the next, the previous {thing}"}


_LIST = {"↑, ↓, Home, End": "through a list that is focused"}
_LABEL = {"L": "write a label"}
_JUDGING = {"S, D, F": "spurious, relevant, unsure", **_LABEL, "Z": "undo"}

PAGES = (
    Page(StartView, "Start"),
    Page(FindView, "Find", _LIST),
    Page(BehavioursView, "Behaviours", _walk("behaviour") | _LIST | _LABEL),
    Page(
        CircuitView,
        "Circuit",
        {"J, K": "the next weaker, stronger node", "↑, ↓": "along the strongest edge", "←, →": "beside it"}
        | _JUDGING,
    ),
    Page(
        CompareView,
        "Compare",
        {"J, K": "the next, the previous node", "X": "swap A and B", "↑, ↓": "along the strongest edge"}
        | {"←, →": "beside it; in the matrix, arrows go from cell to cell"},
    ),
    Page(FeaturesView, "Features", _walk("feature") | _LIST | _LABEL),
    Page(
        JudgeView,
        "Judge",
        {"J, Shift+J": "the next, the previous feature", "N": "the next that you have not judged"}
        | {"K": "skip"}
        | _JUDGING,
    ),
    Page(ShiftView, "SHIFT", _walk("feature") | {"N": "the next that is not judged"} | _JUDGING),
)
"""In the order of the navigation; the first is where the app opens."""


def go(target: View | str) -> None:
    """Open another view (or an address made by `href`) without reloading the page; ends the run."""
    parts = urlsplit(target if isinstance(target, str) else href(target))
    name = page_of(parts.path)
    page = next((page for page in PAGES if page.name == name), None)
    if page is None:
        known = ", ".join(page.name for page in PAGES)
        raise InputError(f"{parts.path!r} is not a page of this app: expected one of {known}")
    st.switch_page(page.script, query_params=dict(parse_qsl(parts.query)))

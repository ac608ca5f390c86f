"""The one place that turns view state into a URL and back: every view is an address.

The URL owns the state: a page reads its view with `read`, a widget's callback changes it with `update`,
links to any view are made with `href`. Values equal to their default are left out, so addresses stay short.
Every address ends with the world that it is of.

A browser sends its address with every click, also one that was replaced a moment ago and whose successor is
on its way: two quick clicks, or a click and a timer. A new address always runs the whole app (`arrived`); a
click within a page never brings one, so the page keeps the view it had.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import NoneType, UnionType
from typing import Any, ClassVar, TypeVar, Union, get_args, get_origin, get_type_hints
from urllib.parse import urlencode

import streamlit as st
from streamlit.components import v2

from app import session
from app.shared.scripts import scripts
from explorer_engine.errors import InputError
from explorer_engine.sites import FeatureRef

__all__ = [
    "HOME",
    "WORLD",
    "View",
    "arrived",
    "base",
    "forget",
    "href",
    "page_of",
    "parse",
    "query",
    "read",
    "redraw",
    "update",
    "write",
]


@dataclass(frozen=True)
class View:
    """State of a page that belongs in its address. Subclasses name the page."""

    PAGE: ClassVar[str] = ""


HOME = "start"
"""The page at the root."""
WORLD = "world"
"""The parameter that says of which world an address is: a key of `worlds.Listed`."""
V = TypeVar("V", bound=View)


def _encode(value: Any) -> str:
    match value:
        case bool():
            return "yes" if value else "no"
        case tuple():
            return ",".join(value)
        case float():
            return f"{value:.6g}"
    return str(value)


def _decode(name: str, text: str, kind: Any) -> Any:
    """One parameter's text as its field's type; InputError when it has another form."""
    named = [part for part in get_args(kind) if part is not NoneType] if _optional(kind) else [kind]
    target = named[0]
    if target is str:
        return text
    if target is FeatureRef:
        return FeatureRef.parse(text)
    if get_origin(target) is tuple:
        return tuple(part for part in text.split(",") if part)
    try:
        if target is bool:
            return {"yes": True, "no": False}[text]
        value = target(text)
        if abs(value) < 2**63:  # finite, and a whole number that a store can look for
            return value
    except (KeyError, ValueError):
        pass
    raise InputError(f"the address says {name}={text!r}, which cannot be read: remove it or correct it")


def _optional(kind: Any) -> bool:
    return get_origin(kind) in (Union, UnionType) and NoneType in get_args(kind)


def query(view: View) -> dict[str, str]:
    """The query parameters of a view, defaults left out."""
    out = {}
    for field in dataclasses.fields(view):
        value = getattr(view, field.name)
        if value != field.default:
            out[field.name] = _encode(value)
    return out


def parse(kind: type[V], parameters: Mapping[str, str]) -> V:
    """The view that `query` gave; unknown parameters are ignored, unreadable values raise InputError."""
    hints = get_type_hints(kind)
    fields = {f.name for f in dataclasses.fields(kind)}
    return kind(**{k: _decode(k, v, hints[k]) for k, v in parameters.items() if k in fields})


def base() -> str:
    """The path that the app is served below (`--server.baseUrlPath`): `/explorer`; empty at the root."""
    path = str(st.get_option("server.baseUrlPath") or "").strip("/")
    return f"/{path}" if path else ""


def href(view: View, world: str | None = None) -> str:
    """The address of a view on this server: `/circuit?circuit=pairs-3&world=demo-a8f6b1d2`; Start is `/`.

    `world` is a key of another world than the one that the session looks at.
    """
    parameters = query(view) | _of_world(world or session.world())
    path = f"{base()}/{'' if view.PAGE == HOME else view.PAGE}"
    return path + (f"?{urlencode(parameters)}" if parameters else "")


def _of_world(key: str | None) -> dict[str, str]:
    return {WORLD: key} if key else {}


def page_of(path: str) -> str:
    """The page that the path of an address made by `href` names."""
    return path.removeprefix(base()).strip("/") or HOME


_REPLACE = scripts(__file__, "address.js")


def _last(kind: type[V]) -> V | None:
    return _views().get(kind.PAGE)


def _views() -> dict[str, Any]:
    """The last view of each page in this world."""
    return session.here().setdefault("views", {})


def _says_nothing(kind: type[View], parameters: Mapping[str, str]) -> bool:
    """Bare, or left over from another page: Streamlit's history holds such addresses between two pages."""
    return not {f.name for f in dataclasses.fields(kind)} & parameters.keys()


def arrived() -> None:
    """The whole app runs: what the browser's address says is what its next page shows."""
    st.session_state.arrived = True


def read(kind: type[V], complete: Callable[[V], V] = lambda view: view) -> V:
    """The view the browser's address asks for; one that says nothing brings back the page's last view.

    `complete` adds what an address should say so that others see the same. The browser's address is completed
    then, where it said nothing, and where it lacks the world.
    """
    parameters = st.query_params.to_dict()
    last = _last(kind)
    within = not st.session_state.pop("arrived", False)
    back = last is not None and dataclasses.fields(kind) and _says_nothing(kind, parameters)
    said = last if last is not None and (within or back) else parse(kind, parameters)
    view = complete(said)
    incomplete = back or view != said or (session.world() is not None and WORLD not in parameters)
    path = f"{base()}/{'' if kind.PAGE == HOME else kind.PAGE}".rstrip("/")
    seen = f"{path}?{urlencode(parameters)}" if incomplete else None
    v2.component("address", js=_REPLACE)(
        key=f"address-{kind.PAGE}", data={"href": href(view), "seen": seen}, height=1
    )
    _views()[kind.PAGE] = view
    return view


def forget(kind: type[View]) -> None:
    """Let the page start afresh: its last view turned out to be of something that is not there."""
    _views().pop(kind.PAGE, None)


def write(view: View) -> None:
    """Put a view into the browser's address, and remember it."""
    _views()[view.PAGE] = view
    wanted = query(view) | _of_world(session.world())
    if st.query_params.to_dict() != wanted:
        st.query_params.from_dict(wanted)


def update(kind: type[V], **changes: Any) -> V:
    """Change some fields of the view that the page shows, for callbacks."""
    view = dataclasses.replace(_last(kind) or kind(), **changes)
    write(view)
    return view


def redraw(kind: type[View]) -> None:
    """Run the whole app again, at the view that its page shows; ends the run."""
    shown = _last(kind)
    if shown is not None:
        write(shown)
    st.rerun()

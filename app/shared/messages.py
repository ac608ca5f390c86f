"""Pages that have nothing to show: what was looked for, why it is not there, and what to do."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from app import address
from app.discreet import discreet
from app.shared.clickable import clickable
from app.shared.html import Html, joined
from app.shared.text import head, link
from app.start.view import StartView
from app.worlds import Listed
from explorer_engine.errors import InputError
from explorer_engine.store.artefacts import ArtefactStore
from explorer_engine.world.world import recorded_commands

__all__ = ["command", "message", "no_world", "other_world", "unknown", "unreadable", "without"]


def command(text: str) -> Html:
    """A command with “copy” beside it."""
    return Html(
        '<span class="command" title="copy" role="button" tabindex="0" data-act="copy" data-value="{}">'
        "<code>{}</code><i>copy</i></span>"
    ).format(text, text)


def no_world(which: Listed, why: str, known: Sequence[Listed]) -> None:
    """No world, or a damaged one: what was looked for, what is wrong, and what can be done."""
    commands = recorded_commands(which.path)
    found = which.path.is_dir() and any(which.path.iterdir())
    why = discreet(why)
    title = "This world cannot be opened" if found else "No world found"
    with st.container(key="empty"):
        clickable(
            Html('<div class="title">{}</div><p class="lead">{}</p>').format(title, why)
            + (head("How its parts were made", "by what its store records") if commands else "")
            + joined(Html("<p>{} {}</p>").format(part, command(text)) for part, text in commands.items())
            + _others([world for world in known if world != which])
            + head("Open another", "")
            + command("streamlit run app/main.py -- --world DIR")
            + Html(
                '<p class="lead small">A world is a folder with a model, its dictionaries and what '
                "was computed from them. Judgements are kept in a file of their own; none of this touches "
                "them.</p>"
            ),
            "no-world",
        )
        st.button("Look again", key="look_again", type="primary")


def other_world(why: str, known: Sequence[Listed]) -> None:
    """The address is of a world that is not open here: which are, and how that one is opened."""
    why = discreet(why)
    with st.container(key="empty"):
        clickable(
            Html('<div class="title">This world is not open here</div><p class="lead">{}</p>').format(why)
            + _others(known)
            + head("Open it", "")
            + command("streamlit run app/main.py -- --world DIR --world DIR"),
            "other-world",
        )


def _others(known: Sequence[Listed]) -> Html:
    """Links to worlds."""
    links = joined(
        Html("<p>{}</p>").format(link(world.name, address.href(StartView(), world.key))) for world in known
    )
    return head("Open here") + links if known else Html("")


def without(store: ArtefactStore, what: str, artefact: str) -> str:
    """That a world holds none of something, and the command that makes it where the world records one."""
    makes = store.start.command(artefact)
    return f"This world holds no {what}" + (f"; `{makes}` makes it." if makes else ".")


def message(title: str, text: str) -> None:
    """Something is not as it should be, and the page cannot help it."""
    text = text if isinstance(text, Html) else discreet(text)
    with st.container(key="empty"):
        clickable(Html('<div class="title">{}</div><p class="lead">{}</p>').format(title, text), "message")


def unknown(title: str, why: str, ways: list[tuple[str, address.View]]) -> None:
    """The address names something that is not in this world: say so, and offer ways on."""
    why = discreet(why)
    for _, view in ways:
        address.forget(type(view))  # or a bare address would bring back what is not there
    links = joined(Html("<p>{}</p>").format(link(text, address.href(view))) for text, view in ways)
    with st.container(key="empty"):
        clickable(
            Html('<div class="title">{}</div><p class="lead">{}</p>{}').format(title, why, links), "unknown"
        )


def unreadable(error: InputError, way_on: tuple[str, address.View]) -> None:
    """The address asks for something that cannot be read or is not there."""
    unknown("Not found in this world", str(error), [way_on, ("Start", StartView())])

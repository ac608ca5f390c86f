"""Judge: a circuit's features one at a time, by single keys, blind until one decides; then who agrees."""

from __future__ import annotations

import streamlit as st

from app import address, world
from app.judge import agreement, toolbar
from app.judge.desk import desk
from app.judge.screen import completed, screen
from app.judge.view import JudgeView
from app.operations.metrics import measured
from app.shared import labelling, messages
from explorer_engine.errors import InputError

View = JudgeView


@st.fragment
@measured(View.PAGE)
def page() -> None:
    """Everything below the header: a judgement reruns only this."""
    try:
        shown = screen(address.read(View, completed))
    except InputError as error:
        messages.unknown("This circuit cannot be judged", str(error), [("Judge", View())])
        return
    if shown is None:
        said = messages.without(world.store(), "circuit, so there is no feature to judge", "circuits")
        messages.message("Nothing to judge", said)
        return
    labelling.show_told()
    toolbar.bar(shown)
    if shown.view.part == "agreement":
        agreement.tab(shown)
        return
    labelling.closed()
    try:
        desk(shown)
    except InputError as error:
        messages.unknown("This feature cannot be shown", str(error), [("Judge", View(shown.view.circuit))])


page()

"""Page set-up and navigation: `streamlit run app/main.py`."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
if str(ROOT) not in sys.path:  # streamlit puts app/ there; the packages are one folder up
    sys.path.insert(0, str(ROOT))

import streamlit as st  # noqa: E402

from app import address, session, world  # noqa: E402
from app.address import HOME, WORLD  # noqa: E402
from app.pages import PAGES  # noqa: E402
from app.shared import header  # noqa: E402
from explorer_engine.errors import InputError  # noqa: E402

ICONS = ROOT / "assets" / "icons"

st.set_page_config(page_title="Circuit Explorer", page_icon=str(ICONS / "mark.svg"), layout="wide")
header.styles()
st.logo(str(ICONS / "logo.svg"), size="small")
opened = st.navigation(
    [st.Page(page.script, title=page.title, url_path=page.name, default=page.name == HOME) for page in PAGES],
    position="top",
)
address.arrived()
session.enter(st.query_params.get(WORLD) or session.world() or world.first().key)
header.bar(next(page for page in PAGES if page.title == opened.title))
try:
    opened.run()
except InputError as error:  # the world went away or broke while it was open
    world.broke(error)

"""Page set-up and navigation: `streamlit run app/main.py`."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
if str(ROOT) not in sys.path:  # streamlit puts app/ there; the packages are one folder up
    sys.path.insert(0, str(ROOT))

import streamlit as st  # noqa: E402

from app import settings  # noqa: E402
from app.components import header, states  # noqa: E402
from explorer_engine.errors import InputError  # noqa: E402

ICONS = ROOT / "assets" / "icons"
PAGES = {
    "start": "Start",
    "behaviours": "Behaviours",
    "circuit": "Circuit",
    "features": "Features",
    "shift": "SHIFT",
}

st.set_page_config(page_title="Circuit Explorer", page_icon=str(ICONS / "mark.svg"), layout="wide")
header.styles()
st.logo(str(ICONS / "logo.svg"), size="small")
page = st.navigation(
    [
        st.Page(f"views/{name}.py", title=title, url_path=name, default=name == "start")
        for name, title in PAGES.items()
        if (ROOT / "app" / "views" / f"{name}.py").exists()
    ],
    position="top",
)
header.bar()
try:
    page.run()
except InputError as error:  # the world went away or broke while it was open
    states.no_world(settings.world_path(), str(error))

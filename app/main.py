"""Page set-up and navigation: `streamlit run app/main.py`."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
if str(ROOT) not in sys.path:  # streamlit puts app/ there; the packages are one folder up
    sys.path.insert(0, str(ROOT))

import streamlit as st  # noqa: E402

from app.components import header  # noqa: E402

ICONS = ROOT / "assets" / "icons"

st.set_page_config(page_title="Circuit Explorer", page_icon=str(ICONS / "mark.svg"), layout="wide")
header.styles()
st.logo(str(ICONS / "logo.svg"), size="small")
page = st.navigation(
    [
        st.Page("views/start.py", title="Start", url_path="start", default=True),
        st.Page("views/behaviours.py", title="Behaviours", url_path="behaviours"),
        st.Page("views/circuit.py", title="Circuit", url_path="circuit"),
        st.Page("views/features.py", title="Features", url_path="features"),
        st.Page("views/shift.py", title="SHIFT", url_path="shift"),
    ],
    position="top",
)
header.bar()
page.run()

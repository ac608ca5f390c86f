"""For every test: what a test of the app leaves behind is put back."""

from __future__ import annotations

import sys

_MAIN = sys.modules["__main__"]


def pytest_runtest_setup() -> None:
    """Streamlit makes the app's script the main module, which workers that are started later would run."""
    sys.modules["__main__"] = _MAIN

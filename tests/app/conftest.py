"""The shipped world for the page tests, judgements in a file of their own, and one running page a test."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from app import worlds
from explorer_engine.store.artefacts import ArtefactStore

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def world_dir() -> Path:
    """The world that ships with the project, or the one the environment names."""
    return Path(os.environ.get("CIRCUIT_EXPLORER_WORLDS") or ROOT / "assets" / "demo")


@pytest.fixture(autouse=True)
def fresh_stores(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Each test starts with empty judgements and nothing cached."""
    monkeypatch.setenv("CIRCUIT_EXPLORER_JUDGEMENTS", str(tmp_path / "judgements.duckdb"))
    monkeypatch.setattr("sys.argv", ["streamlit"])
    st.cache_resource.clear()
    st.cache_data.clear()
    yield
    st.cache_resource.clear()
    st.cache_data.clear()


@pytest.fixture
def open_page() -> Callable[..., AppTest]:
    """`open_page("behaviours", behaviour=3)`: the page as a browser with that address would see it.

    `tab`: the browser's tab that another page was opened in; default: a new one.
    """

    def run(page: str, /, tab: AppTest | None = None, **parameters: object) -> AppTest:
        at = tab or AppTest.from_file(str(ROOT / "app" / "main.py"), default_timeout=60)
        if tab is None:
            at.run()
        at.switch_page(f"{page}/page.py")
        at.query_params.clear()
        for name, value in parameters.items():
            at.query_params[name] = str(value)
        at.run()
        return at

    return run


@pytest.fixture
def markup() -> Callable[[AppTest], str]:
    """All HTML that a page sent, surfaces and the card to judge included."""

    def collect(at: AppTest) -> str:
        plain = [element.proto.body for element in at.get("html")]
        sent = [json.loads(element.proto.json or "{}") for element in at.get("bidi_component")]
        surfaces = [data.get("html", "") for data in sent]
        cards = [json.loads(data["desk"])["cards"][0]["html"] for data in sent if "desk" in data]
        return "\n".join(plain + surfaces + cards)

    return collect


@pytest.fixture
def of_world() -> Callable[[str], str]:
    """`of_world("/features")`: the address of a page without a view, in the only world."""
    return lambda path: f"{path}?world={worlds.listed()[0].key}"


@pytest.fixture
def store(world_dir: Path) -> ArtefactStore:
    """The same world's store, to ask it what a page should show."""
    return ArtefactStore(world_dir / "world.duckdb")

"""A running app, a Chromium, and pages that fail on console errors and requests leaving the machine."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SHOTS = Path(__file__).parent / "shots"
CHROMIUM = os.environ.get("CHROMIUM") or next(
    filter(
        None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable"))
    ),
    None,
)
ARGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
HOW = (
    "no Chromium found: install one (Debian/Ubuntu: apt-get install chromium; elsewhere: "
    "python -m playwright install chromium and set CHROMIUM to its path)"
)
# On a deep link Streamlit looks for its server below the page's path first; these two answers are expected.
EXPECTED_404 = ("_stcore/health", "_stcore/host-config")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every test in this folder drives a browser; without one it is skipped with a way to get one."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)
            if not CHROMIUM and os.environ.get("CI") != "true":
                item.add_marker(pytest.mark.skip(reason=HOW))


def _free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def _wait(server: subprocess.Popen[bytes], url: str, log: Path) -> None:
    end = time.monotonic() + 60
    while True:
        assert server.poll() is None and time.monotonic() < end, log.read_text("utf-8")
        try:
            with urllib.request.urlopen(f"{url}/_stcore/health", timeout=1) as answer:
                if answer.read() == b"ok":
                    return
        except OSError:
            time.sleep(0.1)


@contextmanager
def serve(
    folder: Path, path: str = "", script: str = "app/main.py", options: Sequence[str] = ()
) -> Iterator[str]:
    """The app as `streamlit run app/main.py` starts it, with no judgements yet; no traceback in its log.

    `path` is what it is served below; the address that is given ends with it.
    """
    log, port = folder / "server.log", _free_port()
    environment = {**os.environ, "CIRCUIT_EXPLORER_JUDGEMENTS": str(folder / "judgements")}
    command = [sys.executable, "-m", "streamlit", "run", script]
    command += ["--server.port", str(port), "--server.headless", "true", "--server.baseUrlPath", path]
    command += options
    with log.open("wb") as out:
        server = subprocess.Popen(command, cwd=ROOT, stdout=out, stderr=subprocess.STDOUT, env=environment)
    url = f"http://localhost:{port}/{path}".rstrip("/")
    try:
        _wait(server, url, log)
        yield url
    finally:
        server.terminate()
        try:
            server.wait(10)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()
    said = log.read_text("utf-8")
    assert "Traceback" not in said, said[-4000:]


@pytest.fixture(scope="session")
def app_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The one server of most tests."""
    with serve(tmp_path_factory.mktemp("server")) as url:
        yield url


@pytest.fixture(scope="session")
def browser():
    """One Chromium for all tests."""
    if not CHROMIUM:
        pytest.fail(HOW)
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=15_000)

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGS)
        yield chromium
        chromium.close()


class Watch:
    """What a page must not do: complain on the console, throw, or ask another machine for anything."""

    def __init__(self, page, complaints: tuple[str, ...]) -> None:
        self.found: list[str] = []
        self._complaints = complaints
        page.on("pageerror", lambda error: self.found.append(f"page error: {error}"))
        page.on("console", self._console)
        page.on("request", self._request)

    def _console(self, message) -> None:
        expected = any(part in (message.location or {}).get("url", "") for part in EXPECTED_404)
        expected |= any(part in message.text for part in self._complaints)
        if message.type == "error" and not expected:
            self.found.append(f"console: {message.text}")

    def _request(self, request) -> None:
        if not request.url.startswith(("http://localhost:", "ws://localhost:", "data:", "blob:")):
            self.found.append(f"request leaving the machine: {request.url}")


@pytest.fixture
def shots() -> Path:
    """Where pictures are kept: the folder is made, git does not look at it."""
    SHOTS.mkdir(exist_ok=True)
    return SHOTS


@pytest.fixture
def open_tab(browser, request, shots):
    """`open_tab(theme="dark", size=(1280, 800))`: a watched tab; its last state is kept as a picture.

    `complaints` are parts of console errors that the test provokes.
    """
    tabs = []

    def make(theme: str = "light", size: tuple[int, int] = (1280, 800), complaints: tuple[str, ...] = ()):
        context = browser.new_context(viewport={"width": size[0], "height": size[1]}, color_scheme=theme)
        context.set_default_timeout(15_000)
        page = context.new_page()
        tabs.append((context, page, Watch(page, complaints)))
        return page

    yield make
    found = []
    for i, (context, page, watch) in enumerate(tabs):
        page.screenshot(path=shots / f"{request.node.name.replace('/', '_')}{f'_{i}' if i else ''}.png")
        context.close()
        found += watch.found
    assert not found, "\n".join(found)


@pytest.fixture
def page(open_tab):
    """A watched tab in the light theme, 1280×800."""
    return open_tab()

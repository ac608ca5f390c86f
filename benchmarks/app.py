"""`python -m benchmarks.app`: many people on the app at once, each a click every two seconds.

The app runs as it is started by hand, in a process of its own; each person is a connection that speaks the
browser's protocol: it opens a page, clicks rows that lead to another view of that page, and counts the time
until the server has sent all that the click changes. What a browser does with it is not in the figures. Held
against 250 ms for 95 % of the clicks with thirty people. `--world` is one that `benchmarks.large_world` kept,
or any other.
"""

from __future__ import annotations

import argparse
import asyncio
import html
import json
import os
import random
import re
import statistics
import tempfile
import time
from pathlib import Path

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect

from tests.browser.conftest import serve

ALLOWED, BETWEEN = 0.25, 2.0
"""Seconds within which 95 % of the clicks must be answered, and from one click of a person to the next."""
FIRST = 5
"""Clicks of each person that stand apart: what is shown for the first time is made then, and kept for all."""
PAGES = ("behaviours", "features", "circuit")
_ROW = re.compile(r'class="row[^>]*data-act="(?!go|world|copy)(\w+)"[^>]*data-value="([^"]*)"')
_TRIGGER = "$$STREAMLIT_INTERNAL_KEY_{}__events"
"""The widget that a component's clicks arrive at, as Streamlit's own script names it."""


class Person:
    """One connection: what its page shows that can be clicked."""

    def __init__(self, line: ClientConnection, page: str) -> None:
        self._line, self._page, self._query = line, page, ""
        self._rows: dict[str, tuple[str, list[tuple[str, str]]]] = {}
        self._seen: dict[str, ForwardMsg] = {}

    async def open(self) -> float:
        """Seconds until the page is there."""
        return await self._run(BackMsg())

    async def click(self, draw: random.Random) -> float:
        """Seconds until a click on any row of any list is answered."""
        component = draw.choice(sorted(name for name, (_, rows) in self._rows.items() if rows))
        fragment, rows = self._rows[component]
        act, value = draw.choice(rows)
        message = BackMsg()
        message.rerun_script.fragment_id = fragment
        for known in self._rows:  # components send their state with every click; these have none
            message.rerun_script.widget_states.widgets.add(id=known, json_value="{}")
        told = {"act": act, "value": html.unescape(value), "at": time.perf_counter()}
        trigger = message.rerun_script.widget_states.widgets.add(id=_TRIGGER.format(component))
        trigger.json_trigger_value = json.dumps([{"event": "act", "value": told}])
        return await self._run(message)

    async def _run(self, message: BackMsg) -> float:
        message.rerun_script.page_name, message.rerun_script.query_string = self._page, self._query
        begun = time.perf_counter()
        await self._line.send(message.SerializeToString())
        while True:
            heard = self._heard(await self._line.recv())
            kind = heard.WhichOneof("type")
            if kind == "page_info_changed":
                self._query = heard.page_info_changed.query_string
            elif kind == "delta":
                self._drawn(heard)
            elif kind == "script_finished":
                return time.perf_counter() - begun

    def _heard(self, raw: str | bytes) -> ForwardMsg:
        """A message; one that was sent before comes as its hash alone."""
        assert isinstance(raw, bytes)
        heard = ForwardMsg.FromString(raw)
        if heard.WhichOneof("type") == "ref_hash":
            return self._seen[heard.ref_hash]
        if heard.hash:
            self._seen[heard.hash] = heard
        return heard

    def _drawn(self, heard: ForwardMsg) -> None:
        element = heard.delta.new_element
        if element.WhichOneof("type") == "bidi_component":
            shown = json.loads(element.bidi_component.json or "{}") or {}
            rows = _ROW.findall(str(shown.get("html", "")))
            self._rows[element.bidi_component.id] = (heard.delta.fragment_id, rows)


def main() -> None:
    """Print what each page's clicks took."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.app", description=__doc__)
    parser.add_argument("--world", type=Path, default=Path("assets/demo"), help="(%(default)s)")
    parser.add_argument("--people", type=int, nargs="+", default=[4, 30], help="(%(default)s)")
    parser.add_argument("--clicks", type=int, default=20, help="of each person (%(default)s)")
    args = parser.parse_args()
    os.environ["CIRCUIT_EXPLORER_WORLDS"] = str(args.world.resolve())
    columns = f"{'page':12}{'clicks':>7}{'median ms':>11}{'95 % ms':>9}"
    print(f"{columns}{f'95 % / {1000 * ALLOWED:.0f} ms':>16}{'load':>6}")
    for n in args.people:
        with tempfile.TemporaryDirectory() as folder, serve(Path(folder)) as url:
            asyncio.run(_warm(url))
            found = asyncio.run(_all(url, n, args.clicks))
        print(f"{n:6} people, pages open after {statistics.median(first for _, first, _ in found):.2f} s")
        _row("all, first", [t for _, _, clicks in found for t in clicks[:FIRST]])
        for page in PAGES[:n]:
            _row(page, [t for name, _, clicks in found if name == page for t in clicks[FIRST:]])
        _row("all", [t for _, _, clicks in found for t in clicks[FIRST:]])


def _row(name: str, seconds: list[float]) -> None:
    taken = sorted(1000 * t for t in seconds)
    high = taken[int(0.95 * (len(taken) - 1))]
    figures = f"{len(taken):7}{statistics.median(taken):11.0f}{high:9.0f}{high / 1000 / ALLOWED:16.2f}"
    print(f"{name:12}{figures}{os.getloadavg()[0]:6.1f}")


async def _warm(url: str) -> None:
    """Each page once, so that the server has imported and opened what it needs."""
    for page in PAGES:
        async with _line(url) as line:
            await Person(line, page).open()


async def _all(url: str, people: int, clicks: int) -> list[tuple[str, float, list[float]]]:
    return await asyncio.gather(*(_person(url, i, people, clicks) for i in range(people)))


async def _person(url: str, number: int, people: int, clicks: int) -> tuple[str, float, list[float]]:
    """The page, seconds until it was there, and those of each click."""
    draw, page = random.Random(number), PAGES[number % len(PAGES)]
    await asyncio.sleep(BETWEEN * number / people * 2)
    async with _line(url) as line:
        person, taken = Person(line, page), []
        opened = await person.open()
        for _ in range(clicks):
            due = time.perf_counter() + BETWEEN
            taken.append(await person.click(draw))
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
    return page, opened, taken


def _line(url: str) -> connect:
    return connect(url.replace("http", "ws") + "/_stcore/stream", subprotocols=["streamlit"], max_size=None)  # type: ignore[list-item]


if __name__ == "__main__":
    main()

"""What escaping by construction costs: the share of a page's rerun that is spent in making HTML.

    python -m benchmarks.page_rerun

Each page of the demo world is run again a few times without a browser; the time inside `Html`
(templates filled, pieces joined and escaped) is held against the time of the whole run.
"""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from streamlit.testing.v1 import AppTest

from app.pages import PAGES
from app.shared.html import Html

ROOT = Path(__file__).resolve().parents[1]
RERUNS = 7


class Clock:
    """Seconds inside the timed functions, what they call of one another counted once."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self._depth = 0

    def timed(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """The function, with its time added up."""

        def run(*args: Any, **kwargs: Any) -> Any:
            self._depth += 1
            begun = time.perf_counter()
            try:
                return function(*args, **kwargs)
            finally:
                self._depth -= 1
                if not self._depth:
                    self.seconds += time.perf_counter() - begun

        return run


def main() -> None:
    """Print the rerun's median milliseconds and the share of making HTML, page by page."""
    clock = Clock()
    for name in ("format", "join", "__add__", "__radd__"):
        setattr(Html, name, clock.timed(getattr(Html, name)))
    with tempfile.TemporaryDirectory() as folder:
        os.environ["CIRCUIT_EXPLORER_JUDGEMENTS"] = str(Path(folder) / "judgements.duckdb")
        for page in PAGES:
            app = AppTest.from_file(str(ROOT / "app" / "main.py"), default_timeout=60).run()
            app.switch_page(page.script).run()
            whole, making = [], []
            for _ in range(RERUNS):
                clock.seconds, begun = 0.0, time.perf_counter()
                app.run()
                whole.append(time.perf_counter() - begun)
                making.append(clock.seconds / whole[-1])
            print(
                f"{page.title:<12}{1000 * statistics.median(whole):7.0f} ms a rerun, "
                f"{statistics.median(making):5.1%} of it making HTML"
            )


if __name__ == "__main__":
    main()

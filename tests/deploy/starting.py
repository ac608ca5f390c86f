"""An app that a file of deploy/ starts: run as it says, asked whether it is ready, and stopped."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.error import HTTPError

__all__ = ["free_port", "read", "started"]


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def read(url: str) -> tuple[int, str]:
    """Status and text of an address; 0 while nothing answers there."""
    try:
        with urllib.request.urlopen(url, timeout=30) as answer:
            return answer.status, answer.read().decode()
    except HTTPError as problem:
        return problem.code, problem.read().decode()
    except OSError:
        return 0, ""


@contextmanager
def started(
    command: Sequence[str], folder: Path, environment: Mapping[str, str]
) -> Iterator[tuple[str, str]]:
    """Addresses of the app and of its operations, once both answer; it must end well when it is told to."""
    page, operations = free_port(), free_port()
    given = {
        **os.environ,
        **environment,
        "STREAMLIT_SERVER_PORT": str(page),
        "CIRCUIT_EXPLORER_OPERATIONS": f"127.0.0.1:{operations}",
        "OMP_NUM_THREADS": "1",
    }
    log = folder / "started.log"
    with log.open("wb") as out:
        server = subprocess.Popen(
            [sys.executable, *command[1:]], cwd=folder, env=given, stdout=out, stderr=subprocess.STDOUT
        )
    urls = f"http://127.0.0.1:{page}", f"http://127.0.0.1:{operations}"
    try:
        end = time.monotonic() + 120
        while read(f"{urls[0]}/_stcore/health")[0] != 200 or read(f"{urls[1]}/ready")[0] == 0:
            assert server.poll() is None and time.monotonic() < end, log.read_text()
            time.sleep(0.2)
        yield urls
        server.send_signal(signal.SIGTERM)
        assert server.wait(60) in (0, -signal.SIGTERM), log.read_text()
    finally:
        server.kill()
        server.wait()
    assert "Traceback" not in log.read_text()


def ready(url: str) -> dict[str, object]:
    """What is said at `/ready` of an app that is."""
    status, said = read(f"{url}/ready")
    assert status == 200, said
    return json.loads(said)

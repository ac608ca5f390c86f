"""Readiness and metrics on a port of their own: they look at stores and worker, and only where asked for."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from urllib.error import HTTPError

import pytest

from app import settings
from app.operations import readiness as looking
from app.operations import serving
from app.workers import engine
from app.workers.worker import Worker
from explorer_engine.errors import InputError

Get = Callable[[str], tuple[int, str]]


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    running = serving.serve("127.0.0.1", 0)
    yield f"http://127.0.0.1:{running.server_port}"
    running.shutdown()
    running.server_close()


@pytest.fixture
def get(server: str) -> Get:
    def got(path: str) -> tuple[int, str]:
        try:
            with urllib.request.urlopen(server + path, timeout=30) as answer:
                return answer.status, answer.read().decode()
        except HTTPError as problem:
            return problem.code, problem.read().decode()

    return got


def test_ready_means_that_a_world_answers_and_judgements_are_open(get: Get):
    status, said = get("/ready")
    found = json.loads(said)
    assert status == 200 and found["ready"]
    assert set(found["worlds"].values()) == set(found["judgements"].values()) == {"open"}
    assert found["live_waiting"] == 0


def test_a_world_that_is_not_there_is_not_ready_and_is_ready_when_it_is(
    get: Get, tmp_path: Path, world_dir: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("CIRCUIT_EXPLORER_WORLDS", str(tmp_path / "worlds" / "mine"))
    status, said = get("/ready")
    assert status == 503 and not json.loads(said)["ready"]
    assert str(tmp_path) not in said, "no place of this machine"
    (tmp_path / "worlds").mkdir()
    (tmp_path / "worlds" / "mine").symlink_to(world_dir.resolve())
    assert get("/ready")[0] == 200


def test_a_closed_judgement_store_is_told_and_pages_stay(
    get: Get, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    (tmp_path / "broken.duckdb").write_text("no store")
    monkeypatch.setenv("CIRCUIT_EXPLORER_JUDGEMENTS", str(tmp_path / "broken.duckdb"))
    status, said = get("/ready")
    assert status == 200
    assert "broken.duckdb" in "".join(json.loads(said)["judgements"].values())
    assert "circuit_explorer_judgements_closed 1.0" in get("/metrics")[1]


@dataclass(frozen=True)
class Stuck:
    """Work that ends when it is let."""

    begun: Event
    end: Event
    yields = 0.0

    def run(self, loaded: object, turn: object) -> str:
        del loaded, turn
        self.begun.set()
        self.end.wait(30)
        return "done"


def test_a_worker_that_is_stuck_is_not_ready_and_its_line_is_counted(
    get: Get, monkeypatch: pytest.MonkeyPatch
):
    work, now = Stuck(Event(), Event()), [0.0]
    worker = Worker(lambda tell: None, clock=lambda: now[0])  # type: ignore[arg-type,return-value]
    monkeypatch.setattr(engine, "workers", lambda: (worker,))
    asked: list[Future[str]] = [worker.ask(work), worker.ask(Stuck(Event(), work.end))]
    assert work.begun.wait(30)
    now[0] = looking._STUCK + 1
    status, said = get("/ready")
    assert status == 503 and json.loads(said)["live_waiting"] == 1
    assert "circuit_explorer_live_waiting 1.0" in get("/metrics")[1]
    work.end.set()
    assert [future.result(30) for future in asked] == ["done", "done"]
    assert get("/ready")[0] == 200
    assert 'circuit_explorer_live_seconds_count{work="Stuck"} 2.0' in get("/metrics")[1]
    worker.close()


def test_nothing_else_is_answered(get: Get):
    assert get("/")[0] == get("/metrics/../ready")[0] == 404


@pytest.mark.parametrize(
    ("said", "meant"),
    [(None, None), ("127.0.0.1:9108", ("127.0.0.1", 9108)), ("[::1]:9108", ("::1", 9108))],
)
def test_off_unless_an_address_is_given(said, meant, monkeypatch: pytest.MonkeyPatch):
    if said:
        monkeypatch.setenv("CIRCUIT_EXPLORER_OPERATIONS", said)
    assert settings.operations() == meant


@pytest.mark.parametrize("said", ["9108", ":9108", "host:", "host:x", "host:99999", "host:²"])
def test_what_is_no_address_is_told(said: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("sys.argv", ["app", "--operations", said])
    with pytest.raises(InputError, match="give HOST:PORT"):
        settings.operations()


def test_a_port_that_is_taken_is_told(server: str):
    with pytest.raises(InputError, match="name another address"):
        serving.serve("127.0.0.1", int(server.rpartition(":")[2]))

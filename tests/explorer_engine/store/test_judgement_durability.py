"""kill -9 in the midst of writes: everything that was confirmed is there afterwards."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from explorer_engine.store.judgements import JudgementStore

WRITER = """
import sys, threading
from explorer_engine.store.judgements import JudgementStore
store = JudgementStore(sys.argv[1])
def write(name):
    number = 0
    while True:
        event = store.judge(name, f"embed/{number}", "spurious", "c")
        sys.stdout.write(f"{event.id} {name} {number}\\n")
        sys.stdout.flush()
        number += 1
for name in ("Ada", "Bela", "Chen"):
    threading.Thread(target=write, args=(name,)).start()
"""


@pytest.mark.parametrize("confirmed_before_kill", [1, 40, 150])
def test_confirmed_statements_survive_kill_9(tmp_path: Path, confirmed_before_kill: int) -> None:
    path = tmp_path / "judgements.duckdb"
    for _ in range(2):  # the second time on a file that a killed process has left
        process = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE, text=True, bufsize=1
        )
        assert process.stdout is not None
        confirmed = [process.stdout.readline() for _ in range(confirmed_before_kill)]
        os.kill(process.pid, signal.SIGKILL)
        confirmed += process.stdout.read().splitlines(keepends=True)
        process.wait()
        whole = [line.split() for line in confirmed if line.endswith("\n")]
        store = JudgementStore(path)
        kept = {(event.id, event.annotator, event.target) for event in store.events()}
        assert {(int(i), name, f"embed/{number}") for i, name, number in whole} <= kept
        assert len(whole) >= confirmed_before_kill
        after = store.judge("Dora", "embed/0", "relevant", "c")
        assert after.id > max(i for i, _, _ in kept)
        assert store.undo("Dora") == after
        store.close()

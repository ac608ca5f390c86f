"""Who does units: this process, or several processes of this machine."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import connection, get_context, parent_process
from pathlib import Path
from typing import Any, Protocol

from explorer_engine.errors import InputError
from precompute.engine.ledger import Ledger, Spent
from precompute.engine.stage import Stage
from precompute.progress import quiet, say, written

__all__ = ["ATTEMPTS", "InProcess", "MakeStages", "Processes", "Workers", "do_unit"]

MakeStages = Callable[[], Sequence[Stage]]
"""Can be pickled; every worker makes the stages for itself, and keeps what they load."""

ATTEMPTS = 3
"""How often a worker may die on the same units before the run gives up."""


class Workers(Protocol):
    """Those who do units."""

    count: int

    def run(self, stage: str, folder: Path, units: Sequence[str]) -> Iterator[tuple[str, Spent]]:
        """Do the units of one wave and tell of each when it is finished, in any order.

        Raises what a unit raises, and InputError for units on which workers die again and again.
        """
        ...

    def close(self) -> None:
        """Let the workers go."""
        ...


def do_unit(stages: Sequence[Stage], name: str, folder: Path, unit: str) -> Spent:
    """Do one unit of the stage called `name` in this process."""
    stage = next(stage for stage in stages if stage.name == name)
    wall, cpu = time.time(), time.process_time()
    with written(Ledger(folder).underway_file(unit)):
        stage.run(unit, folder)
    return Spent(time.time() - wall, time.process_time() - cpu, time.time())


class InProcess:
    """Units one after the other, here."""

    count = 1

    def __init__(self, stages: Sequence[Stage]) -> None:
        self._stages = stages

    def run(self, stage: str, folder: Path, units: Sequence[str]) -> Iterator[tuple[str, Spent]]:
        """As Workers.run."""
        for unit in units:
            yield unit, do_unit(self._stages, stage, folder, unit)

    def close(self) -> None:
        """Nothing to let go."""


class Processes:
    """Units in `count` processes of this machine, one thread and, where there are any, one GPU each."""

    def __init__(self, make: MakeStages, count: int) -> None:
        self.count, self._make = count, make
        self._pool = self._open()

    def run(self, stage: str, folder: Path, units: Sequence[str]) -> Iterator[tuple[str, Spent]]:
        """As Workers.run."""
        left, deaths = list(units), 0
        while left:
            with _deaf():  # the first of these starts the processes
                tasks = {self._pool.submit(_do, stage, folder, unit): unit for unit in left}
            try:
                for task in as_completed(tasks):
                    spent = task.result()
                    left.remove(tasks[task])
                    deaths = 0
                    yield tasks[task], spent
            except BrokenProcessPool:
                deaths += 1
                if deaths == ATTEMPTS:
                    raise InputError(died(stage, left)) from None
                say(f"{stage}: a worker died; its unit is done again")
                self._pool = self._open()
            except BaseException:
                for task in tasks:
                    task.cancel()
                raise

    def close(self) -> None:
        """End the processes, what they are at included."""
        for process in list((self._pool._processes or {}).values()):
            process.terminate()
        self._pool.shutdown(cancel_futures=True)

    def _open(self) -> ProcessPoolExecutor:
        context = get_context("spawn")
        started = context.Value("i", 0)
        return ProcessPoolExecutor(self.count, context, _begin, (self._make, started, Path.cwd()))


@contextmanager
def _deaf() -> Iterator[None]:
    """Ctrl-C reaches every process of the terminal; those that are started here leave it to this one."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def died(stage: str, units: Sequence[str]) -> str:
    """What to say of units on which workers die."""
    return (
        f"{stage}: workers died {ATTEMPTS} times at {', '.join(units[:3])}, perhaps for want of memory: "
        "run it with fewer --workers, it goes on where it was"
    )


_stages: Sequence[Stage] = ()
"""Of a worker process."""


def _begin(make: MakeStages, started: Any, folder: Path) -> None:
    """Set a worker process up: its GPU, one thread, an end when the process that started it ends."""
    global _stages
    with started.get_lock():
        number: int = started.value
        started.value += 1
    threading.Thread(target=_end_with_parent, daemon=True).start()
    os.chdir(folder)
    quiet()
    import torch

    if (gpus := torch.cuda.device_count()) > 1:
        torch.cuda.set_device(number % gpus)
    torch.set_num_threads(1)
    _stages = make()


def _end_with_parent() -> None:
    parent = parent_process()
    assert parent is not None
    connection.wait([parent.sentinel])
    os._exit(1)


def _do(stage: str, folder: Path, unit: str) -> Spent:
    return do_unit(_stages, stage, folder, unit)

"""What more workers bring: a real stage and empty units by this process, two processes and two Ray workers.

`python -m benchmarks.engines [--documents N] [--units N]`
"""

from __future__ import annotations

import argparse
import io
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import duckdb

from explorer_engine.errors import InputError
from explorer_engine.store import shards
from precompute.engine.ray_workers import RayWorkers
from precompute.engine.run import run_stages
from precompute.engine.stage import Stage
from precompute.engine.workers import InProcess, MakeStages, Processes, Workers
from precompute.progress import quiet
from precompute.recipe.build import one_thread
from precompute.source import Source
from precompute.stages.dashboards import DashboardOptions
from precompute.stages.dashboards import stage as dashboards

__all__ = ["KINDS", "Line", "compared"]

DEMO = Path(__file__).parents[1] / "assets" / "demo"
KINDS: Mapping[str, Callable[[MakeStages], Workers]] = {
    "this process": lambda make: InProcess(make()),
    "2 processes": lambda make: Processes(make, 2),
    "2 Ray workers": lambda make: RayWorkers(make, 2),
}


@dataclass(frozen=True)
class Line:
    """What one kind of workers took, in seconds of wall time."""

    kind: str
    start: float
    """Until every worker was ready."""
    stage: float
    """The real stage."""
    unit: float
    """An empty unit: handing it out and noting that it is finished."""


def compared(
    make: Callable[[Path, int], Sequence[Stage]], folder: Path, kinds: Sequence[str]
) -> Iterator[Line]:
    """A line for each of `kinds`. `make(work, workers)` gives three stages: one that waits for all workers,
    one of empty units, and the real one; each kind works in a folder of its own below `folder`.

    Raises InputError where Ray is not installed.
    """
    for kind in kinds:
        work = folder / kind.replace(" ", "-")
        began = time.perf_counter()
        workers = KINDS[kind](partial(make, work, 1 if kind == "this process" else 2))
        try:
            ready, empty, real = make(work, workers.count)
            _run(ready, work, workers)
            start = time.perf_counter() - began
            seconds = []
            for stage in (empty, real):
                began = time.perf_counter()
                _run(stage, work, workers)
                seconds.append(time.perf_counter() - began)
        finally:
            workers.close()
        yield Line(kind, start, seconds[1], seconds[0] / sum(map(len, empty.units())))


def _run(stage: Stage, work: Path, workers: Workers) -> None:
    with redirect_stdout(io.StringIO()):
        run_stages([stage], work, workers=workers)


def demo_stages(inputs: Path, units: int, work: Path, workers: int) -> list[Stage]:
    """The dashboards of the dictionaries and documents in `inputs`, after `units` empty units."""
    source = Source(DEMO / "model", inputs / "dictionaries", inputs / "documents")
    return [*idle_stages(units, work, workers), dashboards(DashboardOptions(), source)]


def idle_stages(units: int, _work: Path, workers: int) -> list[Stage]:
    """One that waits for all workers, and one of `units` empty units."""
    return [
        Stage("ready", 1, {}, (), partial(_meet, workers), lambda: [[f"worker-{k}" for k in range(workers)]]),
        Stage("empty", 1, {}, (), _nothing, lambda: [[str(k) for k in range(units)]]),
    ]


def _meet(workers: int, unit: str, folder: Path) -> None:
    (folder / unit).touch()
    while len(list(folder.glob("worker-*"))) < workers:
        time.sleep(0.01)


def _nothing(_unit: str, _folder: Path) -> None:
    pass


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.engines", description=__doc__)
    parser.add_argument("--documents", type=int, default=100, help="of the demo world (%(default)s)")
    parser.add_argument("--units", type=int, default=500, help="empty ones (%(default)s)")
    args = parser.parse_args()
    one_thread()
    quiet()
    with tempfile.TemporaryDirectory() as name:
        inputs = Path(name)
        _put(inputs, args.documents)
        print(f"dashboards of 4 dictionaries on {args.documents} documents; {args.units} empty units")
        print(f"{'':<16} {'start':>8} {'dashboards':>12} {'against one':>12} {'an empty unit':>14}")
        one = None
        try:
            for line in compared(partial(demo_stages, inputs, args.units), inputs, list(KINDS)):
                one = one or line.stage
                print(
                    f"{line.kind:<16} {line.start:6.1f} s {line.stage:10.1f} s {line.stage / one:12.2f} "
                    f"{1000 * line.unit:11.1f} ms"
                )
        except InputError as problem:
            print(problem)


def _put(inputs: Path, documents: int) -> None:
    """Some of the demo world's dictionaries and documents."""
    (inputs / "dictionaries").mkdir()
    for file in (DEMO / "dictionaries").glob("attn_*"):
        shutil.copy(file, inputs / "dictionaries")
    with duckdb.connect(str(DEMO / "world.duckdb"), read_only=True) as store:
        found = store.execute("SELECT tokens, split FROM document ORDER BY id LIMIT ?", [documents])
        rows = [{"id": k, "tokens": row[0], "split": row[1]} for k, row in enumerate(found.fetchall())]
    shards.write(inputs / "documents", "document", rows)


if __name__ == "__main__":
    main()

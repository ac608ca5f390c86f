"""`python -m benchmarks.live`: from a mark on the SHIFT page to its numbers, one person or several at once.

Each of them marks a feature more or less, waits for the numbers, looks at them and at the texts that flipped
for two seconds, and goes on; the worker is the app's own, without pages. What they wait is held against what
it may take for several. Most of it is matrix products: with more people than a machine has time for, only
looking for longer helps.
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from app.workers.seat import Seat
from app.workers.shift import Answer, Flips, Question
from app.workers.worker import Worker
from explorer_engine.world.loaded import LoadedWorld
from explorer_engine.world.world import open_world

ALLOWED = {3: 1.5, 10: 4.0}
"""People → seconds within which 95 % of the numbers must be there."""


def main() -> None:
    """Print a row for each number of people."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.live", description=__doc__)
    parser.add_argument("world", type=Path, nargs="?", default=Path("assets/demo"), help="(%(default)s)")
    parser.add_argument("--people", type=int, nargs="+", default=[1, 3, 10], help="(%(default)s)")
    parser.add_argument("--marks", type=int, default=8, help="of each person (%(default)s)")
    parser.add_argument(
        "--look", type=float, default=2.0, help="seconds between numbers and mark (%(default)s)"
    )
    args = parser.parse_args()
    world = open_world(args.world)
    task = world.store.classifiers.all()[0].task.name
    features = [str(found.ref) for found in world.store.classifiers.features(task)]
    worker = Worker(lambda tell: LoadedWorld(world, device="cpu", tell=tell))
    worker.ask(Question(task, frozenset(features[:1]), False, "mean")).result()
    print(f"{'people':>6}{'marks':>7}{'median s':>10}{'95 % s':>8}{'most s':>8}{'allowed s':>11}{'load':>6}")
    for n in args.people:
        one = partial(_person, worker, task, features, args.marks, args.look)
        with ThreadPoolExecutor(n) as pool:
            waits = list(pool.map(one, [f"{n}/{number}" for number in range(n)]))
        taken = sorted(second for of_one in waits for second in of_one)
        high = taken[min(len(taken) - 1, int(0.95 * len(taken)))]
        allowed = f"{ALLOWED[n]:11.2f}" if n in ALLOWED else " " * 11
        print(f"{n:6}{len(taken):7}{statistics.median(taken):10.2f}{high:8.2f}{taken[-1]:8.2f}{allowed}"
              f"{os.getloadavg()[0]:6.1f}")  # fmt: skip
    worker.close().result()


def _person(
    worker: Worker, task: str, features: list[str], marks: int, look: float, seed: str
) -> list[float]:
    """Seconds from each mark to its numbers."""
    draw, seat, marked, waits = random.Random(seed), Seat(), frozenset[str](), []
    time.sleep(draw.random() * look)  # not all at the same moment
    for _ in range(marks):
        marked ^= {draw.choice(features)}
        begun = time.perf_counter()
        seat.forget(Flips)
        answer: Answer = seat.ask(worker, Question(task, marked, False, "mean")).result()
        waits.append(time.perf_counter() - begun)
        seat.ask(worker, Flips(answer.question, answer.report))
        time.sleep(look)
    return waits


if __name__ == "__main__":
    main()

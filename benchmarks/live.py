"""`python -m benchmarks.live`: from a mark on the SHIFT page to its numbers, one person or several at once.

Each of them marks a feature more or less, waits for numbers, looks at them and at the texts that flipped for
two seconds, and goes on; the worker is the app's own, without pages. Numbers are those of all texts, or first
figures of a sample where others are at work; *all texts* is the share of marks whose numbers of all texts
were there before the next mark. What they wait is held against what it may take for several.
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
import time
from concurrent.futures import ThreadPoolExecutor, wait
from functools import partial
from pathlib import Path

from app.workers.numbers import ask_numbers
from app.workers.seat import Seat
from app.workers.shift import First, Flips, Question
from app.workers.worker import Worker
from explorer_engine.world.loaded import LoadedWorld
from explorer_engine.world.world import open_world

ALLOWED = {3: 1.5, 10: 4.0}
"""People → seconds within which 95 % of the numbers must be there."""
POLL = 0.2
"""Seconds after which a page that waits asks again."""


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
    opening = Question(task, frozenset(features[:1]), False, "mean")
    for job in (opening, First(opening)):
        worker.ask(job).result()
    heads = (f"{'people':>6}{'marks':>7}{'median s':>10}{'95 % s':>8}{'most s':>8}{'allowed s':>11}"
             f"{'all texts':>11}{'load':>6}")  # fmt: skip
    print(heads)
    for n in args.people:
        one = partial(_person, worker, task, features, args.marks, args.look)
        with ThreadPoolExecutor(n) as pool:
            found = list(pool.map(one, [f"{n}/{number}" for number in range(n)]))
        taken = sorted(second for waits, _ in found for second in waits)
        whole = sum(whole for _, whole in found) / len(taken)
        high = taken[min(len(taken) - 1, int(0.95 * len(taken)))]
        allowed = f"{ALLOWED[n]:11.2f}" if n in ALLOWED else " " * 11
        print(f"{n:6}{len(taken):7}{statistics.median(taken):10.2f}{high:8.2f}{taken[-1]:8.2f}{allowed}"
              f"{whole:11.0%}{os.getloadavg()[0]:6.1f}")  # fmt: skip
    worker.close().result()


def _person(
    worker: Worker, task: str, features: list[str], marks: int, look: float, seed: str
) -> tuple[list[float], int]:
    """Seconds from each mark to its numbers, and how often those of all texts were there before the next."""
    draw, seat, marked, waits, whole = random.Random(seed), Seat(), frozenset[str](), [], 0
    time.sleep(draw.random() * look)  # not all at the same moment
    for _ in range(marks):
        marked ^= {draw.choice(features)}
        begun = time.perf_counter()
        seat.forget(Flips)
        question = Question(task, marked, False, "mean")
        while not wait([ask_numbers(seat, worker, question).next], POLL).done:
            pass
        waits.append(time.perf_counter() - begun)
        until = time.perf_counter() + look
        if (rest := ask_numbers(seat, worker, question).all) is not None:
            wait([rest], look)
            if rest.done():
                whole += 1
                seat.ask(worker, Flips(question, rest.result().report))
        time.sleep(max(0.0, until - time.perf_counter()))
    return waits, whole


if __name__ == "__main__":
    main()

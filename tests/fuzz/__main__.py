"""`python -m tests.fuzz --cases 5000 --seed 0`: that many damaged inputs through the command line.

Says what did not hold of which, and the command that tries that one again. Linux only.
"""

from __future__ import annotations

import argparse
import faulthandler
import resource
import tempfile
import time
from collections import Counter
from pathlib import Path

from tests.fuzz.seeds import write_seeds
from tests.fuzz.trying import alone, try_one

ROOM = 6 << 30
"""Bytes of address space for what there is and all that a case takes."""


def run() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--cases", type=int, default=5000, metavar="N")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of the first case")
    parser.add_argument("--minutes", type=float, default=60, metavar="M", help="stop after so long")
    parser.add_argument("--limit", type=float, default=10, metavar="S", help="seconds of a case")
    args = parser.parse_args()
    taken = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (taken + ROOM, resource.getrlimit(resource.RLIMIT_AS)[1]))
    statuses, wrong, started = Counter[int | None](), 0, time.monotonic()
    with tempfile.TemporaryDirectory() as place, alone():
        seeds = Path(place) / "seeds"
        write_seeds(seeds, work=True)
        for seed in range(args.seed, args.seed + args.cases):
            if time.monotonic() - started > 60 * args.minutes:
                break
            faulthandler.dump_traceback_later(12 * args.limit, exit=True)  # where no signal is heard
            tried = try_one(seeds, Path(place) / "case", seed, args.limit, work=True)
            faulthandler.cancel_dump_traceback_later()
            statuses[tried.status] += 1
            if tried.wrong:
                wrong += 1
                line = " ".join(part[:80] for part in tried.case.arguments)
                print(
                    f"--cases 1 --seed {seed}: {line!r}\n  {tried.case.damage}\n{tried.wrong}\n", flush=True
                )
    told = ", ".join(f"{n} ended with {status}" for status, n in sorted(statuses.items(), key=str))
    print(f"{sum(statuses.values())} cases: {told}; {wrong} wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(run())

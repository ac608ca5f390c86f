"""The command line of precompute: subcommands, and what every one of them does with bad input.

A subcommand is a module with `add_parser(subparsers)`, which adds its parser and sets `run` as its default
(`parser.set_defaults(run=run)`); `run(args)` does the work and imports what is heavy.
"""

from __future__ import annotations

import argparse
import errno
import os
import select
import sys
from collections.abc import Sequence
from typing import NoReturn

from explorer_engine.errors import InputError
from precompute.commands import (
    circuit,
    convert,
    faithfulness,
    importing,
    init,
    inspect,
    judgements,
    pairs,
    plan,
    report,
    run,
    status,
    validate,
)

__all__ = ["main", "parser"]

COMMANDS = (
    init,
    inspect,
    pairs,
    plan,
    run,
    status,
    validate,
    report,
    circuit,
    faithfulness,
    convert,
    importing,
    judgements,
)


class _Parser(argparse.ArgumentParser):
    """A parser that tells what is wrong in one line, as every command does."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message}: --help lists the options\n")


def parser() -> argparse.ArgumentParser:
    """The parser of the whole command line."""
    made = _Parser(prog="python -m precompute", description="Offline jobs of Circuit Explorer.")
    subparsers = made.add_subparsers(dest="command", required=True, metavar="command")
    for command in COMMANDS:
        command.add_parser(subparsers)
    return made


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one subcommand: 0 = done, 2 = bad input, told in one line on stderr, 130 = interrupted.

    141 = whoever read what it printed has read enough, as with `| head`: nothing is told.
    """
    args = parser().parse_args(arguments)
    try:
        status = args.run(args) or 0
        sys.stdout.flush()
        return status
    except BrokenPipeError:
        if not _left():
            raise
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # nothing is left to fail at the end
        return 141
    except InputError as problem:
        said, status = " ".join(str(problem).split()), 2
    except Exception as problem:
        if (full := _full(problem)) is None:
            raise
        said = "the disk is full: make room and start the same command again: it goes on where it was"
        said, status = f"{said} ({full})", 2
    except KeyboardInterrupt:
        said, status = "interrupted", 130
    # said here, where what was under way is gone and the lines that it wrote are ended
    print(f"precompute {args.command}: {said}", file=sys.stderr)  # noqa: T201
    return status


def _left() -> bool:
    """Whether nobody reads any more what is printed."""
    poll = select.poll()
    poll.register(sys.stdout.fileno(), select.POLLOUT)
    return any(event & select.POLLERR for _, event in poll.poll(0))


def _full(problem: BaseException | None) -> str | None:
    """What says, of a problem and what led to it, that a disk has no room left; None where nothing does.

    Libraries that write in Rust or C++ raise no OSError.
    """
    if problem is None:
        return None
    said = " ".join(str(problem).split())
    if getattr(problem, "errno", None) in (errno.ENOSPC, errno.EDQUOT) or "no space left" in said.lower():
        return said[-200:]
    return _full(problem.__cause__ or problem.__context__)

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
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from explorer_engine.errors import InputError, one_line
from precompute.commands import (
    circuit,
    convert,
    export_site,
    faithfulness,
    importing,
    init,
    inspect,
    judgements,
    pairs,
    plan,
    report,
    run,
    shift,
    status,
    swap,
    validate,
)

__all__ = ["DEFECT", "main", "parser"]

DEFECT = 70
"""Exit status where the program is at fault."""

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
    shift,
    convert,
    export_site,
    importing,
    judgements,
    swap,
)


class _Parser(argparse.ArgumentParser):
    """A parser that tells what is wrong in one line, as every command does."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, one_line(f"{self.prog}: {message}: --help lists the options") + "\n")


def parser() -> argparse.ArgumentParser:
    """The parser of the whole command line."""
    made = _Parser(prog="python -m precompute", description="Offline jobs of Circuit Explorer.")
    subparsers = made.add_subparsers(dest="command", required=True, metavar="command")
    for command in COMMANDS:
        command.add_parser(subparsers)
    return made


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one subcommand: 0 = done, 2 = bad input, told in one line on stderr, 130 = interrupted.

    141 = whoever read what it printed has read enough, as with `| head`: nothing is told. 70 = a defect of
    this program, told in one line with its place in the code; CIRCUIT_EXPLORER_TRACEBACK=1 shows all of it.
    """
    args = parser().parse_args(arguments)
    try:
        _check_text(sys.argv[1:] if arguments is None else arguments)
        status = args.run(args) or 0
        sys.stdout.flush()
        return status
    except BrokenPipeError:
        if not _left():
            raise
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # nothing is left to fail at the end
        return 141
    except InputError as problem:
        said, status = str(problem), 2
    except Exception as problem:
        said, status = _told(problem)
        if status == DEFECT and os.environ.get("CIRCUIT_EXPLORER_TRACEBACK"):
            raise
    except KeyboardInterrupt:
        said, status = "interrupted", 130
    # said here, where what was under way is gone and the lines that it wrote are ended
    print(one_line(f"precompute {args.command}: {said}"), file=sys.stderr)  # noqa: T201
    return status


def _check_text(arguments: Sequence[str]) -> None:
    """Raises InputError for an argument that no file can hold and no store keep."""
    for argument in arguments:
        if "\0" in argument or not _is_text(argument):
            raise InputError(f"{argument!r}: is not UTF-8 text: give another name")


def _is_text(argument: str) -> bool:
    try:
        argument.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _told(problem: Exception) -> tuple[str, int]:
    """What is said of a problem that nobody foresaw, and the status to exit with."""
    if full := _full(problem):
        said = "the disk is full: make room and start the same command again: it goes on where it was"
        return f"{said} ({full})", 2
    if str(problem) == "Query interrupted":  # how DuckDB passes it on
        return "interrupted", 130
    if isinstance(problem, MemoryError):
        return "there is not enough memory: take less at once, or a machine with more", 2
    if isinstance(problem, OSError) and problem.filename is not None:
        return f"{problem.filename}: {problem.strerror}: make it readable and writable, or name another", 2
    place = traceback.extract_tb(problem.__traceback__)[-1]
    where = f"{Path(place.filename).name}, line {place.lineno}"
    said = f"{type(problem).__name__}: {problem}" if str(problem) else type(problem).__name__
    return (
        f"this is a defect of Circuit Explorer, or a file that nobody foresaw ({said[:200]}; {where}): start "
        "it again with CIRCUIT_EXPLORER_TRACEBACK=1 and report what it shows",
        DEFECT,
    )


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

"""A case: a command on sound inputs, of which some are then damaged, or with an option that nobody gives."""

from __future__ import annotations

import os
import random
import shutil
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.damage import DAMAGE, inner, setting_in_line, setting_in_toml
from tests.fuzz.seeds import LAYOUTS_WRITTEN

__all__ = ["COMMANDS", "Case", "Command", "prepared"]

ENGINE = "--model world/model --dictionaries world/dictionaries --allow-missing --data pairs.jsonl"
STORE = "--world world --judgements data"
WORK = "recipe.toml --work work"


@dataclass(frozen=True)
class Command:
    """A command that succeeds on the seeds."""

    line: str
    reads: Sequence[str]
    """Files and folders that it reads: what is damaged."""
    share: int = 4
    """How often it is tried, beside the others."""
    works: bool = False
    """Whether it may be at work for long: then the time limit interrupts it, as a user would."""

    @property
    def arguments(self) -> list[str]:
        return self.line.split()


MODEL, OWN = "world/model", "world/dictionaries"
COMMANDS = [
    Command(f"circuit {ENGINE} --out out/new.json", ["pairs.jsonl", "pairs.jsonl", MODEL, OWN], 8),
    Command(
        f"circuit {ENGINE.replace('pairs.jsonl', 'cluster.json')} --out out/old.json", ["cluster.json", OWN]
    ),
    Command(f"faithfulness {ENGINE} --circuit circuit.json --out out/new.json", ["circuit.json", OWN], 8),
    Command(
        "shift --world world --task job --judgements statements.jsonl --retrain --out out/new.json",
        ["statements.jsonl", "statements.jsonl", "world"],
    ),
    Command(
        "shift --model world/model --dictionaries world/dictionaries --allow-missing --data groups.csv "
        "--site resid_0 --attribute-column attribute --probes 1 --draws 1 --features 3 --circuit-texts 4 "
        "--tested-texts 2 --training 8 --development 8 --test 8 --generic 8 --out out/new.json",
        ["groups.csv", OWN],
        works=True,
    ),
    Command("convert circuit.json --out out/old.json --form graphml", ["circuit.json"]),
    Command("convert graph.json --out out/new.json", ["graph.json"]),
    Command("convert circuit.json --out out/new.json --form nodes-csv", ["circuit.json"]),
    Command("import circuit.json graph.json --world world --judgements data", ["circuit.json", "world"]),
    Command("pairs --model world/model --out out/pairs --n 3", [MODEL], 3),
    Command("inspect world/dictionaries --model world/model", [OWN, MODEL]),
    *(Command(f"inspect {place}", [place], 1) for place in LAYOUTS_WRITTEN),
    Command(
        "init out/new.toml --model world/model --dictionaries world/dictionaries --text texts "
        "--pairs pairs.jsonl --clusters cluster.json --classifier labelled.csv --set behaviours.clusters=3",
        ["texts", "pairs.jsonl", "cluster.json", "labelled.csv", "labelled.csv", MODEL],
        2,
    ),
    Command(
        "init out/new.toml --model world/model --dictionaries world/dictionaries --text texts "
        "--classifier labelled.jsonl",
        ["labelled.jsonl"],
        1,
    ),
    Command(f"plan {WORK}", ["recipe.toml", "work"], 2, works=True),
    Command(f"run {WORK} --out made", ["recipe.toml", "work", "work", "texts"], 2, works=True),
    Command(f"status {WORK}", ["recipe.toml", "work"], 8),
    Command("validate world", ["world"]),
    Command("validate recipe.toml", ["recipe.toml"], 6),
    Command("report world", ["world"]),
    Command(f"judgements export {STORE} --out out/old.json", ["data", "world/manifest.json"]),
    Command(f"judgements export {STORE} --out out/new.csv --form csv", ["data"]),
    Command(f"judgements check {STORE}", ["data"]),
    Command(f"judgements backup {STORE} --out out/new.duckdb", ["data"]),
    Command(f"judgements backup {STORE} --into out/kept --keep 2", ["data"], 2),
    Command(f"export-site {STORE} --out out/site", ["data", "world", "world/world.duckdb"], works=True),
    Command(f"judgements restore saved.duckdb {STORE}", ["saved.duckdb", "data"]),
    Command(f"judgements repair {STORE}", ["data"]),
    Command(f"judgements hide 1 {STORE}", ["data"]),
    *(
        Command(f"judgements import {file} {STORE}", [file])
        for file in (
            *("annotations.jsonl", "statements.jsonl", "explanations.jsonl"),
            "an-array-of-explanations.jsonl",
        )
    ),
]
LONG = "x" * 5000
VALUES = [
    "",
    "-1",
    "-100",
    "0",
    "nan",
    "inf",
    "-inf",
    "1e400",
    "9" * 400,
    "1" * 5000,
    "\0",
    "\ud800",
    "é" * 200,
]
VALUES += [
    "=",
    "--",
    "-",
    "/",
    ".",
    "..",
    "../../..",
    LONG,
    "\x1b[31mred",
    "\x1b]0;t\x07",
    "a\nb",
    "*",
    "[",
    "meta",
]
VALUES += [
    "pipe",
    "socket",
    "folder",
    "nowhere",
    "to-nothing",
    "to-pipe",
    "itself",
    "nowhere/below",
    "pipe/below",
]
VALUES += ["empty", "circuit.json", "resid=", "resid=pipe attn=folder", "saelens:x", "world", "out/old.json"]


@dataclass(frozen=True)
class Case:
    """A command line in a folder, and what was done to its inputs, in words."""

    command: Command
    arguments: list[str]
    damage: str


def prepared(seeds: Path, folder: Path, r: random.Random, work: bool) -> Case:
    """A copy of the seeds in `folder`, damaged, and the command to be tried there."""
    known = [c for c in COMMANDS if work or not c.works]
    command = r.choices(known, [c.share for c in known])[0]
    unused = [
        name for name in ("work", "made", "texts", "layouts", "saved.duckdb") if not _uses(command, name)
    ]
    shutil.copytree(
        seeds, folder, copy_function=_linked, ignore=lambda at, _: unused if at == str(seeds) else []
    )
    _strange(folder)
    arguments, done = command.arguments, []
    if r.random() < 0.4:
        done.append(_option(arguments, r))
    if not done or r.random() < 0.2:
        done.append(_file(folder, r.choice(command.reads), r))
    return Case(command, arguments, "; ".join(done))


def _uses(command: Command, name: str) -> bool:
    """Whether a folder of the seeds is copied for it."""
    return command.works or any(part.startswith(name) for part in command.line.split())


def _linked(source: str, target: str) -> None:
    """Stores are written in place, all else is renamed: it may be the seed's own file."""
    (shutil.copy if source.endswith((".duckdb", ".wal", "lock")) or "/data/" in source else os.link)(
        source, target
    )


def _strange(folder: Path) -> None:
    """What is no file, for options that name it."""
    os.mkfifo(folder / "pipe")
    with socket.socket(socket.AF_UNIX) as made:
        here = Path.cwd()
        os.chdir(folder)  # names of sockets are short
        made.bind("socket")
        os.chdir(here)
    (folder / "folder").mkdir()
    (folder / "empty").touch()
    (folder / "to-nothing").symlink_to("nowhere")
    (folder / "to-pipe").symlink_to("pipe")
    (folder / "itself").symlink_to("itself")


def _option(arguments: list[str], r: random.Random) -> str:
    """Another value of one argument, one argument less, or one more."""
    at = r.randrange(1, len(arguments))
    if r.random() < 0.1:
        return f"without {arguments.pop(at)!r}"
    value = r.choice(VALUES)
    if r.random() < 0.15:
        extra = ["--device", "--dtype", "--start-layer", "--node-threshold", "--examples", "--seed", "--set"]
        extra += ["--only", "--workers", "--n-nodes", "--steps", "--source", "--judgements", "--batch-size"]
        name = r.choice(extra)
        arguments += [name, value]
        return f"{name} {value[:40]!r}"
    before, arguments[at] = arguments[at], value
    return f"{value[:40]!r} for {before!r}"


def _file(folder: Path, name: str, r: random.Random) -> str:
    """A file damaged, or something else in its place."""
    place = folder / name
    files = [place] if place.is_file() else sorted(p for p in place.rglob("*") if p.is_file())
    if not files:
        return "nothing"
    file = r.choice(files)
    inside = file.relative_to(folder)
    kind = r.choice([_bytes] * 8 + [_another])
    return f"{inside}: {kind(folder, file, r)}"


def _bytes(folder: Path, file: Path, r: random.Random) -> str:
    content = bytearray(file.read_bytes())
    if not content:
        content = bytearray(b"{}")
    kinds: list[Callable[[bytearray, random.Random], None]] = [*DAMAGE]
    if file.suffix in (".json", ".jsonl"):
        kinds += [inner] * 8 + [setting_in_line] * 4
    if file.suffix == ".toml":
        kinds += [setting_in_toml] * 12
    how = r.choice(kinds)
    try:
        how(content, r)
    except (ValueError, IndexError, AttributeError, TypeError):  # nothing in it of this damage's kind
        content = bytearray(r.choice([b"", b"[]", b"null", b"{}", b"\xff\xfe", b"[" * 100_000, b'"\\ud800"']))
    file.unlink()
    file.write_bytes(content)
    return how.__name__


def _another(folder: Path, file: Path, r: random.Random) -> str:
    kind = r.choice(["pipe", "folder", "nothing", "to itself", "empty", "missing", "long"])
    file.unlink()
    match kind:
        case "pipe":
            os.mkfifo(file)
        case "folder":
            file.mkdir()
        case "nothing":
            file.symlink_to(folder / "nowhere")
        case "to itself":
            file.symlink_to(file)
        case "empty":
            file.touch()
        case "long":
            file.write_bytes(b"[" * 200_000)
    return kind

"""Circuits that people brought in as files: checked copies in one folder, named by a hash of what they hold.

A copy is two lines of JSON: title and number of nodes, for a list; then the circuit as circuit JSON.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from explorer_engine.circuits.circuit import Circuit
from explorer_engine.errors import InputError
from explorer_engine.files import whole
from explorer_engine.formats.circuit_files import Unsaid, read_any
from explorer_engine.formats.circuit_json import circuit_from_json, circuit_to_json
from explorer_engine.store.rules import mended

__all__ = ["MOST_BYTES", "MOST_EDGES", "MOST_FILES", "MOST_NODES", "OpenedCircuit", "OpenedCircuits"]

MOST_BYTES = 20 << 20
"""Of one file, and of its copy."""
MOST_NODES, MOST_EDGES = 10_000, 100_000
MOST_FILES = 50
"""In a folder: whoever visits may bring some in."""
_ID = re.compile(r"file-[0-9a-f]{12}")
_HEAD = 4000
"""Bytes of the first line at most."""
_LONGEST = 200
"""Characters of a title."""


@dataclass(frozen=True)
class OpenedCircuit:
    """A line of the list."""

    id: str
    """`file-1f0c93ab55e0`."""
    title: str
    n_nodes: int


class OpenedCircuits:
    """The circuits in a folder, which is made with the first of them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @classmethod
    def beside(cls, judgements: Path, keys: Sequence[str]) -> OpenedCircuits:
        """Those of a set of dictionaries, beside the file of judgements on them.

        `keys`: the set's key, then older ones, whose folder is copied where there is none of the key.
        """
        folder, *older = (judgements.parent / f"circuits-{key}" for key in keys)
        for old in older:
            if old.is_dir() and not folder.exists():
                with suppress(OSError), whole(folder) as partial:
                    shutil.copytree(old, partial, dirs_exist_ok=True)
        return cls(folder)

    @staticmethod
    def is_id(circuit: str) -> bool:
        """Whether an id is of a circuit that was brought in."""
        return _ID.fullmatch(circuit) is not None

    def add(self, file: Path, name: str | None = None, unsaid: Unsaid | None = None) -> str:
        """Keep a checked copy of a circuit file of any form that is read, and give its id.

        `name` is what the file is called; it is the title of a circuit that has none. Raises InputError that
        names the file: it cannot be read, is too large or the folder too full, or nothing can be written.
        """
        called = name or file.name
        if file.is_file() and (size := file.stat().st_size) > MOST_BYTES:
            raise InputError(
                f"{file} has {size / (1 << 20):.0f} MB: {MOST_BYTES >> 20} MB are opened at most: keep fewer "
                "nodes, of a .pt file with precompute convert --node-threshold"
            )
        circuit = read_any(file, unsaid)
        if len(circuit.nodes) > MOST_NODES or len(circuit.edges) > MOST_EDGES:
            raise InputError(
                f"{file} has {len(circuit.nodes):,} nodes and {len(circuit.edges):,} edges: {MOST_NODES:,} "
                f"and {MOST_EDGES:,} are opened at most: keep those above a higher threshold"
            )
        content = _written(circuit, called)
        if len(content) > MOST_BYTES:
            raise InputError(
                f"{file}: as circuit JSON it has more than {MOST_BYTES >> 20} MB: keep fewer edges"
            )
        id = f"file-{hashlib.sha256(content).hexdigest()[:12]}"
        self._keep(id, content, file)
        return id

    def add_content(self, name: str, content: bytes) -> str:
        """As `add`, of a file called `name` that was sent and lies nowhere."""
        name = " ".join(name.split())[:_LONGEST]
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "circuit"
            file.write_bytes(content)
            try:
                return self.add(file, name)
            except InputError as problem:
                raise InputError(str(problem).replace(str(file), name)) from None

    def listed(self, text: str = "") -> tuple[OpenedCircuit, ...]:
        """Those whose title or id contains `text`, the newest first."""
        words = text.strip().lower()
        found = sorted(self.folder.glob("file-*.jsonl"), key=lambda file: (-_changed(file), file.name))
        lines = (_line(file) for file in found if self.is_id(file.stem))
        return tuple(line for line in lines if words in line.title.lower() or words in line.id)

    def read(self, circuit: str) -> tuple[str, Circuit]:
        """Title and circuit. Raises InputError for an id that is not here, and for a damaged copy."""
        file = self.check(circuit)
        try:
            _, _, written = file.read_text("utf-8").partition("\n")
            values = json.loads(written)
        except (OSError, ValueError, RecursionError):
            raise InputError(f"{file}: damaged: remove it and open the circuit's file again") from None
        return _line(file).title, circuit_from_json(values, str(file))

    def has(self, circuit: str) -> bool:
        """Whether a circuit of this id is here."""
        return self.is_id(circuit) and (self.folder / f"{circuit}.jsonl").is_file()

    def check(self, circuit: str) -> Path:
        """The copy of a circuit; raises InputError where there is none."""
        if not self.has(circuit):
            raise InputError(f"circuit {circuit!r} is not open here: open its file again")
        return self.folder / f"{circuit}.jsonl"

    def remove(self, circuit: str) -> None:
        """Forget a circuit; raises InputError where there is none, or where it cannot be removed."""
        file = self.check(circuit)
        try:
            file.unlink()
        except OSError as problem:
            raise InputError(f"{file}: {problem.strerror or problem}: it cannot be removed") from None

    def _keep(self, id: str, content: bytes, file: Path) -> None:
        target = self.folder / f"{id}.jsonl"
        if target.is_file():
            return
        if sum(1 for _ in self.folder.glob("file-*.jsonl")) >= MOST_FILES:
            raise InputError(f"{file}: {MOST_FILES} circuits are open here already: remove one first")
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with whole(target) as partial:
                partial.write_bytes(content)
        except OSError as problem:
            if target.is_file():  # another session has opened the same file at this moment
                return
            raise InputError(
                f"{file}: its copy cannot be kept in {self.folder}: {problem.strerror or problem}"
            ) from None


def _written(circuit: Circuit, called: str) -> bytes:
    """The lines of a copy: nodes and edges strongest first, as pages show them."""
    told = circuit.data.get("title")
    title = told if isinstance(told, str) and told.strip() else Path(called).stem
    title = mended(title)[:_LONGEST]
    circuit = replace(circuit, data={**circuit.data, "title": title}).strongest_first()
    lines = ({"title": title, "n_nodes": len(circuit.nodes)}, circuit_to_json(circuit))
    return "".join(json.dumps(line, separators=(",", ":")) + "\n" for line in lines).encode()


def _line(file: Path) -> OpenedCircuit:
    try:
        with file.open("rb") as stream:
            head = json.loads(stream.readline(_HEAD))
        return OpenedCircuit(file.stem, str(head["title"]), int(head["n_nodes"]))
    except (OSError, ValueError, TypeError, KeyError, OverflowError):
        return OpenedCircuit(file.stem, "damaged", 0)


def _changed(file: Path) -> float:
    try:
        return file.stat().st_mtime
    except OSError:
        return 0.0

"""Stage `circuits`: a circuit for each file of contrastive pairs, and how faithful it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from torch import Tensor

from explorer_engine.circuits.discovery import discover
from explorer_engine.circuits.options import CircuitOptions, SweepOptions
from explorer_engine.circuits.rows import CircuitEntry, to_rows
from explorer_engine.circuits.sweeps import measured_sweeps
from explorer_engine.data import Examples
from explorer_engine.formats.pairs import read_pairs
from explorer_engine.store import shards
from precompute.engine.stage import Stage
from precompute.progress import bars
from precompute.source import Source

__all__ = ["ContrastOptions", "PairsFile", "stage"]


@dataclass(frozen=True)
class ContrastOptions:
    """How the circuits of pairs are found and tested."""

    pairs: int = 100
    """Found on at most so many pairs, tested on as many of each file of other pairs; where a circuit has
    none, on those that follow in its own file, which is halved when it has fewer than both."""
    circuit: CircuitOptions = field(default_factory=lambda: CircuitOptions(n_nodes=150, edge_threshold=0.002))
    """How each circuit is found."""
    sweep: SweepOptions = field(default_factory=SweepOptions)
    """How its faithfulness is measured."""


@dataclass(frozen=True)
class PairsFile:
    """Contrastive pairs as JSON lines, in the form that `precompute circuit --data` reads."""

    id: str
    """Of the circuit."""
    title: str
    path: Path
    """What it is found on."""
    tests: Mapping[str, Path] = field(default_factory=dict)
    """What it is tested on: what the pairs are in words (`other pairs`) → their file."""


def stage(options: ContrastOptions, source: Source, files: Sequence[PairsFile]) -> Stage:
    """Shards of the circuits, position by position, with all sweeps of each on all that it is tested on."""
    job = _Circuits(options, source, {file.id: file for file in files})
    titles = {file.id: [file.title, *file.tests] for file in files}
    inputs = (*source.places[:2], *(path for file in files for path in (file.path, *file.tests.values())))
    decides = {**asdict(options), "circuits": titles}
    return Stage("circuits", 3, decides, inputs, job.run, lambda: [list(job.files)])


@dataclass(frozen=True)
class _Circuits:
    """A unit is a file of pairs."""

    options: ContrastOptions
    source: Source
    files: dict[str, PairsFile]

    def run(self, unit: str, folder: Path) -> None:
        for table, rows in to_rows([self._entry(self.files[unit])]).items():
            shards.write(folder / "shards", table, rows, unit)

    def _entry(self, file: PairsFile) -> CircuitEntry:
        o, model, dictionaries = self.options, self.source.model, self.source.dictionaries
        examples, tests = self._pairs(file)
        found = discover(model, dictionaries, examples, o.circuit, progress=bars())
        curves = measured_sweeps(
            model, dictionaries, found.averages, examples, tests, o.circuit, o.sweep, progress=bars()
        )
        return CircuitEntry(
            file.id,
            file.title,
            "contrast",
            found.circuit,
            example=_example(model.tokenizer, examples),
            faithfulness=curves,
        )

    def _pairs(self, file: PairsFile) -> tuple[Examples, dict[str, Examples]]:
        """The pairs that a circuit is found on, and those that it is tested on."""
        n, tokenizer = self.options.pairs, self.source.model.tokenizer
        if file.tests:
            tests = {name: read_pairs(path, tokenizer)[0][:n] for name, path in file.tests.items()}
            return read_pairs(file.path, tokenizer)[0][:n], tests
        examples = read_pairs(file.path, tokenizer)[0][: 2 * n]
        if len(examples) == 1:
            return examples, {"same pairs": examples}
        n = min(n, len(examples) // 2)
        return examples[:n], {"other pairs": examples[n:]}


def _example(tokenizer: Any, examples: Examples) -> dict[str, list[str]]:
    """The first pair in tokens."""
    assert examples.patch is not None and examples.answer is not None and examples.patch_answer is not None

    def split(tokens: Tensor) -> list[str]:
        return [tokenizer.decode([token]) for token in tokens.tolist()]

    kept = examples.mask[0]
    return {
        "clean": split(examples.tokens[0][kept]),
        "patch": split(examples.patch[0][kept]),
        "answers": split(examples.answer[:1]) + split(examples.patch_answer[:1]),
    }

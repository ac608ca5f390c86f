"""Stage `circuits`: a circuit for each file of contrastive pairs, and how faithful it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from torch import Tensor

from explorer_engine.circuits.discovery import average_effects, discover
from explorer_engine.circuits.faithfulness import sweep_counts
from explorer_engine.circuits.options import CircuitOptions, SweepOptions
from explorer_engine.circuits.rows import CircuitEntry, to_rows
from explorer_engine.data import Examples
from explorer_engine.dictionaries import IdentityDictionary
from explorer_engine.formats.pairs import read_pairs
from explorer_engine.store import shards
from precompute.progress import bars
from precompute.source import Source
from precompute.stages._engine import Stage

__all__ = ["ContrastOptions", "PairsFile", "stage"]


@dataclass(frozen=True)
class ContrastOptions:
    """How the circuits of pairs are found and tested."""

    pairs: int = 100
    """Found on so many pairs, tested on as many others; on half of a file that has fewer than both."""
    circuit: CircuitOptions = field(default_factory=lambda: CircuitOptions(n_nodes=150, edge_threshold=0.002))
    sweep: SweepOptions = field(default_factory=SweepOptions)


@dataclass(frozen=True)
class PairsFile:
    """Contrastive pairs as JSON lines, in the form that `precompute circuit --data` reads."""

    id: str
    """Of the circuit."""
    title: str
    path: Path


def stage(options: ContrastOptions, source: Source, files: Sequence[PairsFile]) -> Stage:
    """Shards of the circuits, position by position, with faithfulness for features and neurons."""
    job = _Circuits(options, source, {file.id: file for file in files})
    decides = {**asdict(options), "circuits": {file.id: file.title for file in files}}
    inputs = (*source.places[:2], *(file.path for file in files))
    return Stage("circuits", 2, decides, inputs, job.run, lambda: list(job.files))


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
        examples, _ = read_pairs(file.path, model.tokenizer, 2 * o.pairs)
        n = min(o.pairs, max(1, len(examples) // 2))
        training, test = examples[:n], examples[n:] if len(examples) > 1 else examples
        found = discover(model, dictionaries, training, o.circuit, progress=bars())
        neurons = {
            site: IdentityDictionary(model.width(site), model.dtype, model.device) for site in model.sites
        }
        of_neurons = average_effects(model, neurons, training, o.circuit, progress=bars())
        curves = {
            "features": sweep_counts(model, dictionaries, found.averages, test, options=o.sweep),
            "neurons": sweep_counts(model, neurons, of_neurons, test, options=o.sweep),
        }
        example = _example(model.tokenizer, examples)
        return CircuitEntry(
            file.id, file.title, "contrast", found.circuit, example=example, faithfulness=curves
        )


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

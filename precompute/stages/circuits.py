"""Stage `circuits`: circuits of each file of contrastive pairs, and how faithful they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from torch import Tensor

from explorer_engine.attribution.choices import Rule
from explorer_engine.circuits.circuit import ERROR, POINTS, Circuit
from explorer_engine.circuits.discovery import discover, discover_both
from explorer_engine.circuits.faithfulness import NODE_COUNTS
from explorer_engine.circuits.options import CircuitOptions, SweepOptions
from explorer_engine.circuits.rows import CircuitEntry, to_rows
from explorer_engine.circuits.sweeps import measured_sweeps, neuron_averages
from explorer_engine.data import Examples
from explorer_engine.errors import InputError
from explorer_engine.formats.pairs import read_pairs
from explorer_engine.store import shards
from precompute.engine.stage import Stage
from precompute.engine.work import Shape, Work
from precompute.progress import bars, say
from precompute.source import Source

__all__ = ["ContrastOptions", "PairsCircuitOptions", "PairsFile", "say_points", "stage"]


@dataclass(frozen=True)
class PairsCircuitOptions(CircuitOptions):
    """How a circuit of pairs is found (§3.1)."""

    steps: int = 24
    rule: Rule = "midpoint"
    quadrature_error: float = 0.02
    edge_threshold: float = 0.002
    n_nodes: int | None = 150


@dataclass(frozen=True)
class ContrastOptions:
    """How the circuits of pairs are found and tested."""

    pairs: int = 100
    """Found on at most so many pairs, tested on as many of each file of other pairs; where a circuit has
    none, on those that follow in its own file, which is halved when it has fewer than both."""
    circuit: PairsCircuitOptions = field(default_factory=PairsCircuitOptions)
    """How each circuit is found. Where positions are kept apart (`aggregation` none) and all prompts have one
    length, so that positions align, a second circuit has them summed; of other pairs there is only that."""
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
    """Shards of the circuits, with positions apart and summed, with all sweeps on all that each is tested on.

    Raises InputError where a file's id is that of another's summed circuit.
    """
    job = _Circuits(options, source, {file.id: file for file in files})
    if taken := next((id for id in job.files if summed_id(id) in job.files), None):
        raise InputError(
            f"pairs: {summed_id(taken)} is what {taken}'s circuit with positions summed is called: "
            "rename the file"
        )
    titles = {file.id: [file.title, *file.tests] for file in files}
    inputs = (*source.places[:-1], *(path for file in files for path in (file.path, *file.tests.values())))
    decides = {**asdict(options), "circuits": titles}
    return Stage(
        "circuits",
        4,
        decides,
        inputs,
        job.run,
        lambda: [list(job.files)],
        lambda of: _work(options, len(files), of),
    )


def _work(options: ContrastOptions, files: int, of: Shape) -> Work:
    """For each file the effects of its pairs, an edge's gradient for each node, apart and summed, and sweeps
    of features and neurons over sizes. A pair is taken to be an eighth of a window."""
    tokens = files * options.pairs * of.window / 8
    steps, nodes = options.circuit.steps, options.circuit.n_nodes or NODE_COUNTS[-1]
    return Work(
        forward=2 * 5 * len(NODE_COUNTS) * tokens,
        gradient=(2 * steps + 2 * nodes) * tokens,
        encoded=steps * tokens,
    )


def summed_id(circuit: str) -> str:
    """Id of the circuit with positions summed that stands beside one with positions apart."""
    return f"{circuit}-summed"


@dataclass(frozen=True)
class _Circuits:
    """A unit is a file of pairs."""

    options: ContrastOptions
    source: Source
    files: dict[str, PairsFile]

    def run(self, unit: str, folder: Path) -> None:
        for table, rows in to_rows(self._entries(self.files[unit])).items():
            shards.write(folder / "shards", table, rows, unit)

    def _entries(self, file: PairsFile) -> list[CircuitEntry]:
        """The circuit with positions apart and the one with positions summed, or only the latter."""
        o, model, dictionaries = self.options, self.source.model, self.source.dictionaries
        examples, tests = self._pairs(file)
        apart = o.circuit.aggregation == "none" and _aligned(examples, *tests.values())
        how = replace(o.circuit, aggregation="none" if apart else "sum")
        if apart:
            found = discover_both(model, dictionaries, examples, how, progress=bars())
        else:
            found = (discover(model, dictionaries, examples, how, progress=bars()),)
        say_points(file.id, found[0].circuit)
        of_neurons = neuron_averages(model, examples, how, found[0].steps, progress=bars())
        entries = []
        for one in found:
            beside = apart and one.circuit.aggregation == "sum"
            neurons = of_neurons.summed() if beside else of_neurons
            curves = measured_sweeps(
                model, dictionaries, one.averages, neurons, tests, o.sweep, progress=bars()
            )
            entries.append(
                CircuitEntry(
                    summed_id(file.id) if beside else file.id,
                    f"{file.title}, positions summed" if beside else file.title,
                    "contrast",
                    one.circuit,
                    summed_of=file.id if beside else None,
                    example=_example(model.tokenizer, examples),
                    faithfulness=curves,
                )
            )
        return entries

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


def _aligned(*sets: Examples) -> bool:
    """Whether all prompts have one length, so that a position is the same place in each."""
    return all(bool(examples.mask.all()) and examples.length == sets[0].length for examples in sets)


def say_points(name: str, circuit: Circuit) -> None:
    """A line: how many points the sites got, beside the paper's ten at each, and how far off effects are."""
    points, error = circuit.provenance.get(POINTS), circuit.provenance.get(ERROR)
    if points is not None:
        say(f"{name}: {sum(points.values())} points at {len(points)} sites instead of {10 * len(points)}, "
            f"off by {error:.1%}")  # fmt: skip


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

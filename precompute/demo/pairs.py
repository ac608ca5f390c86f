"""Stage `pairs`: contrastive pairs of subject–verb agreement in four structures, as files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from explorer_engine.formats.tables import write_lines
from precompute.demo.corpus.agreement import PARTS, STRUCTURES, AgreementPair, Part, agreement_pairs
from precompute.engine.stage import Stage
from precompute.engine.work import Work
from precompute.stages.circuits import PairsFile

__all__ = ["TESTS", "PairsRecipe", "pairs_files", "stage"]

TITLES = {
    "simple": "Subject–verb agreement, simple",
    "across-pp": "Subject–verb agreement across a prepositional phrase",
    "within-rc": "Subject–verb agreement within a relative clause",
    "across-rc": "Subject–verb agreement across a relative clause",
}


TESTS: dict[Part, str] = {"tested": "other pairs", "shifted": "shifted pairs"}
"""Part → what its pairs are called where circuits are tested on them."""


@dataclass(frozen=True)
class PairsRecipe:
    """Which pairs are written."""

    pairs: int = 100
    """Of each structure, in each part."""
    seed: int = 0


def stage(recipe: PairsRecipe) -> Stage:
    """Of all structures STRUCTURE.jsonl, to find circuits on, and one file for each part to test them on."""

    def run(unit: str, folder: Path) -> None:
        for part in PARTS:
            _write(agreement_pairs(unit, recipe.pairs, recipe.seed, part), _file(folder, unit, part))

    return Stage("pairs", 2, recipe, (), run, lambda: [STRUCTURES], lambda _: Work())


def pairs_files(folder: Path) -> list[PairsFile]:
    """What `stage` writes into its folder, as the circuits' stage takes it."""
    return [
        PairsFile(
            f"agreement-{name}",
            TITLES[name],
            _file(folder, name, "found"),
            {words: _file(folder, name, part) for part, words in TESTS.items()},
        )
        for name in STRUCTURES
    ]


def _file(folder: Path, structure: str, part: Part) -> Path:
    """STRUCTURE.jsonl, STRUCTURE-tested.jsonl, STRUCTURE-shifted.jsonl."""
    return folder / (f"{structure}.jsonl" if part == "found" else f"{structure}-{part}.jsonl")


def _write(pairs: Sequence[AgreementPair], path: Path) -> None:
    lines = (
        {("case" if key == "structure" else key): value for key, value in asdict(p).items()} for p in pairs
    )
    write_lines(path, lines)

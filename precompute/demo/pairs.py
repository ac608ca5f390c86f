"""Stage `pairs`: contrastive pairs of subject–verb agreement in four structures, as files."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from precompute.demo.corpus.agreement import STRUCTURES, AgreementPair, agreement_pairs
from precompute.stages._engine import Stage
from precompute.stages.circuits import PairsFile

__all__ = ["PairsRecipe", "pairs_files", "stage"]

TITLES = {
    "simple": "Subject–verb agreement, simple",
    "across-pp": "Subject–verb agreement across a prepositional phrase",
    "within-rc": "Subject–verb agreement within a relative clause",
    "across-rc": "Subject–verb agreement across a relative clause",
}


@dataclass(frozen=True)
class PairsRecipe:
    """Which pairs are written."""

    pairs: int = 200
    """Of each structure."""
    seed: int = 0


def stage(recipe: PairsRecipe) -> Stage:
    """STRUCTURE.jsonl of all structures."""

    def run(unit: str, folder: Path) -> None:
        _write(agreement_pairs(unit, recipe.pairs, recipe.seed), folder / f"{unit}.jsonl")

    return Stage("pairs", 1, recipe, (), run, lambda: STRUCTURES)


def pairs_files(folder: Path) -> list[PairsFile]:
    """What `stage` writes into its folder, as the circuits' stage takes it."""
    return [PairsFile(f"agreement-{name}", TITLES[name], folder / f"{name}.jsonl") for name in STRUCTURES]


def _write(pairs: Sequence[AgreementPair], path: Path) -> None:
    lines = (
        {("case" if key == "structure" else key): value for key, value in asdict(p).items()} for p in pairs
    )
    partial = path.with_suffix(".partial")
    partial.write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")
    partial.replace(path)

"""Stage `circuits`: the four agreement circuits, position by position, and how faithful they are."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch

from explorer_engine.circuits.curve import Curve, FaithfulnessPoint
from explorer_engine.circuits.discovery import average_effects, discover
from explorer_engine.circuits.faithfulness import sweep_counts
from explorer_engine.circuits.options import CircuitOptions, SweepOptions
from explorer_engine.circuits.rows import CircuitEntry, to_rows
from explorer_engine.data import Examples
from explorer_engine.dictionaries import IdentityDictionary
from explorer_engine.store import shards
from precompute.demo.corpus.agreement import STRUCTURES, AgreementPair, agreement_pairs
from precompute.demo.inputs import Made, load_made
from precompute.demo.quality import Figure, figure, write_figures
from precompute.progress import progress

__all__ = ["TITLES", "CircuitRecipe", "make_circuits", "pair_examples"]

TITLES = {
    "simple": "Subject–verb agreement, simple",
    "across-pp": "Subject–verb agreement across a prepositional phrase",
    "within-rc": "Subject–verb agreement within a relative clause",
    "across-rc": "Subject–verb agreement across a relative clause",
}


@dataclass(frozen=True)
class CircuitRecipe:
    """How the agreement circuits are found and tested."""

    pairs: int = 100
    """Found on so many pairs, tested on as many others."""
    steps: int = 10
    nodes: int = 150
    edge_threshold: float = 0.002
    start_layer: int = 1
    """Layers below are left as they are when nodes are ablated."""
    seed: int = 0


def pair_examples(tokenizer: Any, pairs: Sequence[AgreementPair]) -> Examples:
    """Pairs of one structure as examples; all prompts have the same length."""

    def ids(texts: list[str]) -> torch.Tensor:
        return torch.tensor([tokenizer(text)["input_ids"] for text in texts])

    tokens = ids([p.clean_prefix for p in pairs])
    return Examples(
        tokens,  # type: ignore[arg-type]
        torch.ones_like(tokens, dtype=torch.bool),  # type: ignore[arg-type]
        answer=ids([p.clean_answer for p in pairs])[:, 0],  # type: ignore[arg-type]
        patch=ids([p.patch_prefix for p in pairs]),  # type: ignore[arg-type]
        patch_answer=ids([p.patch_answer for p in pairs])[:, 0],  # type: ignore[arg-type]
    )


def write_pairs(pairs: Sequence[AgreementPair], path: Path) -> None:
    """Contrastive pairs as JSON lines, in the form that `precompute circuit --data` reads."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = (
        {("case" if key == "structure" else key): value for key, value in asdict(p).items()} for p in pairs
    )
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")


def make_circuits(recipe: CircuitRecipe, work: Path, folder: Path) -> None:
    """Shards of the circuits with faithfulness for features and neurons."""
    made = load_made(work)
    for structure in STRUCTURES:
        write_pairs(
            agreement_pairs(structure, 2 * recipe.pairs, recipe.seed), folder / "pairs" / f"{structure}.jsonl"
        )
    entries = [_entry(recipe, made, structure) for structure in progress(STRUCTURES, "agreement circuits")]
    for table, rows in to_rows(entries).items():
        shards.write(folder / "shards", table, rows, "agreement")
    write_figures(_figures({e.id: e.faithfulness for e in entries}), folder)


def _entry(recipe: CircuitRecipe, made: Made, structure: str) -> CircuitEntry:
    pairs = agreement_pairs(structure, 2 * recipe.pairs, recipe.seed)
    examples = pair_examples(made.model.tokenizer, pairs)
    training, test = examples[: recipe.pairs], examples[recipe.pairs :]
    options = CircuitOptions(steps=recipe.steps, n_nodes=recipe.nodes, edge_threshold=recipe.edge_threshold)
    found = discover(made.model, made.dictionaries, training, options)
    model = made.model
    neurons = {site: IdentityDictionary(model.width(site), model.dtype, model.device) for site in model.sites}
    of_neurons = average_effects(model, neurons, training, options)
    tested = SweepOptions(start_layer=recipe.start_layer)
    rows = {
        "features": sweep_counts(model, made.dictionaries, found.averages, test, options=tested),
        "neurons": sweep_counts(model, neurons, of_neurons, test, options=tested),
    }
    return CircuitEntry(
        f"agreement-{structure}",
        TITLES[structure],
        "agreement",
        found.circuit,
        example=_example(model.tokenizer, pairs[0]),
        faithfulness=rows,
    )


def _example(tokenizer: Any, pair: AgreementPair) -> dict[str, list[str]]:
    def split(text: str) -> list[str]:
        return [tokenizer.decode([token]) for token in tokenizer(text)["input_ids"]]

    return {
        "clean": split(pair.clean_prefix),
        "patch": split(pair.patch_prefix),
        "answers": [pair.clean_answer, pair.patch_answer],
    }


def _figures(sweeps: Mapping[str, Mapping[str, Curve]]) -> list[Figure]:
    """The circuits' rows of the quality report: the worst of the four structures."""

    def at(n: int, unit: str) -> dict[str, FaithfulnessPoint]:
        return {name: next(row for row in rows[unit] if row.n_nodes >= n) for name, rows in sweeps.items()}

    features, neurons = ({n: at(n, unit) for n in (50, 100)} for unit in ("features", "neurons"))

    def lead(n: int) -> float:
        return min(row.faithfulness - neurons[n][name].faithfulness for name, row in features[n].items())

    values = {
        "faithfulness at 100 nodes, lowest": min(r.faithfulness for r in features[100].values()),
        "faithfulness at 50 nodes, lowest": min(r.faithfulness for r in features[50].values()),
        "complement at 100 nodes, highest": max(r.completeness for r in features[100].values()),
        "lead over neurons at 50 nodes, lowest": lead(50),
        "lead over neurons at 100 nodes, lowest": lead(100),
    }
    return [
        figure("circuits", name, value, _listing(name, features, neurons)) for name, value in values.items()
    ]


def _listing(
    name: str,
    features: Mapping[int, Mapping[str, FaithfulnessPoint]],
    neurons: Mapping[int, Mapping[str, FaithfulnessPoint]],
) -> str:
    """All four structures in words, for the note of a figure."""
    n = 100 if "100" in name else 50
    if name.startswith("complement"):
        return ", ".join(f"{id} {row.completeness:.3f}" for id, row in features[n].items())
    return ", ".join(
        f"{id} {row.faithfulness:.2f} (neurons {neurons[n][id].faithfulness:.2f})"
        for id, row in features[n].items()
    )

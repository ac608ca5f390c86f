"""Publishing: the stages' work put together as a world: model, dictionaries, artefact store and manifest."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from explorer_engine.store import shards
from explorer_engine.store.publish import publish
from explorer_engine.store.world import write_manifest
from precompute.demo.inputs import Made, load_made
from precompute.demo.quality import read_figures
from precompute.stages._engine import Done, content_hash

__all__ = ["publish_world"]

COMMAND = "python -m precompute demo"
SUMMARY = (
    "A small GPT-NeoX trained on synthetic text in which behaviours were planted, "
    "so that for everything found in it the truth is known."
)
DATA = "Synthetic text: sentences, biographies, lists, dates, steps, quotes and code from seeded templates"
ARTEFACTS = {
    "corpus": "corpus",
    "language-model": "model",
    "dictionaries": "dictionaries",
    "dashboards": "dashboards",
    "behaviours": "behaviours",
    "circuits": "circuits",
    "classifiers": "classifier",
}
"""Stage → the artefact's name in the store."""


def publish_world(done: Mapping[str, Done], work: Path, out: Path) -> dict[str, int]:
    """Copy model and dictionaries, build the store beside the old one, rename, write the manifest.

    Returns the number of rows of each table.
    """
    made = load_made(work)
    target = work / "world"
    shutil.rmtree(target, ignore_errors=True)
    hashes = {
        "model_hash": content_hash(work / "language-model" / "model"),
        "dictionaries_hash": content_hash(work / "dictionaries" / "dictionaries"),
    }
    shards.write(target, "world", [_world_row(made)])
    shards.write(target, "token", _token_rows(made))
    documents = ({"id": k, "tokens": tokens, "split": "train"} for k, tokens in enumerate(made.documents))
    shards.write(target, "document", documents)
    figures = [f for name in done for f in _figures_of(work / name)]
    shards.write(target, "quality", [asdict(f) for f in figures])
    shards.write(target, "provenance", _provenance_rows(done, hashes))
    _copy(work / "language-model" / "model", out / "model")
    _copy(work / "dictionaries" / "dictionaries", out / "dictionaries")
    _copy(work / "circuits" / "pairs", out / "pairs")
    folders = [work / name / "shards" for name in done if (work / name / "shards").is_dir()]
    counts = publish([target, *folders], out / "world.duckdb")
    write_manifest(out)
    return counts


def _copy(source: Path, target: Path) -> None:
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(source, target)


def _figures_of(folder: Path) -> Sequence[Any]:
    return read_figures(folder) if (folder / "figures.json").exists() else ()


def _world_row(made: Made) -> dict[str, Any]:
    model = made.model
    return {
        "title": "Demo world",
        "summary": SUMMARY,
        "model": f"demo GPT-NeoX, {model.n_layers} layers",
        "family": model.family.name,
        "n_layers": model.n_layers,
        "width": model.d_model,
        "n_parameters": sum(p.numel() for p in model.hf.parameters()),
        "vocabulary": model.unembed.weight.shape[0],
        "data": DATA,
        "n_tokens": made.windows.tokens.size,
    }


def _token_rows(made: Made) -> Iterator[dict[str, Any]]:
    tokenizer = made.model.tokenizer
    for k in range(made.model.unembed.weight.shape[0]):
        yield {"id": k, "text": tokenizer.decode([k])}


def _provenance_rows(done: Mapping[str, Done], hashes: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    for stage, how in done.items():
        yield {
            "artefact": ARTEFACTS[stage],
            "command": f"{COMMAND} --only {stage}",
            "parameters": how.options,
            "seed": how.options.get("seed"),
            "data": DATA,
            "code_version": how.code,
            "made_at": datetime.fromtimestamp(how.finished, UTC),
            "seconds": how.seconds,
            **hashes,
        }

"""Publishing: the stages' work put together as a world: model, dictionaries, artefact store and manifest."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from explorer_engine.dictionaries.places import Places
from explorer_engine.quality import QualityFigure, to_rows
from explorer_engine.store import shards
from explorer_engine.store.publish import publish
from explorer_engine.world.manifest import STORE
from explorer_engine.world.renewal import renewed
from explorer_engine.world.world import write_manifest
from precompute.engine.hashes import joined_hash
from precompute.engine.ledger import BOOKKEEPING, Done
from precompute.source import Source

__all__ = ["WorldWords", "publish_world"]


@dataclass(frozen=True)
class WorldWords:
    """What a world says of itself, and how its artefacts are made again."""

    title: str
    summary: str
    """One sentence."""
    model: str
    """The model's name."""
    data: str
    """What text the documents are."""
    command: str
    """Makes the world; with `--only STAGE` one stage of it."""
    artefacts: Mapping[str, str]
    """Stage → the artefact's name in the store; a stage that is not named is a step on the way to another."""
    files: Mapping[str, Path] = field(default_factory=dict)
    """Folders that the world carries: name in the world → where it lies. Without `model` and `dictionaries`
    among them the world names the places of the source's instead of copying them."""


def publish_world(
    words: WorldWords,
    source: Source,
    done: Mapping[str, Done],
    work: Path,
    out: Path,
    figures: Iterable[QualityFigure] = (),
) -> dict[str, int]:
    """Copy what the world carries, build its store, write its manifest; then all takes the old world's place.

    `done` are the finished stages, whose folders lie in `work`; `figures` are the quality report. Returns
    the number of rows of each table.
    """
    target = work / "world"
    shutil.rmtree(target, ignore_errors=True)
    hashes = {
        "model_hash": joined_hash(source.model_places),
        "dictionaries_hash": joined_hash(source.dictionaries_places),
    }
    shards.write(target, "world", [_world_row(words, source)])
    shards.write(target, "token", _token_rows(source))
    for table, rows in to_rows(figures).items():
        shards.write(target, table, rows)
    shards.write(target, "provenance", _provenance_rows(words, done, hashes))
    made = [folder for name in done if (folder := work / name / "shards").is_dir()]
    shards.write(target, "document", _shown(source, made))
    folders = dict.fromkeys((target, *(folder for folder in made if folder != source.documents_folder)))
    dictionaries = Places.parse(source.dictionaries_folder).map(lambda place: Path(place).absolute())
    places = {"model": source.model_folder.absolute(), "dictionaries": str(dictionaries)}
    with renewed(out) as new:
        for name, folder in words.files.items():
            shutil.copytree(folder, new / name, ignore=shutil.ignore_patterns(*BOOKKEEPING))
        counts = publish(folders, new / STORE)
        write_manifest(new, **{name: name if name in words.files else at for name, at in places.items()})
    return counts


def _shown(source: Source, made: Sequence[Path]) -> list[dict[str, Any]]:
    """The documents that some context shows."""
    shown: set[int] = set()
    for folder in made:
        for table in ("feature_context", "behaviour_context"):
            if (folder / table).is_dir():
                shown |= {document for (document,) in shards.distinct(folder, table, ["document"])}
    return [row for row in shards.read(source.documents_folder, "document") if row["id"] in shown]


def _world_row(words: WorldWords, source: Source) -> dict[str, Any]:
    model = source.model
    return {
        "title": words.title,
        "summary": words.summary,
        "model": f"{words.model}, {model.n_layers} layers",
        "family": model.family.name,
        "n_layers": model.n_layers,
        "width": model.d_model,
        "n_parameters": sum(p.numel() for p in model.hf.parameters()),
        "vocabulary": model.unembed.weight.shape[0],
        "data": words.data,
        "n_tokens": sum(map(len, source.documents)),
    }


def _token_rows(source: Source) -> Iterator[dict[str, Any]]:
    tokenizer = source.model.tokenizer
    for k in range(source.model.unembed.weight.shape[0]):
        yield {"id": k, "text": tokenizer.decode([k])}


def _provenance_rows(
    words: WorldWords, done: Mapping[str, Done], hashes: Mapping[str, str]
) -> Iterator[dict[str, Any]]:
    for stage, how in done.items():
        if stage in words.artefacts:
            yield {
                "artefact": words.artefacts[stage],
                "command": f"{words.command} --only {stage}",
                "parameters": how.options,
                "seed": _seed(how.options),
                "data": words.data,
                "code_version": how.code,
                "made_at": datetime.fromtimestamp(how.finished, UTC),
                "seconds": how.seconds,
                **hashes,
            }


def _seed(options: Any) -> int | None:
    """The seed among a stage's options, or that of the first group of options which has one."""
    if not isinstance(options, dict):
        return None
    if "seed" in options:
        return options["seed"]
    return next((seed for value in options.values() if (seed := _seed(value)) is not None), None)

"""What stages read: a model, its dictionaries and documents, each from its place, loaded on first use."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from explorer_engine.dictionaries import Dictionary, load_dictionaries
from explorer_engine.errors import InputError
from explorer_engine.models import LanguageModel, load_model
from explorer_engine.sites import Site
from explorer_engine.store import shards
from explorer_engine.world.content import held

__all__ = ["Source", "paths_of"]


@dataclass(frozen=True)
class Source:
    """A model with its dictionaries, and the documents that features and behaviours are looked for in."""

    model_folder: Path
    """Hugging Face layout, with the tokenizer."""
    dictionaries_folder: Path
    """Any place that `load_dictionaries` reads."""
    documents_folder: Path
    """Shards of the table `document`: token ids and the split that each document is of."""
    device: str = "cpu"
    dtype: str = "float32"

    @property
    def places(self) -> tuple[Path, ...]:
        """Model, dictionaries, documents: the inputs of a stage that reads all three."""
        return *self.model_places, *self.dictionaries_places, self.documents_folder

    @cached_property
    def model_places(self) -> tuple[Path, ...]:
        """The model's folder; in the hub's cache the files that are read of it."""
        return paths_of("model", self.model_folder)

    @cached_property
    def dictionaries_places(self) -> tuple[Path, ...]:
        """As `model_places`, of the dictionaries."""
        return paths_of("dictionaries", self.dictionaries_folder)

    @cached_property
    def model(self) -> LanguageModel:
        """The model; raises InputError as `load_model` does."""
        return load_model(self.model_folder, self.dtype, self.device)

    @cached_property
    def dictionaries(self) -> dict[Site, Dictionary]:
        """The dictionaries, as shipped; raises InputError as `load_dictionaries` does."""
        model = self.model
        return load_dictionaries(self.dictionaries_folder, model.sites, self.device, self.dtype, model)

    @cached_property
    def documents(self) -> list[list[int]]:
        """Token ids, document k at place k. Raises InputError where ids are left out or occur twice."""
        rows = sorted(shards.read(self.documents_folder, "document"), key=lambda row: row["id"])
        if [row["id"] for row in rows] != list(range(len(rows))):
            raise InputError(f"{self.documents_folder}: documents must be numbered 0, 1, 2, … without a gap")
        return [row["tokens"] for row in rows]

    def documents_with(self, *folders: Path) -> list[list[int]]:
        """The documents, and after them those that stages added to their shards in these folders."""
        added = [row for at in folders if (at / "document").is_dir() for row in shards.read(at, "document")]
        return self.documents + [row["tokens"] for row in sorted(added, key=lambda row: row["id"])]


def paths_of(part: str, place: Path) -> tuple[Path, ...]:
    """Folders and files whose content is that of a `model` or `dictionaries`: inputs of a stage."""
    return tuple(path for one in held(part, place) for path in one.paths)

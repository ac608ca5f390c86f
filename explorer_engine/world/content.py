"""Which files a model or dictionaries are: all in their folder; in the hub's cache those that are read."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass
from pathlib import Path

from explorer_engine import hub
from explorer_engine.dictionaries.places import Places, fixed_part
from explorer_engine.sites import ANY_SITES

__all__ = ["Held", "held"]


@dataclass(frozen=True)
class Held:
    """What counts of one folder; or a file by itself."""

    prefix: str
    """Before the names of its files: of places joined by kind of site, the kind."""
    folder: Path
    read: Set[str] | None = None
    """Names of the files that count; None: all that lies there."""

    @property
    def paths(self) -> tuple[Path, ...]:
        """The folder, where all of it counts; else its files that do."""
        return (self.folder,) if self.read is None else tuple(self.folder / n for n in sorted(self.read))


def held(part: str, place: str | Path) -> list[Held]:
    """What counts of the `model` or the `dictionaries` at a place of this machine.

    In a folder of the user's, everything does. A folder in the hub's cache grows with each file of the
    repository that anybody asks for; there only the files that are read count. Raises InputError where a
    layout finds no dictionaries in the cache.
    """
    found = []
    for kind, one in Places.parse(place).of.items():
        sites = [site for site in ANY_SITES if kind in (None, site.kind)]
        folder = fixed_part(one)
        if not hub.is_cached(folder):
            read = None
        elif part == "model":
            read = frozenset(hub.model_files(file.name for file in folder.iterdir() if file.is_file()))
        else:
            from explorer_engine.dictionaries.published import files_read  # brings torch

            read = files_read(one, sites)
        found.append(Held(f"{kind}/" if kind else "", folder, read))
    return found

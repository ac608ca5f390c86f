"""What lies at a place, a dictionary a site; of the hub no more is fetched than tells kinds and widths."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from explorer_engine.dictionaries.loading import Found
from explorer_engine.dictionaries.places import Places
from explorer_engine.dictionaries.published import Seen, needed, seen
from explorer_engine.dictionaries.source import Description, Source, first_layout
from explorer_engine.errors import InputError
from explorer_engine.sites import Kind, Site

if TYPE_CHECKING:
    from explorer_engine.models import LanguageModel

__all__ = ["Inspection", "Lying", "inspect_dictionaries"]


@dataclass(frozen=True)
class Lying:
    """One dictionary, as it lies somewhere."""

    layout: str
    file: str
    """As the user knows it."""
    description: Description | None
    """None: its file was not fetched."""
    problem: str | None = None
    """Why it cannot be used with the model; None where nothing is known against it."""


@dataclass
class Inspection:
    """What was found, and how much of it is on this machine."""

    found: dict[Site, Lying] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)
    """Files that are no dictionary of a site, and why."""
    on_hub: int = 0
    """Dictionaries that lie on the hub."""
    fetched: int = 0
    """Those of them whose files are in the cache."""
    bytes_on_hub: int = 0
    """Of all their files, each counted once."""
    bytes_fetched: int = 0


def inspect_dictionaries(place: str, sites: Sequence[Site], model: LanguageModel | None = None) -> Inspection:
    """Look at the dictionaries of `sites` at a place, and whether they can be used with a model.

    Of the hub the names of all files are read, the configurations, and what is in the cache; of each kind of
    site of which nothing is, the first dictionary is fetched. Raises InputError as `load_dictionaries` does.
    """
    told = Inspection()
    if not (parts := Places.parse(place).split(sites)):
        raise InputError(f"{place} names no place for {', '.join(map(str, sites))}: name one")
    for one, some in parts:
        with seen(one) as names:
            source, files = first_layout(names.place, some, names.before)
            told.left_out |= {names.name(file): why for file, why in source.left_out(names.place).items()}
            here = dict(_fetched(source, files, names, told))
            for site, file in files.items():
                told.found[site] = _lying(source, names.name(file), site, here.get(site), file, model)
    told.found = {site: told.found[site] for site in sites if site in told.found}
    return told


def _fetched(
    source: Source, files: dict[Site, Path], names: Seen, told: Inspection
) -> Iterator[tuple[Site, Path]]:
    """The files of this machine; of a repository those in the cache, and the first of each kind of site."""
    repository = names.repository
    if repository is None:
        yield from files.items()
        return
    wanted = {site: needed(source, [names.name(file)], repository.files) for site, file in files.items()}
    here = {site for site, some in wanted.items() if repository.has(some)}
    kinds: set[Kind] = {site.kind for site in here}
    for site in files:
        if site.kind not in kinds:
            here.add(site)
            kinds.add(site.kind)
    folder = repository.download({name for site in here for name in wanted[site]}, "dictionaries")
    told.on_hub += len(files)
    told.fetched += len(here)
    told.bytes_on_hub += repository.size(set().union(*wanted.values()))
    told.bytes_fetched += repository.size({name for site in here for name in wanted[site]})
    yield from ((site, folder / names.name(files[site])) for site in files if site in here)


def _lying(
    source: Source, name: str, site: Site, here: Path | None, listed: Path, model: LanguageModel | None
) -> Lying:
    """What one file is; `listed` stands for it where it is not `here`, on this machine."""
    description, problem = source.describe(here) if here else None, None
    if model is not None:
        found = Found(source, here or listed)
        try:
            found.check(site, model) if here else found.check_hook(site, model)
        except InputError as error:
            problem = str(error)
    return Lying(source.name, name, description, problem)

"""What a layout of dictionaries declares, and the layouts known: their folder is `sources/`."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from explorer_engine.dictionaries.base import Dictionary
from explorer_engine.errors import InputError
from explorer_engine.imports import import_all
from explorer_engine.sites import Site

__all__ = ["Description", "Source", "first_layout", "register_source", "sources"]


@dataclass(frozen=True)
class Description:
    """What one dictionary says of itself, without its tensors being loaded."""

    layout: str
    """Name of the source that reads it."""
    kind: str
    """The kind that it will be here: relu, topk, …"""
    n_features: int
    width: int
    model: str | None = None
    """The model it was trained on, where the layout names it."""
    normalises: str = ""
    """What is done to a value before it is encoded, in words; empty: nothing."""


@dataclass(frozen=True)
class Source:
    """One layout: which dictionaries lie somewhere, what they are, and how to read them."""

    name: str
    example: Callable[[Site], str]
    """Where the layout keeps a site's dictionary, for the message about a place nobody knows."""
    find: Callable[[str, Sequence[Site]], dict[Site, Path]]
    """The place as the user wrote it, sites → the file of each site that has one; {} where the place is of
    another layout or does not exist. Raises InputError where the place is of this layout but leaves a choice
    open."""
    read: Callable[[Path], Dictionary]
    """A file that `find` gave → the dictionary, on the CPU. Raises InputError that names the file."""
    describe: Callable[[Path], Description]
    """A file that `find` gave → what it is. Raises InputError that names the file."""
    hook: Callable[[Path, Site], str | None] = lambda file, site: None
    """A file that `find` gave for a site → what the place that it was trained on is called elsewhere
    (`hooks.py`); None where the layout means our sites."""
    beside: tuple[str, ...] = ()
    """Files that are read with a dictionary's, as seen from its folder, where they are there: of a repository
    they are downloaded with it, and are part of what its hash is of."""
    opens: Callable[[Collection[str]], list[str]] = lambda names: []
    """Of the names of all files in a place, those that `find` looks into: all others may be empty."""
    left_out: Callable[[str], dict[Path, str]] = lambda place: {}
    """The place, of this layout → files that are no dictionary of a site, and why."""
    rank: int = 10
    """Place in the order of asking, smaller first; among equals by name. Our own layout has 0."""


_SOURCES: dict[str, Source] = {}


def register_source(source: Source) -> Source:
    """Make a layout known under its name and return it; raises InputError when the name is taken."""
    if source.name in _SOURCES:
        raise InputError(f"source {source.name!r} is registered twice: give the second another name")
    _SOURCES[source.name] = source
    return source


def sources() -> tuple[Source, ...]:
    """All layouts in the order in which they are asked: the files in `sources/`, and others registered."""
    import_all("explorer_engine.dictionaries.sources")
    return tuple(sorted(_SOURCES.values(), key=lambda source: (source.rank, source.name)))


def first_layout(
    place: str, sites: Sequence[Site], before: Callable[[Source], None] = lambda source: None
) -> tuple[Source, dict[Site, Path]]:
    """The first layout that knows a place of this machine, and its files; `before` each is asked.

    Raises InputError where none does.
    """
    for source in sources():
        before(source)
        if files := source.find(place, sites):
            return source, files
    if "*" not in place and not Path(place).exists():
        raise InputError(f"{place} is not a folder of dictionaries: give an existing folder")
    layouts = "; ".join(f"{source.name}: {source.example(sites[-1])}" for source in sources())
    raise InputError(
        f"{place} holds no dictionary for {sites[0]} … {sites[-1]}: give a folder in a layout known here "
        f"({layouts})"
    )

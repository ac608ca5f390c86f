"""What a source of texts is, the kinds known (their folder is `sources/`), and reading from one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, fields
from functools import partial
from pathlib import Path

from explorer_engine.errors import InputError
from explorer_engine.imports import import_all

__all__ = ["PackageShares", "SourceKind", "TextSource", "open_texts", "register_kind"]


@dataclass(frozen=True)
class PackageShares:
    """Of each kind of text in the installed packages the share that is read, 0 to 1."""

    docstrings: float = 1.0
    """Of modules, classes and functions."""
    descriptions: float = 1.0
    """What each package says of itself: its README, mostly."""
    licences: float = 1.0
    """Their licence texts."""
    code: float = 0.1
    """Python files without their docstrings: most of the text there is."""


@dataclass(frozen=True)
class TextSource:
    """Where texts are read from, and in which order."""

    source: str
    """A file, a folder, `installed-packages`, or the id of a data set of the hub (`@REVISION` may follow).
    What was made of it is stale when files, packages or the revision's commit are others than before."""
    configuration: str | None = None
    """Of a data set of the hub that has several."""
    split: str = "train"
    """Of a data set of the hub."""
    column: str = "text"
    """Of JSON lines, Parquet and data sets of the hub: where the text stands."""
    shares: PackageShares = field(default_factory=PackageShares)
    """Of the installed packages."""
    seed: int = 0
    """Decides the order of the installed packages' texts; other sources are read as they lie."""

    def alone(self) -> TextSource:
        """Only what decides the texts and their order, of options that say more."""
        return TextSource(**{own.name: getattr(self, own.name) for own in fields(TextSource)})

    @property
    def places(self) -> tuple[Path, ...]:
        """The file or folder that is read: the inputs of a stage. None for what does not lie in files."""
        place = Path(self.source).expanduser()
        return (place,) if place.exists() else ()

    @property
    def version(self) -> Callable[[], str | None] | None:
        """As `SourceKind.version`, of this source; None also for a source that nobody knows."""
        kind = _kind_of(self.source)
        return partial(kind.version, self) if kind is not None and kind.version is not None else None


@dataclass(frozen=True)
class SourceKind:
    """One kind of text source: which sources are of it, and how they are read."""

    name: str
    knows: Callable[[str], bool]
    """Is the source, as the user wrote it, of this kind?"""
    read: Callable[[TextSource], Iterator[str]]
    """Its documents one by one, always in the same order; empty ones may occur. Raises InputError that
    names the source, the file or the column."""
    rank: int
    """Place in the order of asking, smaller first."""
    version: Callable[[TextSource], str | None] | None = None
    """Names what would be read now, None while nobody can say; for sources that do not lie in files."""


_KINDS: dict[str, SourceKind] = {}


def register_kind(kind: SourceKind) -> SourceKind:
    """Make a kind of source known under its name and return it; raises InputError when the name is taken."""
    if kind.name in _KINDS:
        raise InputError(f"text source {kind.name!r} is registered twice: give the second another name")
    _KINDS[kind.name] = kind
    return kind


def open_texts(options: TextSource) -> Iterator[str]:
    """The documents of a source, one by one, in an order that depends on the options alone.

    Raises InputError for a source that nobody knows, that cannot be read, or that holds no text.
    """
    kind = _kind_of(options.source)
    if kind is None:
        raise InputError(
            f"text source {options.source!r}: no such file or folder, and no data set's id: give a path, "
            "OWNER/NAME of a data set on the hub, or installed-packages"
        )
    return _readable(kind.read(options), options.source)


def _kind_of(source: str) -> SourceKind | None:
    import_all("precompute.texts.sources")
    kinds = sorted(_KINDS.values(), key=lambda kind: kind.rank)
    return next((kind for kind in kinds if kind.knows(source)), None)


def _readable(texts: Iterator[str], source: str) -> Iterator[str]:
    """The texts, with lone surrogates (of which no UTF-8 can be made) as question marks."""
    some = False
    for text in texts:
        some = some or bool(text.strip())
        yield text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")
    if not some:
        raise InputError(f"text source {source!r} holds no text: give another")

"""Dictionaries of the hub: the files of the sites asked for are downloaded, chosen by their names."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from posixpath import normpath
from tempfile import TemporaryDirectory

from explorer_engine.dictionaries.places import Places, fixed_part
from explorer_engine.dictionaries.releases import without_release
from explorer_engine.dictionaries.source import Source, first_layout
from explorer_engine.errors import InputError
from explorer_engine.hub import HubId, Repository, repository
from explorer_engine.sites import Kind, Site

__all__ = ["Seen", "files_read", "local_places", "needed", "seen"]

_WHAT = "dictionaries"


@dataclass(frozen=True)
class Seen:
    """A place in which layouts can look for files: one of this machine, or the names of a repository."""

    place: str
    """As `Source.find` takes it."""
    before: Callable[[Source], None] = lambda source: None
    """Fetches what a layout looks into."""
    repository: Repository | None = None
    """None: the files are those of this machine."""
    root: Path = Path()
    """Of the repository."""

    def name(self, file: Path) -> str:
        """A file as the user knows it."""
        return str(file) if self.repository is None else file.relative_to(self.root).as_posix()


@contextmanager
def seen(place: str) -> Iterator[Seen]:
    """See what lies at a place; raises InputError for what is neither here nor given by the hub."""
    id = None if fixed_part(place).expanduser().exists() else HubId.parse(without_release(place))
    if id is None or "/" not in id.name:
        there = Path(place).expanduser()
        if not fixed_part(str(there)).exists():
            raise InputError(f"{_WHAT} {place}: there is no such folder: give a folder or a hub id")
        yield Seen(str(there))
        return
    found = repository(id, _WHAT)
    with TemporaryDirectory() as folder:
        # layouts that know a repository by its name find it in the way of its files
        root = Path(folder) / id.name.replace("/", "--")
        names = [name for name in found.files if _below(name, fixed_part(id.inside).as_posix())]
        _lay_out(names, root, id)

        def before(source: Source) -> None:
            wanted = source.opens(names)
            content = found.download(wanted, _WHAT) if wanted else root
            for name in wanted:
                (root / name).unlink()
                (root / name).symlink_to(content / name)

        try:
            yield Seen(str(root / id.inside), before, found, root)
        except InputError as error:
            raise InputError(str(error).replace(str(root), str(id))) from None


def _lay_out(names: Iterable[str], root: Path, id: HubId) -> None:
    try:
        for name in names:
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).touch()
    except OSError as problem:
        raise InputError(
            f"{_WHAT} {id}: the names of its files cannot be files here ({problem.strerror}): use another"
        ) from None


def local_places(place: str | Path, sites: Sequence[Site]) -> Places:
    """Where the dictionaries of `sites` lie on this machine, after what is on the hub is downloaded.

    A Path is of this machine. Raises InputError for what the hub does not have or give, and for a place there
    without a dictionary of `sites`.
    """
    places = Places.parse(place)
    if isinstance(place, Path):
        return places
    found: dict[Kind | None, str] = {}
    for kind, one in places.of.items():
        some = [site for site in sites if kind in (None, site.kind)]
        found[kind] = _local(one, some) if some else one
    return Places(found)


def _local(place: str, sites: Sequence[Site]) -> str:
    with seen(place) as names:
        found = names.repository
        if found is None:
            return names.place
        source, files = first_layout(names.place, sites, names.before)
        folder = found.download(needed(source, map(names.name, files.values()), found.files), _WHAT)
        return names.place.replace(str(names.root), str(folder), 1)


def files_read(place: str, sites: Sequence[Site]) -> frozenset[str]:
    """Names of the files that are read of one place of this machine, as seen from its folder.

    A file given as the place is `.`. Raises InputError where no layout finds a dictionary.
    """
    root = fixed_part(place)
    if root.is_file():
        return frozenset({"."})
    source, found = first_layout(place, sites)
    known = {file.relative_to(root).as_posix() for file in root.rglob("*") if file.is_file()}
    return frozenset(needed(source, (file.relative_to(root).as_posix() for file in found.values()), known))


def needed(source: Source, files: Iterable[str], known: Collection[str]) -> set[str]:
    """The repository's files that hold these, and what is read with them."""
    needed, there = set(), frozenset(known)
    for file in files:
        while file not in there:  # a member of an archive
            file = file.rpartition("/")[0]
        folder = file.rpartition("/")[0]
        needed |= {file, *(normpath(f"{folder}/{name}".lstrip("/")) for name in source.beside)}
    return needed & there


def _below(name: str, folder: str) -> bool:
    return folder == "." or name == folder or name.startswith(f"{folder}/")

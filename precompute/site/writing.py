"""Writes a site: every page and file into a folder beside its place, which is taken when all are there."""

from __future__ import annotations

import fcntl
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from importlib.resources import files
from pathlib import Path

from explorer_engine.drawing import style
from explorer_engine.drawing.html import Html
from explorer_engine.errors import InputError
from explorer_engine.files import check_folder
from precompute.site import behaviour_page, circuit_page, feature_page, lists, places
from precompute.site.contents import Contents
from precompute.site.frame import page

__all__ = ["MARK", "check_place", "write"]

MARK = "circuit-explorer-site.txt"
"""The file that tells a folder which an export may replace."""


def check_place(out: Path) -> None:
    """Raises InputError for a place that holds anything but an exported site."""
    check_folder(out)
    if out.name in ("", ".."):
        raise InputError(f"{out}: name a folder of its own")
    if out.is_symlink():
        raise InputError(f"{out}: is a link: name the folder itself")
    if out.is_dir() and any(out.iterdir()) and not (out / MARK).is_file():
        raise InputError(f"{out}: is not empty, and no exported site: name another folder")


def write(contents: Contents, out: Path, step: Callable[[], None]) -> int:
    """Write the site to `out`; `step` is called after each page of a single thing. Number of pages.

    Killed before the end, it leaves the old site, or none; a kill between taking that away and putting the
    new one there is mended by the next export. Raises InputError as `check_place`.
    """
    check_place(out)
    under_way, old = (out.with_name(f".{out.name}.{what}") for what in ("partial", "old"))
    out.parent.mkdir(parents=True, exist_ok=True)
    with _alone(out):
        _settle(out, old)
        for left in (under_way, old):
            shutil.rmtree(left, ignore_errors=True)
        under_way.mkdir()
        try:
            n = _fill(under_way, contents, step)
            if out.exists():
                out.rename(old)
            under_way.rename(out)
        finally:
            shutil.rmtree(under_way, ignore_errors=True)
            _settle(out, old)
        shutil.rmtree(old, ignore_errors=True)
    return n


@contextmanager
def _alone(out: Path) -> Iterator[None]:
    """Hold the place; it is let go when the process ends. Raises InputError where another export has it."""
    file = out.with_name(f".{out.name}.lock")
    with file.open("w") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise InputError(f"{out}: another export is at it: wait for it, or name another folder") from None
        try:
            yield
        finally:
            file.unlink()


def _settle(out: Path, old: Path) -> None:
    """Put back the old site where an export ended between taking it away and putting the new one there."""
    if old.is_dir() and not out.exists():
        old.rename(out)


def _fill(folder: Path, contents: Contents, step: Callable[[], None]) -> int:
    """Write everything into an empty folder; the number of pages."""
    (folder / MARK).write_text(f"{contents.world.title}: exported by Circuit Explorer\n", "utf-8")
    own = files("precompute.site").joinpath("site.css").read_text("utf-8")
    (folder / places.STYLE).write_text(style.sheet() + own, "utf-8")
    n = contents.n_pages
    for place, title, body in lists.pages(contents):
        _put(folder, place, page(place, title, contents.world.title, body))
        n += 1
    for title, place, (body, file) in _singles(contents):
        _put(folder, place(), page(place(), title, contents.world.title, body))
        _put(folder, place(".json"), file)
        step()
    return n


def _singles(contents: Contents) -> Iterator[tuple[str, Callable[..., str], tuple[Html, str]]]:
    """Of each thing its title, where it lies (with the ending of its file), and page and file."""
    for of in contents.behaviours.values():
        title = of.label or f"Behaviour {of.id}"
        yield title, partial(places.behaviour, of.id), behaviour_page.made(contents, of)
    for circuit in contents.circuits.values():
        title = contents.title(circuit)
        yield title, partial(places.circuit, circuit.id), circuit_page.made(contents, circuit)
    for ref in contents.features:
        title = contents.labels.get(str(ref)) or f"Feature {ref}"
        yield title, partial(places.feature, ref), feature_page.made(contents, ref)


def _put(folder: Path, place: str, text: str) -> None:
    file = folder / place
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, "utf-8")

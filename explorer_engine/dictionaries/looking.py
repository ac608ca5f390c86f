"""What layouts have in common: looking for files below a place, reading what is written beside them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from explorer_engine.dictionaries.files.tensors import reason
from explorer_engine.dictionaries.hooks import site_of
from explorer_engine.errors import InputError
from explorer_engine.files import check_readable
from explorer_engine.sites import Kind, Site

__all__ = ["by_hook", "entry", "kind_asked", "matches", "no_sites", "one_each", "read_json"]

T = TypeVar("T")
_MOST = 1 << 24
"""Bytes of a JSON file that are read at most."""


def matches(place: str, *patterns: str) -> list[Path]:
    """The files below a place, which may hold `*`, that match a pattern, in order of name."""
    if "\0" in place:
        return []
    parts = Path(place).parts
    fixed = next((i for i, part in enumerate(parts) if "*" in part), len(parts))
    start, rest = Path(*parts[:fixed]), "/".join(parts[fixed:])
    roots = start.glob(rest) if rest else [start]
    return sorted(
        {file for root in roots for pattern in patterns for file in root.glob(pattern) if file.is_file()}
    )


def one_each(found: Iterable[tuple[Site, Path]], sites: Sequence[Site]) -> dict[Site, Path]:
    """The file of each of `sites` that has one, in their order; raises InputError for several of one."""
    files: dict[Site, Path] = {}
    for site, file in found:
        if site in files and site in sites:
            raise InputError(
                f"{site} has several dictionaries, {files[site]} and {file}: choose by a place with *, as in "
                "'DIR/*/width_16k'"
            )
        files[site] = file
    return {site: files[site] for site in sites if site in files}


def by_hook(found: Iterable[tuple[str, Path]], sites: Sequence[Site]) -> dict[Site, Path]:
    """As `one_each`, of files with their hooks; those that are no site are left out.

    Raises InputError, too, where nothing else is there.
    """
    found = list(found)
    refused = no_sites(found)
    known = [(site_of(hook), file) for hook, file in found if file not in refused]
    if refused and not known:
        file, why = next(iter(refused.items()))
        raise InputError(f"{file}: {why}")
    return one_each(known, sites)


def no_sites(found: Iterable[tuple[str, Path]]) -> dict[Path, str]:
    """Of files with their hooks those whose hook is no site, and why."""
    refused = {}
    for hook, file in found:
        try:
            site_of(hook)
        except InputError as error:
            refused[file] = str(error)
    return refused


def kind_asked(sites: Sequence[Site]) -> Kind | None:
    """The kind of all sites that are asked for, if they are of one, as where `resid=PLACE` is given."""
    return sites[0].kind if len({site.kind for site in sites}) == 1 else None


def read_json(file: Path) -> Mapping[str, Any]:
    """The object in a JSON file. Raises InputError where there is none."""
    try:
        if check_readable(file).stat().st_size > _MOST:
            raise ValueError("it is too long")
        found = json.loads(file.read_text("utf-8"))
    except InputError:
        raise
    except (OSError, ValueError, RecursionError) as error:
        raise InputError(f"{file} cannot be read ({reason(error)}): download it again") from None
    if not isinstance(found, dict):
        raise InputError(f"{file} holds no settings: download it again")
    return found


def entry(config: Mapping[str, Any], name: str, default: T, file: Path) -> T:
    """An entry of the default's type; the default where it is missing or null. Raises InputError else."""
    value = config.get(name)
    if value is None:
        return default
    if type(value) is not type(default):
        raise InputError(
            f"{file}: {name} is {value!r:.80}, expected {type(default).__name__}: download it again"
        )
    return value

"""Where the model of a bundle is to be found again: on the hub, in this project, or in a folder."""

from __future__ import annotations

from pathlib import Path

from explorer_engine.errors import InputError
from explorer_engine.hub import HubId, id_of

__all__ = ["place_again", "place_of"]

_PROJECT = Path(__file__).resolve().parents[3]


def place_of(model: str | Path, discreet: bool = False) -> tuple[str, str | None]:
    """A model's id and, of one of the hub, its revision; `model` is a folder or an id of the hub.

    A folder of this project is named from the project's root: it is there in every copy. `discreet`: of
    another one only the last two names are said.
    """
    folder = Path(model).expanduser()
    found = id_of(folder) if folder.is_dir() else HubId.parse(str(model))
    if found is not None:
        return found.name, found.revision or "main"
    whole = folder.resolve()
    if whole.is_relative_to(_PROJECT):
        return whole.relative_to(_PROJECT).as_posix(), None
    return (Path(*whole.parts[-2:]) if discreet else whole).as_posix(), None


def place_again(id: str, revision: str | None) -> str:
    """What `load_model` takes, from what `place_of` gave. Raises InputError for a folder that is not here."""
    if revision is not None:
        return id if revision == "main" else f"{id}@{revision}"
    for folder in (Path(id), _PROJECT / id):
        if folder.is_dir():
            return str(folder)
    raise InputError(f"its model lay in {id}, which is not here: name the model's folder (model=…)")

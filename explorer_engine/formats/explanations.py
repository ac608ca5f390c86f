"""Explanations of features by other programs: Neuronpedia's exports, delphi's files, JSON objects.

An object says where its dictionary stands (`site`, `hook`, `module` or `layer`), which feature it is about
(`feature`, `latent` or `index`) and what that is (`explanation` or `description`).
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from explorer_engine.dictionaries.hooks import site_of
from explorer_engine.errors import InputError
from explorer_engine.formats.annotations import ELSEWHERE
from explorer_engine.formats.objects import read_objects
from explorer_engine.formats.prompts import Dropped, read_text
from explorer_engine.sites import Kind, Site
from explorer_engine.store.explanations import Explanation
from explorer_engine.store.opinions import IMPORTED
from explorer_engine.store.rules import LONGEST_NAME, LONGEST_TEXT, mended

__all__ = ["NEURONPEDIA", "ExplanationFile", "is_explanations", "site_named"]

NEURONPEDIA = "neuronpedia"
UNSAID = "without an explanation"
UNPLACED = "of no site that is known"
UNNUMBERED = "without a feature's number"
WIDTH = "of dictionaries of another width"
_PLACES, _NUMBERS = ("site", "hook", "module", "layer"), ("feature", "latent", "index")
_TEXTS = ("explanation", "description")
_SOURCE = re.compile(
    r"(e|\d{1,3})-(res|att|mlp)-sm$|(\d{1,3})-gemmascope-(res|att|mlp)-(\d{1,4})k$", re.ASCII
)
_LATENT = re.compile(r"\.?(.+)_(?:latent|feature)(\d{1,18})$", re.ASCII)
_KINDS: dict[str, Kind] = {"res": "resid", "att": "attn", "mlp": "mlp"}
_ENDINGS = (".jsonl", ".json", ".jsonl.gz", ".json.gz", ".txt")


class ExplanationFile:
    """The explanations of a file, or of all files of a folder; read as they are asked for.

    A `.txt` file is one of delphi's, named by its latent (`layers.5_latent12.txt`). `sizes`: the number of
    features at each site of the world; `source` takes the place of the name that the file gives.
    """

    def __init__(self, place: Path, sizes: Mapping[Site, int], source: str | None = None) -> None:
        self._place, self._sizes, self._source = place, sizes, source
        self._reasons, self._kept = Counter[str](), 0
        self._elsewhere: list[str] = []
        self.model: str | None = None
        """Neuronpedia's name of the model; None where none was named."""

    def __iter__(self) -> Iterator[Explanation]:
        """Those of features of the world, in their order; texts that are too long are cut.

        Raises InputError naming file and line for what is no object, for explanations of several models, and
        at the end where none was of this world.
        """
        for where, row in _rows(self._place):
            self._check_model(where, row)
            if (found := self._explanation(row)) is not None:
                self._kept += 1
                yield found
        if not self._kept:
            why = ", ".join(f"{n} {reason}" for reason, n in self.dropped.reasons.items()) or "it is empty"
            raise InputError(f"{self._place}: no explanation of a feature of this world ({why})")

    @property
    def dropped(self) -> Dropped:
        """How many were read so far, and how many were left out for which reason."""
        shown = ", ".join(self._elsewhere)
        reasons = {
            f"{name}, as {shown}" if name == ELSEWHERE else name: n for name, n in self._reasons.items()
        }
        return Dropped(str(self._place), self._kept, reasons)

    def _explanation(self, row: Mapping[str, Any]) -> Explanation | None:
        text = next((row[name] for name in _TEXTS if isinstance(row.get(name), str)), "").strip()
        place, number = _named(row)
        site, width = site_named(place) if place else (None, None)
        if not text or site is None or number is None:
            self._reasons[UNSAID if not text else UNPLACED if site is None else UNNUMBERED] += 1
            return None
        size = self._sizes.get(site, 0)
        if width is not None and size and size // 1000 != width:
            self._reasons[WIDTH] += 1
            return None
        if number >= size:
            self._reasons[ELSEWHERE] += 1
            self._elsewhere += [f"{site}/{number}"] if len(self._elsewhere) < 3 else []
            return None
        cut = text if len(text) <= LONGEST_TEXT else f"{text[: LONGEST_TEXT - 1]}…"
        return Explanation(f"{site}/{number}", self._named_source(row), mended(cut), json.dumps(row))

    def _named_source(self, row: Mapping[str, Any]) -> str:
        """Where it is from and which model wrote it."""
        given = NEURONPEDIA if "modelId" in row else self._place.name.split(".")[0]
        by = row.get("explanationModelName")
        name = f"{self._source or given}, {by}" if isinstance(by, str) and by else self._source or given
        return mended(f"{IMPORTED}{name}"[:LONGEST_NAME].strip())

    def _check_model(self, where: str, row: Mapping[str, Any]) -> None:
        model = row.get("modelId")
        if not isinstance(model, str):
            return
        self.model = self.model or model
        if model != self.model:
            raise InputError(
                f"{where}: modelId is {model[:80]!r}, before it was {self.model[:80]!r}: give one model's"
            )


def is_explanations(place: Path) -> bool:
    """Whether a file or folder is of explanations: not of people's annotations or statements.

    Raises InputError for a file that cannot be read.
    """
    if place.is_dir() or (place.suffix == ".txt" and _LATENT.match(place.stem)):
        return True
    if place.suffix in (".csv", ".parquet"):
        return False
    for _, row in read_objects(place):
        if "Name" in row or "annotator" in row:
            return False
        if any(name in row for name in _TEXTS):
            return True
    return False


@lru_cache(1024)
def site_named(name: str) -> tuple[Site | None, int | None]:
    """The site that a name means, and how many thousand features its dictionary has, where the name says it.

    Known are our own names, hooks, and Neuronpedia's sources of Pythia-70M (`5-res-sm`) and of Gemma Scope
    (`20-gemmascope-res-16k`). None for another name.
    """
    if found := _SOURCE.match(name):
        layer, kind = found[1] or found[3], _KINDS[found[2] or found[4]]
        if layer == "e":
            return (Site("embed", -1) if kind == "resid" else None), None
        return Site(kind, int(layer)), int(found[5]) if found[5] else None
    for read in (Site.parse, site_of):
        try:
            return read(name), None
        except ValueError:  # another name, or a number with thousands of digits
            continue
    return None, None


def _named(row: Mapping[str, Any]) -> tuple[str | None, int | None]:
    """The place and the number that an object names; None for what it does not say."""
    place = next((row[name] for name in _PLACES if isinstance(row.get(name), str)), None)
    given = next((row[name] for name in _NUMBERS if row.get(name) is not None), None)
    if isinstance(given, str) and place is None and (both := _LATENT.match(given)):
        place, given = both[1], both[2]
    if isinstance(given, str) and place is None and "/" in given:
        place, _, given = given.partition("/")
    if isinstance(given, str) and given.isascii() and given.isdecimal() and len(given) < 19:
        given = int(given)
    return place, given if type(given) is int and given >= 0 else None


def _rows(place: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """The objects of a file, or of all files of a folder in order of their names."""
    if not place.is_dir():
        files = [place]
    elif not (files := sorted(file for file in place.iterdir() if _is_one(file))):
        raise InputError(f"{place}: no file of explanations in this folder: expected {', '.join(_ENDINGS)}")
    for file in files:
        if file.suffix == ".txt":
            yield str(file), _latent(file)
        else:
            yield from read_objects(file)


def _is_one(file: Path) -> bool:
    """Whether a file of a folder is read: by the end of its name; plain text where a latent names it."""
    named = file.suffix != ".txt" or bool(_LATENT.match(file.stem))
    return named and file.name.endswith(_ENDINGS)


def _latent(file: Path) -> dict[str, Any]:
    """A file of delphi: the explanation as a JSON string, or as it is, under its latent's name."""
    if not _LATENT.match(file.stem):
        raise InputError(f"{file} is not named by a latent: expected a name as layers.5_latent12.txt")
    text = read_text(file)
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        found = text
    return {"latent": file.stem, "explanation": found if isinstance(found, str) else text}

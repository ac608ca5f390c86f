"""Damaged files of every layout: read, or told in one line; nothing else is raised, no memory taken for lies.

`DAMAGES=500 python -m pytest tests/explorer_engine/dictionaries/sources/test_damaged.py` tries 500 of each.
"""

from __future__ import annotations

import json
import os
import random
import resource
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from explorer_engine.dictionaries import describe_dictionaries, load_dictionaries
from explorer_engine.errors import InputError
from tests.explorer_engine.dictionaries.sources.layouts import LAYOUTS
from tests.explorer_engine.tiny import tiny_model

DAMAGES = int(os.environ.get("DAMAGES", "40"))
ROOM = 1 << 30
"""Bytes of address space that reading a file of a few kB may take."""
SITES = tiny_model("gpt_neox").sites
VALUES: list[Any] = [
    None,
    True,
    -1,
    0,
    10**30,
    1.5,
    float("nan"),
    float("inf"),
    "",
    "x" * 300,
    "\0",
    [],
    {},
    [[]],
]


def flip(content: bytearray, r: random.Random) -> None:
    for _ in range(r.choice([1, 1, 3, 20])):
        content[r.randrange(len(content))] = r.randrange(256)


def cut(content: bytearray, r: random.Random) -> None:
    del content[r.randrange(len(content)) :]


def insert(content: bytearray, r: random.Random) -> None:
    at = r.randrange(len(content))
    content[at:at] = r.randbytes(r.choice([1, 8, 100]))


def remove(content: bytearray, r: random.Random) -> None:
    at = r.randrange(len(content))
    del content[at : at + r.choice([1, 8, 100])]


def repeat(content: bytearray, r: random.Random) -> None:
    a, b, n = r.randrange(len(content)), r.randrange(len(content)), r.choice([4, 8, 64])
    content[a : a + n] = content[b : b + n]


def digits(content: bytearray, r: random.Random) -> None:
    """Another number where one is written out, as in a header's shape."""
    places = [i for i, c in enumerate(content) if 48 <= c < 58]
    for i in r.sample(places, min(3, len(places))):
        content[i] = 48 + r.randrange(10)


def maximal(content: bytearray, r: random.Random) -> None:
    """A length that is as large as it can be."""
    at = r.randrange(len(content))
    content[at : at + 4] = r.choice([b"\xff\xff\xff\xff", b"\xff\xff\xff\x7f", b"\0\0\0\0"])


def setting(content: bytearray, r: random.Random) -> None:
    """Another value in a JSON file, or of other types; any other file is cut."""
    try:
        found = json.loads(content)
    except ValueError:
        return cut(content, r)
    inner = r.choice([found, *(value for value in found.values() if isinstance(value, dict) and value)])
    inner[r.choice([*inner])] = r.choice(VALUES)
    content[:] = json.dumps(r.choice([found, found, found, r.choice(VALUES)])).encode()
    return None


DAMAGE: list[Callable[[bytearray, random.Random], None]]
DAMAGE = [flip, flip, cut, insert, remove, repeat, digits, digits, maximal, setting, setting]


@contextmanager
def little_memory() -> Iterator[None]:
    """Address space for what there is and `ROOM` more."""
    before = resource.getrlimit(resource.RLIMIT_AS)
    taken = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (taken + ROOM, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, before)


def tried(place: Path) -> bool:
    """Whether it was told that it cannot be read."""
    told = False
    for use in (
        lambda: load_dictionaries(place, SITES, "cpu"),
        lambda: describe_dictionaries(place, SITES),
    ):
        try:
            use()
        except InputError as error:
            assert "\n" not in str(error)[:-1] and len(str(error)) < 2000
            told = True
    return told


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="the limit is set as Linux counts")
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", list(LAYOUTS))
def test_damage_is_told(name: str, tmp_path: Path) -> None:
    whole = LAYOUTS[name].write(tmp_path / "whole")
    others = [LAYOUTS[other].write(tmp_path / "others" / str(i)) for i, other in enumerate(LAYOUTS)]
    strange = [file for place in others for file in ([place] if place.is_file() else place.rglob("*.*"))]
    strange = [file.read_bytes() for file in strange if file.is_file()]
    r, told = random.Random(name), 0
    with little_memory():
        for i in range(DAMAGES):
            copy = tmp_path / f"{i % 7}"
            shutil.rmtree(copy, ignore_errors=True)
            shutil.copytree(tmp_path / "whole", copy)
            place = copy / whole.relative_to(tmp_path / "whole")
            files = (
                [place] if place.is_file() else sorted(file for file in place.rglob("*") if file.is_file())
            )
            file = r.choice(files)
            content = bytearray(file.read_bytes())
            if i % 20 == 19:
                content[:] = r.choice(strange)
            else:
                r.choice(DAMAGE)(content, r)
            file.write_bytes(content)
            told += tried(place)
    assert told > DAMAGES / 4

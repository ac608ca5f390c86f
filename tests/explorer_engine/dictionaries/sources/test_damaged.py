"""Damaged files of every layout: read, or told in one line; nothing else is raised, no memory taken for lies.

`DAMAGES=500 python -m pytest tests/explorer_engine/dictionaries/sources/test_damaged.py` tries 500 of each.
"""

from __future__ import annotations

import random
import resource
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from explorer_engine.dictionaries import describe_dictionaries, load_dictionaries
from explorer_engine.errors import InputError
from tests.damage import DAMAGE, DAMAGES
from tests.explorer_engine.dictionaries.sources.layouts import LAYOUTS
from tests.explorer_engine.tiny import tiny_model

ROOM = 1 << 30
"""Bytes of address space that reading a file of a few kB may take."""
SITES = tiny_model("gpt_neox").sites


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

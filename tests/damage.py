"""Ways to damage a file, for tests that feed damaged ones: bytes in place, by a seeded generator.

`DAMAGES=500 python -m pytest …` tries 500 of each.
"""

from __future__ import annotations

import json
import os
import random
from collections.abc import Callable
from typing import Any

__all__ = ["DAMAGE", "DAMAGES", "inner", "setting_in_line", "setting_in_toml"]

DAMAGES = int(os.environ.get("DAMAGES", "40"))
VALUES: list[Any] = [
    None,
    True,
    -1,
    0,
    10**30,
    10**400,
    1.5,
    float("nan"),
    float("inf"),
    "",
    "x" * 300,
    "\0",
    "\ud800",
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
    inside = found if isinstance(found, list) else [found, *found.values()]
    inner = r.choice([value for value in inside if isinstance(value, dict) and value])
    inner[r.choice([*inner])] = r.choice(VALUES)
    content[:] = json.dumps(r.choice([found, found, found, r.choice(VALUES)])).encode()
    return None


def setting_in_line(content: bytearray, r: random.Random) -> None:
    """The same in one of its lines."""
    lines = [bytearray(line) for line in bytes(content).splitlines()]
    setting(r.choice(lines), r)
    content[:] = b"\n".join(lines)


def inner(content: bytearray, r: random.Random) -> None:
    """Another value somewhere deep in a JSON file, or a key of another name; any other file is cut."""
    try:
        found: Any = json.loads(content)
    except ValueError:
        return cut(content, r)
    here: Any = found if isinstance(found, (dict, list)) and found else [found]
    while True:
        keys = list(here) if isinstance(here, dict) else list(range(len(here)))
        key = r.choice(keys)
        if isinstance(here[key], (dict, list)) and here[key] and r.random() < 0.9:
            here = here[key]
            continue
        if isinstance(here, dict) and r.random() < 0.2:
            here[f"{key}?"] = here.pop(key)
        else:
            here[key] = r.choice([*VALUES, "error", "~x_1", "embed", {"name": []}, 10**18])
        break
    content[:] = json.dumps(found).encode()
    return None


def setting_in_toml(content: bytearray, r: random.Random) -> None:
    """Another value of a field of a TOML file, or its line twice, or another name."""
    lines = content.decode("utf-8", "replace").splitlines()
    places = [i for i, line in enumerate(lines) if " = " in line]
    if not places:
        return cut(content, r)
    at = r.choice(places)
    name = lines[at].partition(" = ")[0]
    lines[at] = r.choice([*(f"{name} = {value}" for value in TOML * 2), lines[at] * 2, f"{name}s = 1", "["])
    content[:] = "\n".join(lines).encode()
    return None


TOML = ["nan", "inf", "-1", "0", "1" * 400, "1e400", '""', '"\\u0000"', "[]", "{}", "true", f'"{"x" * 3000}"']
TOML += ['"\\u001b[31m"', '"/"', '"."', "[1, 2]", '"../../.."', "-0.5", "1979-05-27", "[" * 3000, "3"]
DAMAGE: list[Callable[[bytearray, random.Random], None]]
DAMAGE = [flip, flip, cut, insert, remove, repeat, digits, digits, maximal, setting, setting]

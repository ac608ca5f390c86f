"""What the app was started with: the worlds' folders, circuits, where judgements are kept, the device."""

from __future__ import annotations

import os
import sys
from functools import lru_cache
from pathlib import Path

from explorer_engine.errors import InputError
from explorer_engine.store import judgement_file
from explorer_engine.world.manifest import MANIFEST

__all__ = ["ROOT", "circuit_paths", "device", "judgements_path", "operations", "world_paths"]

ROOT = Path(__file__).resolve().parents[1]
"""The project's folder: defaults are relative to it, whatever the working directory."""


def _arguments(name: str) -> list[str]:
    """`streamlit run app/main.py -- --world DIR --world=DIR`: all that is given under a name."""
    words, found = sys.argv[1:], []
    for i, word in enumerate(words):
        if word == name and i + 1 < len(words):
            found.append(words[i + 1])
        elif word.startswith(f"{name}="):
            found.append(word.partition("=")[2])
    return found


def _argument(name: str) -> str | None:
    """The first that is given under a name."""
    return next(iter(_arguments(name)), None)


def world_paths() -> tuple[Path, ...]:
    """The worlds' folders: every `--world`, else those in CIRCUIT_EXPLORER_WORLDS, else assets/demo.

    A folder that is no world but holds some stands for all of them, by name. None comes twice.
    """
    listed = (path for path in os.environ.get("CIRCUIT_EXPLORER_WORLDS", "").split(os.pathsep) if path)
    given = _arguments("--world") or list(listed) or [str(ROOT / "assets" / "demo")]
    found = {_resolved(world): world for path in given for world in _worlds_in(Path(path))}
    return tuple(found.values())


@lru_cache(maxsize=256)
def _resolved(path: Path) -> Path:
    """Remembered: it looks at every folder above, and pages ask often."""
    return path.resolve()


def _worlds_in(folder: Path) -> list[Path]:
    if (folder / MANIFEST).exists() or not folder.is_dir():
        return [folder]
    inside = sorted(file.parent for file in folder.glob(f"*/{MANIFEST}"))
    return [world for world in inside if not world.name.startswith(".")] or [folder]


def judgements_path(world_key: str) -> Path:
    """The judgement store of the world's dictionaries, where `--judgements` or the environment say."""
    return judgement_file.judgements_path(_argument("--judgements"), world_key)


def circuit_paths() -> tuple[Path, ...]:
    """The circuit files that are opened at the start: every `--circuit`."""
    return tuple(Path(path) for path in dict.fromkeys(_arguments("--circuit")))


def device() -> str:
    """Where the model runs: `--device`, else CIRCUIT_EXPLORER_DEVICE, else the CPU; `auto` = a GPU if any."""
    return _argument("--device") or os.environ.get("CIRCUIT_EXPLORER_DEVICE") or "cpu"


def operations() -> tuple[str, int] | None:
    """Where readiness and metrics are given out: `--operations HOST:PORT`, else CIRCUIT_EXPLORER_OPERATIONS.

    None: nowhere. Raises InputError for what is no address.
    """
    said = _argument("--operations") or os.environ.get("CIRCUIT_EXPLORER_OPERATIONS")
    if not said:
        return None
    host, _, port = said.rpartition(":")
    if not (host and port.isascii() and port.isdecimal() and int(port) < 1 << 16):
        raise InputError(f"--operations {said}: is no address: give HOST:PORT, for example 127.0.0.1:9108")
    return host.strip("[]"), int(port)

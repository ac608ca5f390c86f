"""What the app was started with: the world's folder, the judgement store's file, the device."""

from __future__ import annotations

import os
import sys
from pathlib import Path

__all__ = ["ROOT", "device", "judgements_path", "world_path"]

ROOT = Path(__file__).resolve().parents[1]
"""The project's folder: defaults are relative to it, whatever the working directory."""


def _argument(name: str) -> str | None:
    """`streamlit run app/main.py -- --world DIR` and `--world=DIR`."""
    for i, word in enumerate(sys.argv[1:], 1):
        if word == name and i + 1 < len(sys.argv):
            return sys.argv[i + 1]
        if word.startswith(name + "="):
            return word.partition("=")[2]
    return None


def world_path() -> Path:
    """The world's folder: `--world`, else CIRCUIT_EXPLORER_WORLD, else assets/demo."""
    return Path(_argument("--world") or os.environ.get("CIRCUIT_EXPLORER_WORLD") or ROOT / "assets" / "demo")


def judgements_path(world_key: str) -> Path:
    """The judgement store: `--judgements`, else CIRCUIT_EXPLORER_JUDGEMENTS, else data/judgements-KEY.duckdb.

    A file for each set of dictionaries: a label of one world's resid_2/31 must never name another's.
    """
    given = _argument("--judgements") or os.environ.get("CIRCUIT_EXPLORER_JUDGEMENTS")
    return Path(given or ROOT / "data" / f"judgements-{world_key}.duckdb")


def device() -> str:
    """Where the model runs: `--device`, else CIRCUIT_EXPLORER_DEVICE, else the CPU; `auto` = a GPU if any."""
    return _argument("--device") or os.environ.get("CIRCUIT_EXPLORER_DEVICE") or "cpu"

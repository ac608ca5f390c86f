"""A clean clone of the project in a folder: what git tracks, as it stands now; a page followed in it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

__all__ = ["ROOT", "clone", "commands_of", "following", "run"]

ROOT = Path(__file__).parents[1]


def clone(folder: Path) -> Path:
    """Copy every file that git tracks into `folder`."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    for name in filter(None, listed.stdout.split("\0")):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, folder / name)
    return folder


def run(command: str, folder: Path) -> str:
    """Run a shell command there, with this Python first on the path, and give what it said."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    done = subprocess.run(
        ["bash", "-euc", command],
        cwd=folder,
        env={**os.environ, "PATH": path, "OMP_NUM_THREADS": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert done.returncode == 0, f"{command}\n{done.stdout[-3000:]}"
    return done.stdout


def commands_of(page: str) -> list[str]:
    """The commands of a page for the shell, a block of it each."""
    return re.findall(r"```bash\n(.*?)```", page, re.S)


def following(blocks: Sequence[str]) -> Callable[..., tuple[Path, str]]:
    """A fixture: a clone in which these commands were run one after the other, and what they said."""

    @pytest.fixture(scope="module")
    def followed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
        folder = clone(tmp_path_factory.mktemp("clone"))
        return folder, "".join(run(commands, folder) for commands in blocks)

    return followed

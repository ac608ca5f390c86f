"""A small disk that can be made larger, for tests of a full one."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

__all__ = ["Disk", "small_disk"]


class Disk:
    """A file system in memory, mounted at a folder."""

    def __init__(self, folder: Path, size: int) -> None:
        """`size` in bytes. Raises OSError and CalledProcessError where this user may not mount any."""
        self.folder, self.size = folder, size
        self._mount("-o", f"size={size}", "tmpfs", str(folder))

    def grow(self, more: int) -> None:
        """Make room for so many bytes more."""
        self.size += more
        self._mount("-o", f"remount,size={self.size}", str(self.folder))

    def _mount(self, *arguments: str) -> None:
        subprocess.run(["mount", "-t", "tmpfs", *arguments], check=True, capture_output=True)


@contextmanager
def small_disk(folder: Path, size: int) -> Iterator[Disk]:
    """A disk of `size` bytes at an empty folder; the test is skipped where this user may not mount any."""
    try:
        disk = Disk(folder, size)
    except (OSError, subprocess.CalledProcessError) as problem:
        pytest.skip(f"no small disk can be mounted here ({problem}): run as root on Linux")
    try:
        yield disk
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)

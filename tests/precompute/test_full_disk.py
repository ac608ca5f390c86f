"""A disk that is full, in whatever stage: one line, nothing half published, and with more room it goes on."""

from __future__ import annotations

import shutil

from tests.precompute.disk import small_disk
from tests.precompute.driver import Driver
from tests.precompute.real_text import arguments, stored, take_over

STEP = 700_000
"""Bytes of room that are made each time."""


def test_full_again_and_again_it_says_so_and_ends_in_the_same_world(real, tmp_path):
    (folder := tmp_path / "disk").mkdir()
    with small_disk(folder, 10**9) as disk:
        take_over(real, folder)
        shutil.rmtree(folder / "work" / "language-model")
        disk.grow(shutil.disk_usage(folder).used + STEP - disk.size)
        times = 0
        while (status := Driver(tmp_path / "said", arguments(folder)).wait()) == 2:
            assert "the disk is full: make room" in (tmp_path / "said").read_text().splitlines()[-1]
            assert "Traceback" not in (tmp_path / "said").read_text()
            assert not (folder / "world" / "manifest.json").exists()
            times += 1
            disk.grow(STEP)
        assert status == 0, (tmp_path / "said").read_text()
        assert times > 3, "it was full in several places"
        assert stored(folder) == stored(real)

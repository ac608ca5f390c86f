"""The public interface: every name is there, and asking for a store's reader costs no torch."""

from __future__ import annotations

import subprocess
import sys

import pytest

import explorer_engine as ee


@pytest.mark.parametrize("name", ee.__all__)
def test_every_public_name_can_be_used(name: str) -> None:
    assert getattr(ee, name) is not None


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'find_circiut'"):
        _ = ee.find_circiut


def test_opening_a_store_does_not_import_torch() -> None:
    code = "import sys, explorer_engine as ee; ee.open_world; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0

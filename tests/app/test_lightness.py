"""Opening a page imports no torch and no pandas: only a worker that needs the model pays for it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = """
import sys
from streamlit.testing.v1 import AppTest
at = AppTest.from_file("app/main.py", default_timeout=30)
at.run()
for page in ("behaviours", "circuit", "features", "judge"):
    at.switch_page(f"{page}/page.py")
    at.run()
assert not at.exception, at.exception
heavy = sorted({"torch", "transformers", "nnsight", "sklearn", "pandas", "pyarrow"} & sys.modules.keys())
sys.exit(f"imported: {heavy}" if heavy else 0)
"""


@pytest.mark.usefixtures("world_dir")
def test_pages_import_nothing_heavy():
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], cwd=ROOT, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr[-2000:]

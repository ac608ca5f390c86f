"""The hub's own client against a local server that answers as the hub does, where there is such a server.

CIRCUIT_EXPLORER_HUB names a folder with `hub.py` (the class `Hub`, a server) and `contents.py` (`datasets()`:
small data sets in the layouts of the true ones).
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

FOLDER = os.environ.get("CIRCUIT_EXPLORER_HUB")
ROOT = Path(__file__).parents[4]
VERSION = """
import sys
from precompute.texts.source import TextSource
print(TextSource(sys.argv[1]).version())
"""
LABELLED = """
import sys
from pathlib import Path
from explorer_engine.shift.splits import SplitSizes
from precompute.engine.run import run_stages
from precompute.stages.labelled import ClassifierOptions, stage
options = ClassifierOptions(
    "LabHC/bias_in_bios", "resid_0", (21, 22), (0, 1), "bios", text="hard_text",
    label="profession", attribute="gender", sizes=SplitSizes(4, 4, 4, 0),
)
run_stages([stage([options])], Path(sys.argv[1]))
draw = Path(sys.argv[1]) / "labelled" / "bios" / "draw-0"
for name in ("ambiguous", "balanced", "test"):
    print(name, len((draw / f"{name}.jsonl").open().readlines()))
"""
CLIENT = """
import sys
from explorer_engine.errors import InputError
from precompute.texts.source import TextSource, open_texts
try:
    texts = list(open_texts(TextSource(sys.argv[1], split=sys.argv[2], column=sys.argv[3])))
    print(len(texts), texts[0])
except InputError as error:
    print("InputError", error)
"""


@pytest.fixture(scope="module")
def hub():
    if FOLDER is None:
        pytest.skip("CIRCUIT_EXPLORER_HUB names no stand-in for the hub")
    sys.path.insert(0, FOLDER)
    try:
        server, contents = import_module("hub"), import_module("contents")
        with server.Hub() as hub:
            for (kind, name, revision), files in contents.datasets().items():
                hub.add(kind, name, files, revision=revision)
            yield hub
    finally:
        sys.path.remove(FOLDER)


@pytest.fixture
def said(hub, tmp_path):
    def said(script, *arguments, **more):
        environment = {
            "PATH": os.environ["PATH"], "HF_HOME": str(tmp_path), "HF_ENDPOINT": hub.url,
            "HOME": str(tmp_path), "NO_PROXY": "127.0.0.1,localhost", "HF_HUB_DISABLE_XET": "1",
            "HF_HUB_DISABLE_TELEMETRY": "1", "HF_UPDATE_DOWNLOAD_COUNTS": "0",
            "HF_HUB_DISABLE_PROGRESS_BARS": "1", **more,
        }  # fmt: skip
        command = [sys.executable, "-c", script, *arguments]
        done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, timeout=100)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    return said


@pytest.fixture
def read(said):
    return lambda source, split, column: said(CLIENT, source, split, column)


def test_parquet_and_packed_json_lines_are_streamed(read):
    assert read("LabHC/bias_in_bios@main", "dev", "hard_text") == "10 The person number 0 works."
    assert read("monology/pile-uncopyrighted", "train", "text").startswith("900 train0 document 0 word")


def test_what_is_not_there_is_told_in_one_line(read):
    assert "OWNER/NAME" in read("owner/nothing", "train", "text")
    told = read("LabHC/bias_in_bios", "nothing", "hard_text")
    assert told.startswith("InputError") and "nothing" in told and "train" in told and "\n" not in told
    assert "gender, hard_text, profession" in read("LabHC/bias_in_bios", "test", "text")


def test_a_classifiers_texts_are_read(said, tmp_path):
    """The stand-in's Bias in Bios has professions 21 and 22, and in its test split texts of the other."""
    told = said(LABELLED, str(tmp_path / "work"))
    assert told.splitlines()[-3:] == ["ambiguous 4", "balanced 4", "test 4"]


def test_the_version_is_the_commit_that_a_revision_is_at(said):
    newest = said(VERSION, "LabHC/bias_in_bios")
    assert re.fullmatch("[0-9a-f]{40}", newest)
    assert said(VERSION, f"LabHC/bias_in_bios@{newest}") == newest
    assert said(VERSION, "owner/nothing") == "None"
    assert said(VERSION, "LabHC/bias_in_bios", HF_HUB_OFFLINE="1") == "None"

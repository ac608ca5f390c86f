"""Data sets of the hub by its own client, against a server that answers as the hub does."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.hub import ROOT, Hub
from tests.precompute.published import add_texts

PILE, BIOS = "monology/pile-uncopyrighted", "LabHC/bias_in_bios"
CLIENT = """
import json, sys
from explorer_engine.errors import InputError
from precompute.texts.source import TextSource, open_texts

def told(source, split, column):
    options = TextSource(source, split=split, column=column)
    try:
        texts = list(open_texts(options))
        return [len(texts), texts[0], texts[-1], options.version()]
    except InputError as error:
        return [str(error)]

for asked in json.loads(sys.argv[1]):
    print("@@" + json.dumps(told(*asked)))
"""
LABELLED = """
import sys
from pathlib import Path
from explorer_engine.shift.splits import SplitSizes
from precompute.engine.run import run_stages
from precompute.stages.labelled import ClassifierOptions, stage
options = ClassifierOptions(
    "LabHC/bias_in_bios", "resid_0", (21, 13), (0, 1), "bios", test="test", text="hard_text",
    label="profession", attribute="gender", draws=1, sizes=SplitSizes(4, 4, 4, 0),
)
made = stage([options])
run_stages([made], Path(sys.argv[1]))
print(made.reads())
"""
ASKED = {
    "packed json lines": (PILE, "train", "text"),
    "parquet": (f"{BIOS}@main", "dev", "hard_text"),
    "no data set": ("owner/nothing", "train", "text"),
    "no split": (BIOS, "nothing", "hard_text"),
    "no column": (BIOS, "test", "text"),
}
Said = dict[str, list]


@pytest.fixture(scope="module")
def hub(tmp_path_factory) -> Iterator[Hub]:
    with Hub() as hub:
        add_texts(hub, tmp_path_factory.mktemp("repositories"))
        yield hub


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def client(hub, home) -> Callable[..., str]:
    """What a process of the client prints."""

    def client(*arguments: str, **more: str) -> str:
        done = subprocess.run(
            arguments,
            env=hub.environment(home, **more),
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=100,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    return client


@pytest.fixture(scope="module")
def read(client) -> Callable[..., Said]:
    """How many texts, the first, the last and the commit; or the message."""

    def read(**more: str) -> Said:
        lines = client(sys.executable, "-c", CLIENT, json.dumps(list(ASKED.values())), **more).splitlines()
        found = [json.loads(line[2:]) for line in lines if line.startswith("@@")]
        return dict(zip(ASKED, found, strict=True))

    return read


@pytest.fixture(scope="module")
def online(read) -> Said:
    return read()


@pytest.fixture(scope="module")
def offline(online, read) -> Said:
    """After everything was streamed, of which nothing is kept."""
    return read(HF_HUB_OFFLINE="1")


@pytest.fixture(scope="module")
def downloaded(offline, hub, client, read) -> Said:
    """Offline, of the data set's files some were fetched before, of the other all."""
    command = str(Path(sys.executable).with_name("hf")), "download", "--repo-type", "dataset"
    client(*command, PILE, "--include", "train/*")
    client(*command, BIOS)
    hub.asked.clear()
    return read(HF_HUB_OFFLINE="1")


def test_packed_json_lines_and_parquet_are_streamed(online):
    assert online["packed json lines"][0] == 900, "of all three files"
    assert online["parquet"][0] == 144 and online["parquet"][1].startswith("He writes on")
    assert all(re.fullmatch("[0-9a-f]{40}", online[name][3]) for name in ("packed json lines", "parquet"))


@pytest.mark.parametrize(
    ("name", "said"),
    [("no data set", "OWNER/NAME"), ("no split", "train"), ("no column", "gender, hard_text")],
)
def test_what_is_not_there_is_told_in_one_line(online, name, said):
    (told,) = online[name]
    assert said in told and ASKED[name][0] in told and "\n" not in told


def test_offline_it_is_told_how_to_fetch_what_was_only_streamed(offline):
    for name, (source, split, _) in ASKED.items():
        (told,) = offline[name]
        assert f"split {split!r} is not in the cache" in told and "\n" not in told
        assert told.endswith(f"hf download --repo-type dataset {source.partition('@')[0]}")


def test_offline_the_files_in_the_cache_are_read_as_they_would_be_streamed(online, downloaded, hub):
    for name in ("packed json lines", "parquet", "no column"):
        assert downloaded[name] == online[name]
    assert hub.asked == []


def test_labelled_texts_are_read_again_when_their_data_set_changes(client, online, tmp_path):
    """The test split is one of the same data set, and none of its own."""
    said = client(sys.executable, "-c", LABELLED, str(tmp_path))
    assert said.split()[-1] == online["parquet"][3]
    draw = tmp_path / "labelled" / "bios" / "draw-0"
    assert [len((draw / f"{n}.jsonl").open().readlines()) for n in ("ambiguous", "balanced", "test")] == [
        4
    ] * 3

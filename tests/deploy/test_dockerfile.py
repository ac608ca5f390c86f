"""deploy/Dockerfile keeps its word: its steps, executed one after the other, give an app that is ready.

Folders of the image lie below the test's own; what pip would install is here already.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.clone import ROOT, clone
from tests.deploy.starting import read, ready, started

Step = tuple[str, str]


def steps() -> list[Step]:
    text = re.sub(r"\\\n\s*", "", (ROOT / "deploy/Dockerfile").read_text("utf-8"))
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return [tuple(line.split(maxsplit=1)) for line in lines]  # type: ignore[misc]


class Image:
    """What the steps make: files below a folder, variables, and the command that is run in the end."""

    def __init__(self, root: Path, context: Path) -> None:
        self.root, self._context = root, context
        self.work, self.environment, self.command = root, dict[str, str](), list[str]()

    def inside(self, text: str) -> str:
        """A text with folders of the image as they lie here."""
        return re.sub(r"(?<![\w.:/])/(data|srv)\b", rf"{self.root}/\1", text)

    def do(self, step: Step) -> None:
        match step:
            case "WORKDIR", place:
                self.work = Path(self.inside(place))
                self.work.mkdir(parents=True)
            case "COPY", places:
                source, to = places.split()
                (shutil.copytree if source.endswith("/") else shutil.copy)(
                    self._context / source, self.work / to if source.endswith("/") else self.work
                )
            case "ENV", setting:
                name, _, value = setting.partition("=")
                self.environment[name] = self.inside(value)
            case "RUN", line:
                line = line.replace("chown 10001:10001", f"chown {os.getuid()}:{os.getgid()}")
                path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
                given = {**os.environ, **self.environment, "PATH": path, "PIP_NO_INDEX": "1"}
                subprocess.run(["sh", "-euc", self.inside(line)], cwd=self.work, env=given, check=True)
            case "ENTRYPOINT", words:
                self.command = json.loads(words)
            case (("FROM" | "USER" | "VOLUME" | "EXPOSE" | "HEALTHCHECK"), _):
                pass
            case other:
                pytest.fail(f"the test does not know how to do {other}")


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Image:
    folder = tmp_path_factory.mktemp("docker")
    made = Image(folder / "root", clone(folder / "context"))
    for step in steps():
        made.do(step)
    return made


def test_its_steps_give_an_app_that_is_ready_and_ends_when_told_to(image: Image) -> None:
    with started(image.command, image.work, image.environment) as (page, operations):
        assert ready(operations)["worlds"]
        status, text = read(f"{operations}/metrics")
        assert status == 200 and "circuit_explorer_ready 1.0" in text
        assert read(page)[0] == 200
    assert Path(image.environment["CIRCUIT_EXPLORER_JUDGEMENTS"]).is_dir(), "what it keeps is on the disk"


def test_the_folder_that_is_sent_to_the_builder_holds_what_is_copied() -> None:
    sent = (ROOT / "deploy/Dockerfile.dockerignore").read_text().split()
    copied = {places.split()[0].rstrip("/") for name, places in steps() if name == "COPY"}
    assert copied == {name.removeprefix("!") for name in sent if name.startswith("!")}


def test_it_runs_as_nobody_in_particular_and_says_whether_it_is_healthy() -> None:
    found = dict(steps())
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", found["USER"])
    assert f"http://{found['ENV'].partition('=')[2]}/ready" in found["HEALTHCHECK"]

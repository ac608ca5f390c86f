"""README and docs keep their word: tables are the shipped world's, and the Python example runs."""

from __future__ import annotations

import contextlib
import io
import re
from pathlib import Path

from precompute.commands.report import world_report

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text("utf-8")
FIGURES = (ROOT / "docs/demo-world.md").read_text("utf-8")


def test_the_tables_are_those_of_the_shipped_world() -> None:
    told = {line.rstrip() for line in FIGURES.splitlines()}
    report = world_report(ROOT / "assets/demo").splitlines()
    missing = [line for line in report if line.rstrip() not in told | {""}]
    assert not missing, "paste the output of `python -m precompute report` into docs/demo-world.md"


def test_what_the_readme_shows_of_them_is_theirs_too() -> None:
    report = {line.rstrip() for line in world_report(ROOT / "assets/demo").splitlines()}
    (shown,) = re.findall(r"```text\n(.*?)```", README, re.S)
    assert [line for line in shown.splitlines() if line.rstrip() not in report | {"…"}] == []


def test_the_python_example_runs(monkeypatch) -> None:
    monkeypatch.chdir(ROOT)
    (example,) = re.findall(r"```python\n(.*?)```", README, re.S)
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(example, "README.md", "exec"), {})
    assert "Node(site=Site(" in printed.getvalue() and "positive" in printed.getvalue().lower()


def test_every_file_it_names_is_there() -> None:
    named = set(re.findall(r"\(([\w/.-]+\.(?:png|md))\)", README)) | set(
        re.findall(r"`(assets/[\w/.-]+)`", README)
    )
    assert named and not [name for name in named if not (ROOT / name).exists()]

"""README and docs name only what is there: commands that parse, modules, files, targets of make, links."""

from __future__ import annotations

import re
import shlex
from importlib.util import find_spec
from pathlib import Path

import pytest

from precompute.cli import COMMANDS, parser

ROOT = Path(__file__).parents[1]
PAGES = {file.name: file.read_text("utf-8") for file in (ROOT / "README.md", *(ROOT / "docs").glob("*.md"))}
PLACES = "app|assets|benchmarks|docs|explorer_engine|precompute|tests"


def commands(page: str) -> list[str]:
    """Every `python -m …` of a page, by itself or in a text, on one line and without its comment."""
    text = re.sub(r"\\\n\s*", "", PAGES[page])
    lines = re.findall(r"^(?:    )?(python -m .*?)(?:\s+#.*)?$", text, re.M)
    return [*lines, *re.findall(r"`(python -m [^`\n]*)`", text)]


@pytest.mark.parametrize("page", PAGES)
def test_every_command_is_one(page: str) -> None:
    for command in commands(page):
        module, *arguments = shlex.split(command)[2:]
        assert find_spec(module), command
        if module != "precompute" or re.search(r"[\[…]|--help", command):
            continue
        if len(arguments) > 1:
            parser().parse_args(arguments)
        else:
            assert set(arguments) <= {of.__name__.rpartition(".")[2] for of in COMMANDS}, command


@pytest.mark.parametrize("page", PAGES)
def test_every_target_of_make_is_one(page: str) -> None:
    targets = set(re.findall(r"^(\w+):", (ROOT / "Makefile").read_text("utf-8"), re.M))
    named = set(re.findall(r"(?:^    |`)make (\w+)", PAGES[page], re.M))
    assert not named - targets


@pytest.mark.parametrize("page", PAGES)
def test_every_file_is_there(page: str) -> None:
    """Where a name is the reader's to choose, its folder is."""
    named = set(re.findall(rf"`((?:{PLACES})/[\w./-]+)`", PAGES[page]))
    fixed = {re.sub(r"[\w.]*NAME.*", "", name) for name in named}
    assert not [name for name in fixed if not (ROOT / name).exists()]


@pytest.mark.parametrize("page", PAGES)
def test_every_link_leads_somewhere(page: str) -> None:
    folder = ROOT if page == "README.md" else ROOT / "docs"
    links = re.findall(r"\]\(([^):#]+)\)", PAGES[page])
    assert not [link for link in links if not (folder / link).exists()]


def test_the_readme_points_to_every_page_and_keeps_its_blocks_to_a_screen() -> None:
    readme = PAGES["README.md"]
    assert not [page for page in PAGES if page != "README.md" and page not in readme]
    for section in re.split(r"^## ", readme, flags=re.M):
        assert len(section.splitlines()) <= 60, section.splitlines()[0]

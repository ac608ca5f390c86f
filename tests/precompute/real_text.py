"""The recipe of real text made tiny: the one place where tests of what any recipe builds name its parts."""

from __future__ import annotations

import shutil
from pathlib import Path

from precompute.cli import main
from tests.precompute.tiny_world import content

__all__ = ["RECIPES", "TINY", "arguments", "build", "stored", "take_over"]

RECIPES = Path(__file__).parents[2] / "precompute" / "recipes"
"""The recipes that come with the product."""

TINY = """
title = "Tiny real text"

[text]
source = "installed-packages"
window = 48
documents = 80
training_windows = 1600
test_windows = 40

[text.shares]
code = 0.0

[tokenizer]
vocabulary = 600
characters = 200_000
window = 48

[language_model]
family = "gpt2"
layers = 2
width = 32
heads = 2
mlp = 64
vocabulary = 600
window = 48
batch = 8
steps = 400
warm_up = 10
learning_rate = 1e-2

[dictionaries.training]
features = 48
steps = 60
batch = 128
windows = 100

[dashboards]
top_contexts = 3
contexts_per_bin = 2
neighbours = 3
norm_streams = 10

[ablations]
contexts = 1

[behaviours]
max_loss = 5.0
min_context = 4
clusters = 3
context = 12
circuit_contexts = 3
circuit_nodes = 15
swept = [1, 5, 15]
"""
"""A GPT-2 of two layers on the installed packages' documentation, and a handful of everything."""

GIVEN = ("tokenizer", "text", "language-model")
"""Stages that other runs than the first take over from it."""


def take_over(real: Path, folder: Path) -> None:
    """Put the recipe of `real` into another folder, and its first stages as if they had been done there."""
    shutil.copy(real / "tiny.toml", folder)
    for stage in GIVEN:
        shutil.copytree(real / "work" / stage, folder / "work" / stage)


def arguments(folder: Path) -> list[str]:
    """Of the command that runs the recipe of a folder, its work and its world beside it."""
    places = ["--out", str(folder / "world"), "--work", str(folder / "work")]
    return ["run", str(folder / "tiny.toml"), *places]


def build(folder: Path, *more: str) -> int:
    """Run the recipe of a folder, in this process."""
    return main([*arguments(folder), *more])


def stored(folder: Path) -> dict[str, list[str]]:
    """Every row of the store but for the command, which names the folder."""
    found = content(folder / "world" / "world.duckdb")
    del found["provenance"]
    return found

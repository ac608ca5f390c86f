"""Recipes: what comes with the product is valid, comments and docs follow the code, bad fields are told."""

from __future__ import annotations

from pathlib import Path

import pytest

from explorer_engine.errors import InputError
from precompute.demo.recipe import DemoRecipe
from precompute.recipe.commented import commented
from precompute.recipe.document import DOCUMENT, document
from precompute.recipe.tables import read_recipe
from precompute.stages.text import TextOptions
from precompute.world.options import ModelOptions, PairsOptions
from precompute.world.recipe import WorldRecipe
from tests.precompute.real_text import RECIPES, TINY


@pytest.mark.parametrize("file", sorted(RECIPES.glob("*.toml")), ids=lambda file: file.stem)
def test_every_recipe_that_comes_with_the_product_can_be_read(file):
    assert read_recipe(file)


def test_the_demos_recipe_is_the_demo(tmp_path):
    assert read_recipe(RECIPES / "demo.toml") == DemoRecipe()


@pytest.mark.parametrize("name", ["demo", "real-text"])
def test_the_work_of_every_stage_is_counted(name, tmp_path):
    stages = read_recipe(RECIPES / f"{name}.toml").stages(tmp_path)
    assert [stage.name for stage in stages if stage.work is None] == []


@pytest.mark.parametrize(
    "recipe",
    [
        WorldRecipe(TextOptions("some/where")),
        WorldRecipe(
            TextOptions("a", window=7),
            model=ModelOptions("gpt2", checkpoints=("step1",)),
            pairs=(PairsOptions("x.jsonl", tests=("y.jsonl",)), PairsOptions('"z".jsonl')),
        ),
    ],
)
def test_a_written_recipe_reads_back_as_it_was(recipe, tmp_path):
    file = tmp_path / "recipe.toml"
    file.write_text(commented(recipe, "world"))
    assert read_recipe(file) == recipe


def test_the_page_of_recipes_follows_the_code():
    assert DOCUMENT.read_text("utf-8") == document(), "run python -m precompute.recipe.document"


def test_every_field_is_explained():
    for line in document().splitlines():
        assert not line.endswith("|  |"), line


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("clusters = 3", "clustres = 3"), "behaviours.clustres: no such field: did you mean clusters?"),
        (("[behaviours]", "[behaviors]"), "behaviors: no such field: did you mean behaviours?"),
        (("clusters = 3", 'clusters = "3"'), "behaviours.clusters is '3': give a whole number"),
        (("clusters = 3", "clusters = -1"), "[behaviours] clusters -1: must be 0 or more"),
        (
            ("clusters = 3", 'clusters = 3\nclusterings = [{ positions = "last" }]'),
            "behaviours.clusterings[0].positions 'last': expected sum, last-1 or last-5",
        ),
        (
            (
                "clusters = 3",
                'clusters = 3\nclusterings = [{ represented_by = "gradients", positions = "last-1" }]',
            ),
            "[behaviours.clusterings[0]] positions last-1: gradients of parameters are of all positions",
        ),
        (
            ("clusters = 3", "clusters = 3\nclusterings = [{}, {}]"),
            "[behaviours] clusterings: effects-sum is there twice: leave one out",
        ),
        (
            ("clusters = 3", "clusters = 0\ncandidates = []"),
            "[behaviours] candidates: give at least one number",
        ),
        (("swept = [1, 5, 15]", "swept = 5"), "behaviours.swept is 5: give a list"),
        (('family = "gpt2"', 'family = "gpt2'), "not TOML"),
        (('source = "installed-packages"', ""), "text.source is missing"),
        (("[text]", 'kind = "wrld"\n[text]'), "kind 'wrld': expected world or demo: did you mean world?"),
    ],
)
def test_what_is_wrong_with_a_recipe_is_told_with_its_file(change, said, tmp_path: Path):
    file = tmp_path / "bad.toml"
    file.write_text(TINY.replace(*change))
    with pytest.raises(InputError) as told:
        read_recipe(file)
    assert str(told.value).startswith(f"{file}: ")
    assert said in str(told.value)

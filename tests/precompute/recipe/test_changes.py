"""Fields given on the command line land in the recipe as if they stood in its file."""

from __future__ import annotations

import pytest

from explorer_engine.errors import InputError
from precompute.recipe.changes import changed
from precompute.stages.labelled import ClassifierOptions
from precompute.stages.text import TextOptions
from precompute.world.options import PairsOptions
from precompute.world.recipe import WorldRecipe

RECIPE = WorldRecipe(
    TextOptions("a"),
    pairs=(PairsOptions("x.jsonl"),),
    classifiers=tuple(ClassifierOptions(name, "resid_1", ("a", "b"), (0, 1)) for name in ("y", "z")),
)


def test_only_what_is_given_changes() -> None:
    found = changed(RECIPE, ["text.documents=7", "behaviours.swept=[1, 2]", 'title="Mine"', "text.window=9"])
    assert (found.text.documents, found.text.window, found.behaviours.swept) == (7, 9, (1, 2))
    assert found.title == "Mine"
    assert changed(found, ["text.documents=3000", "text.window=128", 'title=""']).text == RECIPE.text
    assert changed(RECIPE, []) == RECIPE


def test_a_field_of_several_tables_changes_in_each() -> None:
    found = changed(RECIPE, ["classifiers.draws=1", "classifiers.sizes.test=40"])
    assert [(of.file, of.draws, of.sizes.test) for of in found.classifiers] == [("y", 1, 40), ("z", 1, 40)]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("behaviours.clustres=3", "--set behaviours.clustres: no such field: did you mean clusters?"),
        ("behaviours.clusters=-1", r"--set \[behaviours\] clusters -1: must be 0 or more"),
        ("title=Mine", "--set title=Mine: give FIELD=VALUE as TOML, a text in quotes"),
        ("title.mine=1", "--set title is {'mine': 1}: give a text in quotes"),
    ],
)
def test_what_cannot_be_is_told(given: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        changed(RECIPE, [given])

"""A recipe is taken as the command line says, and its folders take nothing that was there before."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path

import pytest

from explorer_engine.errors import InputError
from precompute.recipe.arguments import add_recipe, out_of, recipe_of, work_of
from precompute.recipe.tables import read_recipe
from precompute.world.recipe import WorldRecipe


def given(out: Path | None = None, work: Path | None = None) -> Namespace:
    return Namespace(recipe=Path("recipes/mine.toml"), out=out, work=work)


def test_fields_are_set_as_often_as_is_said(tmp_path):
    (tmp_path / "mine.toml").write_text('[text]\nsource = "here"\nwindow = 9\n')
    add_recipe(parser := ArgumentParser())
    args = [str(tmp_path / "mine.toml"), "--set", "text.documents=7", 'title="Mine"', "--set", "text.seed=3"]
    found = recipe_of(parser.parse_args(args))
    assert isinstance(found, WorldRecipe)
    assert (found.text.documents, found.text.seed, found.text.window, found.title) == (7, 3, 9, "Mine")
    assert recipe_of(parser.parse_args(args[:1])) == read_recipe(tmp_path / "mine.toml")


def test_folders_are_named_by_the_recipe(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert (out_of(given()), work_of(given())) == (Path("worlds/mine"), Path("build/mine"))


def test_a_world_goes_only_where_a_world_or_nothing_is(tmp_path):
    for name, holds in (("empty", None), ("world", "manifest.json"), ("begun", ".next.partial")):
        (tmp_path / name).mkdir()
        if holds:
            (tmp_path / name / holds).touch()
        assert out_of(given(tmp_path / name)) == tmp_path / name
    (tmp_path / "mine/model").mkdir(parents=True)
    with pytest.raises(InputError, match="mine: holds other files than a world's"):
        out_of(given(tmp_path / "mine"))
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="file: is a file: name a folder"):
        out_of(given(tmp_path / "file"))
    with pytest.raises(InputError, match="file: is a file: name a folder"):
        work_of(given(work=tmp_path / "file"))

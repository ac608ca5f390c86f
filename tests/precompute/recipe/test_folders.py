"""The folders of a recipe take nothing that was there before."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

import pytest

from explorer_engine.errors import InputError
from precompute.recipe.folders import out_of, work_of


def given(out: Path | None = None, work: Path | None = None) -> Namespace:
    return Namespace(recipe=Path("recipes/mine.toml"), out=out, work=work)


def test_they_are_named_by_the_recipe(tmp_path, monkeypatch):
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

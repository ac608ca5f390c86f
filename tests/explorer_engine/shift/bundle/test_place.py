"""A bundle's model is found again on the hub, in any copy of the project, or in its folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from explorer_engine.errors import InputError
from explorer_engine.shift.bundle.place import place_again, place_of

PROJECT = Path(__file__).parents[4]


def test_a_model_of_the_hub_is_named_by_id_and_commit(tmp_path):
    cached = tmp_path / "hub" / "models--EleutherAI--pythia-70m" / "snapshots" / "a39f36b"
    cached.mkdir(parents=True)
    assert place_of(cached) == ("EleutherAI/pythia-70m", "a39f36b")
    assert place_again("EleutherAI/pythia-70m", "a39f36b") == "EleutherAI/pythia-70m@a39f36b"
    assert place_of("EleutherAI/pythia-70m@v1") == ("EleutherAI/pythia-70m", "v1")
    assert place_again(*place_of("EleutherAI/pythia-70m")) == "EleutherAI/pythia-70m"


def test_a_folder_of_the_project_is_found_from_anywhere(tmp_path, monkeypatch):
    id, revision = place_of(PROJECT / "assets/demo/model")
    assert (id, revision) == ("assets/demo/model", None)
    monkeypatch.chdir(tmp_path)
    assert Path(place_again(id, revision)) == PROJECT / "assets/demo/model"


def test_another_folder_is_named_as_it_lies_but_not_to_strangers(tmp_path, monkeypatch):
    mine = tmp_path / "mine" / "model"
    mine.mkdir(parents=True)
    assert place_again(*place_of(mine)) == str(mine)
    found = place_of(mine, discreet=True)
    assert found == ("mine/model", None)
    monkeypatch.chdir(tmp_path)
    assert place_again(*found) == "mine/model"
    mine.rmdir()
    with pytest.raises(InputError, match="mine/model, which is not here: name the model's folder"):
        place_again(*found)

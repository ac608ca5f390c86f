"""Resumable stages: what is finished is kept, what changed is redone, a kill loses nothing written."""

from __future__ import annotations

import pytest

from precompute.demo.stages import Stage, run_stages


class Kitchen:
    """Two stages, the second from the first, that count how often they run."""

    def __init__(self, work):
        self.work, self.runs, self.flour, self.dies = work, [], 1, False

    def stages(self):
        return [
            Stage("dough", {"flour": self.flour}, (), self._dough),
            Stage("bread", {}, ("dough",), self._bread),
        ]

    def _dough(self, folder):
        self.runs.append("dough")
        (folder / "dough.txt").write_text("x" * (self.flour % 10))

    def _bread(self, folder):
        self.runs.append("bread")
        step = folder / "risen.txt"
        if not step.exists():
            step.write_text("risen")
            if self.dies:
                raise KeyboardInterrupt
            self.runs.append("rise")
        (folder / "bread.txt").write_text((self.work / "dough" / "dough.txt").read_text())

    def bake(self, only=None):
        self.runs.clear()
        run_stages(self.stages(), self.work, only)
        return self.runs


def test_second_run_keeps_everything(tmp_path):
    kitchen = Kitchen(tmp_path)
    assert kitchen.bake() == ["dough", "bread", "rise"]
    assert kitchen.bake() == []


def test_changed_parameters_redo_the_stage_and_those_after_it(tmp_path):
    kitchen = Kitchen(tmp_path)
    kitchen.bake()
    kitchen.flour = 2
    assert kitchen.bake() == ["dough", "bread", "rise"]
    assert (tmp_path / "bread" / "bread.txt").read_text() == "xx"


def test_equal_output_spares_the_later_stages(tmp_path):
    kitchen = Kitchen(tmp_path)
    kitchen.bake()
    kitchen.flour = 11  # other parameters, the same dough
    assert kitchen.bake() == ["dough"]


def test_a_killed_stage_goes_on_from_what_it_wrote(tmp_path):
    kitchen = Kitchen(tmp_path)
    kitchen.dies = True
    with pytest.raises(KeyboardInterrupt):
        kitchen.bake()
    assert kitchen.bake() == ["bread"]


def test_leftovers_of_other_parameters_are_not_used(tmp_path):
    kitchen = Kitchen(tmp_path)
    kitchen.dies = True
    with pytest.raises(KeyboardInterrupt):
        kitchen.bake()
    kitchen.dies, kitchen.flour = False, 3
    assert kitchen.bake() == ["dough", "bread", "rise"]


def test_one_stage_can_be_done_again(tmp_path):
    kitchen = Kitchen(tmp_path)
    kitchen.bake()
    assert kitchen.bake(only="bread") == ["bread", "rise"]

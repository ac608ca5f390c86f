"""Resumable stages: what is finished is kept, what changed is redone, a kill loses no finished unit."""

from __future__ import annotations

from dataclasses import replace

import pytest

from explorer_engine.errors import InputError
from precompute.engine.run import run_stages, standing
from precompute.engine.stage import Stage


class Kitchen:
    """Two stages, the second from the first and in two units, that tell what they do."""

    def __init__(self, work):
        self.work, self.runs, self.flour, self.dies, self.oven = work, [], 1, False, 1

    def stages(self):
        return [
            Stage("dough", 1, {"flour": self.flour}, (), self._dough),
            Stage(
                "bread", self.oven, {}, (self.work / "dough",), self._bread, lambda: (("rise",), ("bake",))
            ),
        ]

    def _dough(self, unit, folder):
        self.runs.append("dough")
        (folder / "dough.txt").write_text("x" * (self.flour % 10))

    def _bread(self, unit, folder):
        self.runs.append(unit)
        if unit == "rise":
            (folder / "risen.txt").write_text((self.work / "dough" / "dough.txt").read_text())
            return
        if self.dies:
            raise KeyboardInterrupt
        (folder / "bread.txt").write_text((folder / "risen.txt").read_text())

    def cook(self, only=None):
        self.runs.clear()
        self.done = run_stages(self.stages(), self.work, only)
        return self.runs


def test_second_run_keeps_everything(tmp_path):
    kitchen = Kitchen(tmp_path)
    assert kitchen.cook() == ["dough", "rise", "bake"]
    assert kitchen.cook() == []


def test_changed_options_redo_the_stage_and_those_after_it(tmp_path):
    kitchen = Kitchen(tmp_path)
    kitchen.cook()
    kitchen.flour = 2
    assert kitchen.cook() == ["dough", "rise", "bake"]
    assert (tmp_path / "bread" / "bread.txt").read_text() == "xx"


def test_a_new_version_of_its_code_redoes_the_stage_alone(tmp_path):
    kitchen = Kitchen(tmp_path)
    kitchen.cook()
    kitchen.oven = 2
    assert kitchen.cook() == ["rise", "bake"]


def test_equal_output_spares_the_later_stages(tmp_path):
    kitchen = Kitchen(tmp_path)
    kitchen.cook()
    kitchen.flour = 11  # other options, the same dough
    assert kitchen.cook() == ["dough"]


def test_a_killed_stage_goes_on_with_the_first_unfinished_unit(tmp_path):
    kitchen = Kitchen(tmp_path)
    kitchen.dies = True
    with pytest.raises(KeyboardInterrupt):
        kitchen.cook()
    kitchen.dies = False
    assert kitchen.cook() == ["bake"]


def test_leftovers_of_other_options_are_not_used(tmp_path):
    kitchen = Kitchen(tmp_path)
    kitchen.dies = True
    with pytest.raises(KeyboardInterrupt):
        kitchen.cook()
    kitchen.dies, kitchen.flour = False, 3
    assert kitchen.cook() == ["dough", "rise", "bake"]


def test_one_stage_can_be_done_again(tmp_path):
    kitchen = Kitchen(tmp_path)
    kitchen.cook()
    assert kitchen.cook(only="bread") == ["rise", "bake"]


def test_what_it_reads_besides_files_is_read_again_in_another_version(tmp_path):
    read = []
    for version in ("1", "1", None, "2", None, "1"):
        stage = Stage("copy", 1, {}, (), lambda unit, folder: read.append(version), reads=lambda: version)  # noqa: B023
        run_stages([stage], tmp_path)
    assert read == ["1", "2", "1"], "and kept while nobody can say"


def test_what_a_run_would_do_is_known_without_doing_it(tmp_path):
    kitchen = Kitchen(tmp_path)

    def shares() -> list[float]:
        return [share for _, share in standing(kitchen.stages(), kitchen.work)]

    assert shares() == [1.0, 1.0]
    kitchen.cook()
    assert shares() == [0.0, 0.0]
    kitchen.flour += 1
    assert shares() == [1.0, 1.0], "bread is made of another dough"
    assert kitchen.cook() == ["dough", "rise", "bake"]


def test_any_file_that_a_stage_reads_can_be_an_input(tmp_path):
    file, seen = tmp_path / "recipe.txt", []
    stage = Stage("copy", 1, {}, (file,), lambda unit, folder: seen.append(file.read_text()))
    for text in ("a", "a", "b"):
        file.write_text(text)
        run_stages([replace(stage)], tmp_path / "work")
    assert seen == ["a", "b"]


DAMAGED = ["[]", "", "{", "null", '{"fingerprint": []}', '{"seconds": 1e999}', '{"units": [[]]}', "[" * 9999]


@pytest.mark.parametrize("content", DAMAGED)
@pytest.mark.parametrize("file", ["dough/done.json", "bread/started.json", "bread/finished/rise.json"])
def test_damaged_bookkeeping_is_work_to_do_again(tmp_path, file, content):
    kitchen = Kitchen(tmp_path)
    kitchen.cook()
    (tmp_path / "bread" / "done.json").unlink()
    (tmp_path / file).write_text(content)
    list(standing(kitchen.stages(), tmp_path))
    kitchen.cook()
    assert (tmp_path / "bread" / "bread.txt").read_text() == "x"
    assert kitchen.cook() == []


@pytest.mark.parametrize("content", [*DAMAGED, '{"what bread reads": 3}', '{"/x": ["a", "b", "c"]}'])
def test_damaged_hashes_are_taken_again(tmp_path, content):
    kitchen = Kitchen(tmp_path)
    kitchen.cook()
    (tmp_path / "hashes.json").write_text(content)
    assert kitchen.cook() == []


def test_a_folder_that_no_stage_has_made_is_left_alone(tmp_path):
    (tmp_path / "bread").mkdir()
    (tmp_path / "bread" / "recipe.txt").write_text("grandmother's")
    with pytest.raises(InputError, match=r"bread: holds files that no stage has made: name another --work"):
        Kitchen(tmp_path).cook()
    assert (tmp_path / "bread" / "recipe.txt").read_text() == "grandmother's"

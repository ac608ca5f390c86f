"""A world is swapped under its readers, and back: at any moment it is the one or the other, whole."""

from __future__ import annotations

import shutil
import threading
from pathlib import Path

import pytest

from explorer_engine.errors import InputError
from explorer_engine.world.swap import put_back, swap
from explorer_engine.world.world import open_world, verify_world, write_manifest
from precompute.cli import main
from tests.explorer_engine.store.small_world import build, small_world
from tests.explorer_engine.world.test_renewal import killed_at, said

STEPS = 24
"""More renames and removals than one swap makes."""


def world(root: Path, name: str) -> Path:
    """A world whose every file says which of two it is of."""
    for part, file in (("model", "config.json"), ("dictionaries", "embed.safetensors"), ("pairs", "a.jsonl")):
        (root / part).mkdir(parents=True)
        (root / part / file).write_text(f"{name} {part}")
    rows = small_world()
    rows["world"][0]["title"] = name
    shutil.copy(build(rows, root.with_name(f"{root.name}-store")), root / "world.duckdb")
    write_manifest(root)
    return root


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("worlds")
    for name in ("old", "new"):
        world(folder / name, name)
    return folder


@pytest.fixture
def both(made: Path, tmp_path: Path) -> tuple[Path, Path]:
    return tuple(shutil.copytree(made / name, tmp_path / name) for name in ("old", "new"))  # type: ignore[return-value]


def test_what_was_there_comes_back_and_twice_is_nothing(both: tuple[Path, Path]) -> None:
    root, other = both
    swap(root, other)
    assert said(root) == {"new"} and said(other) == {"new"}
    shutil.rmtree(other)
    assert verify_world(root) == [], "it holds all it needs"
    for expected in ("old", "new", "old"):
        put_back(root)
        assert said(root) == {expected}
        assert open_world(root).store.start.world().title == expected


def test_killed_at_any_step_it_leaves_the_one_or_the_other_and_the_way_back(
    both: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    root, other = both
    swap(root, other)
    outcomes = set()
    for step in range(STEPS):
        here = shutil.copytree(root, root.with_name(f"world-{step}"))
        killed = killed_at(step, lambda here=here: put_back(here), monkeypatch)
        found = said(here)
        assert found in ({"old"}, {"new"}), step
        outcomes |= found
        put_back(here)
        (other_one,) = {"old", "new"} - found
        assert (here / "model/config.json").read_text() == f"{other_one} model", "what was kept was not lost"
        if not killed:
            break
    else:
        pytest.fail("too few steps are tried")
    assert outcomes == {"old", "new"}


def test_readers_never_see_half_of_it(both: tuple[Path, Path]) -> None:
    root, other = both
    store, seen, problems, over = open_world(root).store, set(), [], threading.Event()

    def read() -> None:
        while not over.is_set():
            try:
                seen.add(store.start.world().title)
                seen.add(open_world(root).store.start.world().title)
            except Exception as problem:
                problems.append(problem)

    reader = threading.Thread(target=read)
    reader.start()
    swap(root, other)
    for _ in range(4):
        put_back(root)
    over.set()
    reader.join()
    assert not problems and seen <= {"old", "new"}
    assert store.start.world().title == "new"


def test_what_cannot_be_swapped_is_told_and_nothing_is_changed(
    both: tuple[Path, Path], tmp_path: Path
) -> None:
    root, other = both
    with pytest.raises(InputError, match="nothing is kept of before"):
        put_back(root)
    with pytest.raises(InputError, match="is the world itself"):
        swap(root, root / ".." / root.name)
    with pytest.raises(InputError, match="no world there"):
        swap(root, tmp_path / "nowhere")
    (other / "pairs" / "a.jsonl").unlink()
    with pytest.raises(InputError, match=r"a\.jsonl"):
        swap(root, other)
    assert said(root) == {"old"} and not [file for file in root.iterdir() if file.name.startswith(".")]


def test_the_command_says_what_is_there_now(
    both: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    root, other = map(str, both)
    assert main(["swap", "--world", root, "--with", other]) == 0
    assert f"{root}: new, dictionaries" in capsys.readouterr().out
    assert main(["swap", "--world", root, "--back"]) == 0
    assert f"{root}: old, dictionaries" in capsys.readouterr().out
    assert main(["swap", "--world", other, "--back"]) == 2
    assert "nothing is kept of before" in capsys.readouterr().err

"""A world is published whole: whatever moment its process is killed at, all of it is old, or all new."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from explorer_engine.errors import InputError
from explorer_engine.world import renewal, world
from explorer_engine.world.renewal import renewed
from explorer_engine.world.world import open_world, verify_world, write_manifest
from tests.explorer_engine.store.small_world import build, small_world

STEPS = 16
"""More renames and removals than one publication makes."""


def fill(root: Path, store: Path, said: str) -> None:
    """A world whose every file says which of two it is of."""
    for name, file in (("model", "config.json"), ("dictionaries", "embed.safetensors"), ("pairs", "a.jsonl")):
        (root / name).mkdir(parents=True)
        (root / name / file).write_text(f"{said} {name}")
    shutil.copy(store, root / "world.duckdb")
    write_manifest(root)


def said(root: Path) -> set[str]:
    """Which world its files are of."""
    opened = open_world(root)
    assert verify_world(root) == []
    parts = (opened.model / "config.json", opened.dictionaries / "embed.safetensors")
    files = (*parts, root / "pairs" / "a.jsonl")
    return {file.read_text().split()[0] for file in files}


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(small_world(), tmp_path_factory.mktemp("store"))


@pytest.fixture
def old(tmp_path: Path, store: Path) -> Path:
    fill(tmp_path / "world", store, "old")
    return tmp_path / "world"


class Killed(BaseException):
    """Nobody catches it, like a kill."""


def killed_at(step: int, work: Callable[[], None], monkeypatch: pytest.MonkeyPatch) -> bool:
    """Do the work up to its `step`-th change of names; none is made after that. False: it came to its end."""
    left = step

    def dying(change: Callable) -> Callable:
        def changed(*args: object, **options: object) -> object:
            nonlocal left
            left -= 1
            if left < 0:
                raise Killed
            return change(*args, **options)

        return changed

    with monkeypatch.context() as patched:
        patched.setattr(Path, "rename", dying(Path.rename))
        patched.setattr(Path, "replace", dying(Path.replace))
        patched.setattr(shutil, "rmtree", dying(shutil.rmtree))
        try:
            work()
        except Killed:
            return True
    return False


def publish(root: Path, store: Path) -> None:
    with renewed(root) as folder:
        fill(folder, store, "new")


def test_killed_at_any_step_a_publication_leaves_the_old_world_or_the_new_one(
    old: Path, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    outcomes = []
    for step in range(STEPS):
        root = shutil.copytree(old, old.with_name(f"world-{step}"))
        killed = killed_at(step, lambda root=root: publish(root, store), monkeypatch)
        outcomes.append(said(root))
        assert outcomes[-1] in ({"old"}, {"new"}), step
        assert not killed or step < STEPS - 1, "too few steps are tried"
        publish(root, store)
        assert said(root) == {"new"}, "the next publication is not in its way"
        assert sorted(file.name for file in root.iterdir()) == [
            "dictionaries", "manifest.json", "model", "pairs", "world.duckdb",
        ]  # fmt: skip
    assert outcomes[0] == {"old"} and outcomes[-1] == {"new"}


def test_whoever_opens_a_world_while_it_is_moved_waits_for_it(
    old: Path, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[set[str]] = []
    reader = threading.Thread(target=lambda: opened.append(said(old)))
    move = renewal._move

    def watched(root: Path) -> None:
        if (root / ".next").is_dir() and not reader.ident:
            shutil.rmtree(root / "dictionaries")  # half moved
            reader.start()
            reader.join(0.2)
            assert not opened
        move(root)

    monkeypatch.setattr(renewal, "_move", watched)
    publish(old, store)
    reader.join()
    assert opened == [{"new"}]


def test_a_world_published_between_two_looks_is_looked_at_again(
    old: Path, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    check, calls = world.check, []

    def late(*args) -> None:
        if not calls:
            calls.append(args)
            publish(old, store)
        check(*args)

    monkeypatch.setattr(world, "check", late)
    assert open_world(old).model.joinpath("config.json").read_text() == "new model"


def test_a_cut_off_publication_that_cannot_be_finished_says_so(
    old: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (old / ".next").mkdir()

    def refuse(_: Path) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(renewal, "_move", refuse)
    with pytest.raises(InputError, match=r"cut off and cannot be finished \(Permission denied\): make"):
        open_world(old)


def test_what_fails_while_it_is_made_leaves_nothing(old: Path) -> None:
    with pytest.raises(RuntimeError), renewed(old) as folder:
        (folder / "model").mkdir()
        raise RuntimeError
    assert said(old) == {"old"}
    assert not [file for file in old.iterdir() if file.name.startswith(".")]

"""The recipes of published models, as they are but for sizes, from a hub's repositories to a world."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from explorer_engine.world.world import open_world
from tests.hub import LICENSED, ROOT, Hub
from tests.precompute.published import BIOS, GEMMA_LAYERS, PILE, add_gemma, add_pythia, add_texts
from tests.precompute.tiny_world import content, rows

SIZES = [
    *("text.window=24", "text.documents=24", "text.test_windows=4"),
    *("dashboards.top_contexts=2", "dashboards.contexts_per_bin=1", "dashboards.neighbours=2"),
    *("dashboards.norm_streams=8", "ablations.features=8", "ablations.contexts=1"),
    *("behaviours.clusters=1", "behaviours.context=8", "behaviours.circuit_contexts=2"),
    *("behaviours.circuit_nodes=8", "behaviours.swept=[1,8]", "behaviours.steps=2"),
    *("study.features=8", "study.probes=2", "study.circuit_texts=8", "study.tested_texts=4"),
    *("classifiers.draws=1", "classifiers.longest=24", "classifiers.sizes.training=16"),
    *("classifiers.sizes.development=16", "classifiers.sizes.test=16", "classifiers.sizes.generic=24"),
]
"""All that is said besides the recipe."""
SITES = {"pythia-70m": 19, "gemma-2-2b": 3 * GEMMA_LAYERS}
"""Of which the dictionaries are read."""


@dataclass(frozen=True)
class Made:
    """What a recipe came to."""

    recipe: str
    folder: Path
    fetched: list[str]
    """Files whose content the hub sent."""

    @property
    def store(self) -> Path:
        return self.folder / "world" / "world.duckdb"


def run(hub: Hub, home: Path, recipe: str, folder: Path, *then: list[str], **more: str) -> str:
    """What `run` prints, and the commands that follow."""
    named = str(ROOT / "precompute/recipes" / f"{recipe}.toml")
    places = ["--work", str(folder / "work"), "--out", str(folder / "world")]
    told = hub.commands(home, ["run", named, "--set", *SIZES, *places], *then, HF_TOKEN=LICENSED, **more)
    assert not any(code for code, _, _ in told), told
    return "".join(out for _, out, _ in told)


@pytest.fixture(scope="module")
def hub(tmp_path_factory) -> Iterator[Hub]:
    place = tmp_path_factory.mktemp("repositories")
    with Hub() as hub:
        for add in (add_texts, add_pythia, add_gemma):
            add(hub, place)
        yield hub


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module", params=SITES)
def made(request, hub, home, tmp_path_factory) -> Made:
    folder = tmp_path_factory.mktemp(request.param)
    hub.asked.clear()
    said = run(hub, home, request.param, folder, ["validate", str(folder / "world")])
    assert "nothing wrong" in said
    return Made(request.param, folder, hub.fetched())


def test_it_holds_behaviours_circuits_and_a_classifier_with_its_table(made):
    assert [len(rows(made.store, f"SELECT * FROM {table}")) for table in ("dictionary", "clustering")] == [
        SITES[made.recipe], 2
    ]  # fmt: skip
    (found,) = rows(made.store, "SELECT count(*) AS n, count(circuit) AS circuits FROM behaviour")
    assert found["n"] == found["circuits"] == 2
    assert rows(made.store, "SELECT * FROM circuit_node WHERE site LIKE 'resid%'")
    (classifier,) = rows(made.store, "SELECT * FROM classifier")
    assert classifier["task"] == "professor-nurse"
    table = {row["name"] for row in rows(made.store, "SELECT name FROM shift_run")}
    assert {"original", "shift", "cbp", "oracle"} <= table
    assert rows(made.store, "SELECT * FROM feature_ablation")


def test_the_world_opens_with_its_model_and_says_how_it_was_made(made):
    world = open_world(made.folder / "world")
    commands = {row.artefact: row.command for row in world.store.start.provenance()}
    assert all("--set text.window=24" in command for command in commands.values())
    assert {"behaviours", "classifier", "ablations"} <= set(commands)


def test_of_each_layer_only_the_dictionary_nearest_100_is_fetched(made):
    params = [name for name in made.fetched if name.endswith((".npz", ".zip"))]
    if made.recipe == "pythia-70m":
        assert params == ["dictionaries_pythia-70m-deduped_10.zip"]
    else:
        assert sorted(params) == sorted(
            f"layer_{k}/width_16k/average_l0_{68 + k}/params.npz"
            for k in range(GEMMA_LAYERS)
            for _ in range(3)
        )


def test_loss_falls_over_the_checkpoints(made):
    losses = rows(
        made.store, "SELECT * FROM training_loss WHERE behaviour IS NOT NULL ORDER BY behaviour, step"
    )
    steps = sorted({row["step"] for row in losses})
    assert len(steps) == (10 if made.recipe == "pythia-70m" else 0)
    for first in (row for row in losses if row["step"] == 0):
        (last,) = (r for r in losses if (r["behaviour"], r["step"]) == (first["behaviour"], steps[-1]))
        assert last["loss"] < 0.1 < first["loss"], "0.1 is what the recipe calls confident"


@pytest.fixture(scope="module")
def kept(hub, home) -> None:
    """The data sets in the cache, as the user puts them there: of what is streamed nothing is kept."""
    command = [str(Path(sys.executable).with_name("hf")), "download", "--repo-type", "dataset"]
    for name in (PILE, BIOS):
        line = [*command, name.removeprefix("datasets/")]
        subprocess.run(line, env=hub.environment(home), check=True, capture_output=True, timeout=100)


def test_offline_it_makes_the_same_again(made, kept, hub, home, tmp_path):
    """Pythia's whole world is made anew. Of Gemma's, which takes longer, all that was made is found to be of
    the very same model, dictionaries and texts."""
    hub.asked.clear()
    again = made.folder if made.recipe == "gemma-2-2b" else tmp_path
    before = content(made.store)
    said = run(hub, home, made.recipe, again, HF_HUB_OFFLINE="1")
    after = content(again / "world" / "world.duckdb")
    assert hub.asked == []
    for of in (before, after):
        del of["provenance"]  # it names the folder
    assert after == before
    stages = [
        line.split()[1] for line in said.splitlines() if line.startswith(("text ", "dict", "labelled "))
    ]
    assert stages == ["kept" if again == made.folder else "done"] * 3

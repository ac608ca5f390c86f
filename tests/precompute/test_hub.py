"""Dictionaries and models of the hub, by its own client against a server that answers as it does."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.explorer_engine.dictionaries.sources.layouts import LAYOUTS, saelens, zipped
from tests.explorer_engine.dictionaries.sources.layouts import T as TENSORS
from tests.golden.load import FOLDER
from tests.hub import Hub

GEMMA, JB = "google/gemma-scope-2b-pt-res", "jbloom/GPT2-Small-SAEs-Reformatted"
HOOKS = "blocks.2.hook_resid_pre", "blocks.5.hook_resid_post", "blocks.1.hook_resid_mid"
WIDTH_16K = f"resid={GEMMA}@main/*/width_16k"
Said = tuple[int, str, str]

READ = {
    "width_16k": WIDTH_16K,
    "again": WIDTH_16K,
    "zip": "some/zip",
    "twice": "mlp=some/open resid=some/open",
    "release": "saelens:gpt2-small-res-jb@main",
    "joined": f"resid={JB}/blocks.5.hook_resid_post mlp={FOLDER / 'dictionaries'}",
}
"""What `inspect` is asked about, by a name."""
REFUSED = {
    "some/gated": ["behind a licence: accept it at", "/some/gated, and set HF_TOKEN"],
    "no/such/place": ["there is no such folder", "no repository no/such"],
    f"{GEMMA}@v9": ["no such revision"],
    GEMMA: ["resid_2 has several dictionaries, google/gemma-scope-2b-pt-res/layer_2/width_16k", "*"],
    f"{GEMMA}/nowhere": ["google/gemma-scope-2b-pt-res/nowhere"],
    "some/model": ["some/model holds no dictionary for"],
    "saelens:gpt2-small-resid": ["no release 'gpt2-small-resid': nearest are gpt2-small-res"],
    "saelens:gpt2-small-resid-mid-v5-32k": ["blocks.N.hook_resid_mid", "is not a site"],
    "saelens:gemma-scope-2-4b-pt-res": ["layout of Gemma Scope 2 is not read"],
}
"""Places → what the one line says that refuses them."""


@pytest.fixture(scope="module")
def hub(tmp_path_factory) -> Iterator[Hub]:
    place = tmp_path_factory.mktemp("repositories")
    gemma = LAYOUTS["Gemma Scope"].write(place / "gemma") / "gemma-scope-2b-pt-res"
    (there,) = gemma.rglob("params.npz")
    for name in (
        "layer_1/width_16k/average_l0_13",
        "layer_2/width_16k/average_l0_97",
        "layer_2/width_1m/average_l0_9",
    ):
        shutil.copytree(there.parent, gemma / name)
    tensors = {name: tensor for name, tensor in TENSORS.items() if name != "threshold"}
    for hook in HOOKS:
        told = {"model_name": "gpt2-small", "hook_name": hook}
        saelens(place / "jb" / hook, tensors, apply_b_dec_to_input=True, metadata=told)
    (place / "zip").mkdir()
    shutil.copy(zipped(place / "unpacked"), place / "zip" / "all.zip")
    with Hub() as hub:
        hub.add(GEMMA, gemma)
        hub.add(JB, place / "jb")
        hub.add("some/zip", place / "zip")
        hub.add("some/model", FOLDER / "model")
        hub.add("some/open", FOLDER / "dictionaries")
        hub.add("some/gated", FOLDER / "dictionaries")
        hub.gated.add("some/gated")
        yield hub


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def said(hub, home) -> dict[str, Said]:
    """What each place gives, all asked of one process."""
    ours, model = str(FOLDER / "dictionaries"), ("--model", "some/model@main")
    asked = {name: ["inspect", place] for name, place in (READ | {place: place for place in REFUSED}).items()}
    asked |= {"model": ["inspect", ours, *model], "gated model": ["inspect", ours, "--model", "some/gated"]}
    return dict(zip(asked, hub.commands(home, *asked.values()), strict=True))


def sites(said: Said) -> list[str]:
    assert said[0] == 0, said
    return [line.partition(":")[0] for line in said[1].splitlines()]


def test_what_lies_in_a_repository_is_told(said):
    assert sites(said["width_16k"]) == ["resid_1", "resid_2"]
    assert said["again"] == said["width_16k"]
    assert sites(said["zip"]) == ["resid_1"]
    assert sites(said["twice"])[:2] == ["mlp_0", "resid_0"]
    assert sites(said["joined"])[-1] == "resid_5" and "mlp_1" in sites(said["joined"])
    assert "of google/gemma-2-2b" in said["width_16k"][1]


def test_a_release_is_its_repository_with_what_its_files_do_not_say(said):
    assert sites(said["release"]) == ["resid_1", "resid_5", "left out"]
    line, *_, last = said["release"][1].splitlines()
    assert "its mean taken away" in line and "of gpt2-small" in line
    assert "blocks.1.hook_resid_mid/sae_weights.safetensors: 'blocks.1.hook_resid_mid' is not a site" in last


def test_a_model_is_read_from_the_hub(said):
    assert ", fits" in said["model"][1] and said["model"][0] == 0


@pytest.mark.parametrize("place", REFUSED)
def test_what_the_hub_does_not_give_is_told_in_one_line(said, place):
    code, _, line = said[place]
    assert code == 2 and line.count("\n") == 1, line
    assert all(part in line for part in REFUSED[place]), line


def test_a_licence_of_a_model_is_told(said):
    code, _, line = said["gated model"]
    assert code == 2 and "model some/gated: it is behind a licence: accept it at http" in line


@pytest.mark.usefixtures("said")
def test_only_the_files_of_the_sites_are_fetched_and_each_once(hub):
    weights = [name for name in hub.fetched() if not name.endswith((".json", ".model", ".txt"))]
    assert weights == sorted(
        [
            "layer_1/width_16k/average_l0_105/params.npz",
            "layer_2/width_16k/average_l0_97/params.npz",
            "all.zip",
            "model.safetensors",
            *(file.name for kind in ("mlp", "resid") for file in (FOLDER / "dictionaries").glob(f"{kind}_*")),
            *(f"{hook}/sae_weights.safetensors" for hook in HOOKS[:2]),
        ]
    )


def test_what_was_fetched_is_read_without_a_network_and_nothing_else(hub, home, said):
    hub.asked.clear()
    places = [READ["width_16k"], READ["release"], f"{GEMMA}/*/width_1m", "some/gated"]
    told = hub.commands(home, *(["inspect", place] for place in places), HF_HUB_OFFLINE="1")
    assert told[:2] == [said["width_16k"], said["release"]]
    for code, _, line in told[2:]:
        assert code == 2 and "HF_HUB_OFFLINE is set, and it is not in the cache" in line
    assert hub.asked == []

"""Dictionaries and models of the hub, by its own client against a server that answers as it does."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.explorer_engine.dictionaries.sources.layouts import LAYOUTS, saelens, zipped
from tests.explorer_engine.dictionaries.sources.layouts import T as TENSORS
from tests.golden.load import FOLDER
from tests.hub import MEMBER, Hub

GEMMA, JB = "google/gemma-scope-2b-pt-res", "jbloom/GPT2-Small-SAEs-Reformatted"
HOOKS = "blocks.2.hook_resid_pre", "blocks.5.hook_resid_post", "blocks.1.hook_resid_mid"
WIDTH_16K = f"resid={GEMMA}@main/*/width_16k"
DEMO = FOLDER.parents[1] / "assets/demo"
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
        hub.add("datasets/some/texts", DEMO / "pairs")
        hub.gated |= {"some/gated": (), "datasets/some/texts": ("README.md",)}
        yield hub


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def inspected(hub, home) -> tuple[dict[str, Said], list[str]]:
    """What each place gives, all asked of one process; and the weights that were fetched for it."""
    ours, model = str(FOLDER / "dictionaries"), ("--model", "some/model@main")
    asked = {name: ["inspect", place] for name, place in (READ | {place: place for place in REFUSED}).items()}
    asked |= {"model": ["inspect", ours, *model], "gated model": ["inspect", ours, "--model", "some/gated"]}
    said = dict(zip(asked, hub.commands(home, *asked.values()), strict=True))
    return said, _weights(hub)


@pytest.fixture(scope="module")
def said(inspected) -> dict[str, Said]:
    """What each place gives."""
    return inspected[0]


def _weights(hub: Hub) -> list[str]:
    return [name for name in hub.fetched() if not name.endswith((".json", ".model", ".txt", ".md"))]


def sites(said: Said) -> list[str]:
    assert said[0] == 0, said
    return [line.partition(":")[0] for line in said[1].splitlines() if "in the hub's cache" not in line]


def test_what_lies_in_a_repository_is_told(said):
    assert sites(said["width_16k"]) == ["resid_1", "resid_2"]
    assert said["again"] == said["width_16k"]
    assert sites(said["zip"]) == ["resid_1"]
    assert sites(said["twice"])[:2] == ["mlp_0", "resid_0"]
    assert sites(said["joined"])[-1] == "resid_5" and "mlp_1" in sites(said["joined"])
    assert "of google/gemma-2-2b" in said["width_16k"][1]


def test_a_release_is_its_repository_with_what_its_files_do_not_say(said):
    assert sites(said["release"]) == ["resid_1", "resid_5", "left out"]
    line, *_, last, _ = said["release"][1].splitlines()
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


def test_a_token_without_the_licence_is_told_where_to_accept_it(hub, home):
    told = hub.commands(home, *_closed(home), HF_TOKEN=MEMBER)
    for page, (code, _, line) in zip(("some/gated", "datasets/some/texts"), told, strict=True):
        assert code == 2 and line.count("\n") == 1, line
        assert f"accept it at {hub.url}/{page}, and set HF_TOKEN to a token of the account" in line


def test_a_token_that_the_hub_does_not_know_is_told(hub, home):
    for code, _, line in hub.commands(home, *_closed(home), HF_TOKEN="hf_wrong"):
        assert code == 2 and line.count("\n") == 1, line
        assert "the hub does not take the token in HF_TOKEN: set a valid one, or none" in line


def _closed(home: Path) -> list[list[str]]:
    """Commands that ask for a gated model, and for gated texts."""
    ours = str(DEMO / "dictionaries")
    made = ["init", str(home / "new.toml"), "--model", str(DEMO / "model"), "--dictionaries", ours]
    return [["inspect", ours, "--model", "some/gated"], [*made, "--text", "some/texts"]]


def test_what_is_inspected_is_fetched_once_a_kind_of_site_and_it_says_so(said):
    lines = said["width_16k"][1].splitlines()
    assert lines[0].startswith("resid_1: Gemma Scope, jumprelu, 15 features, width 6")
    assert lines[1] == "resid_2: Gemma Scope, layer_2/width_16k/average_l0_97/params.npz, not fetched"
    assert lines[2].startswith("in the hub's cache: 1 of 2 dictionaries, ")
    assert lines[2].endswith("; the others are fetched when they are used")
    assert "mlp_1: ours, mlp_1.safetensors, not fetched" in said["twice"][1]
    assert "1 of 1 dictionaries" in said["zip"][1]
    assert "1 of 2 dictionaries" in said["release"][1], "the other is fetched for what is asked next"


def test_only_the_files_of_the_sites_are_fetched_and_each_once(hub, home, inspected):
    assert inspected[1] == [
        "all.zip",
        *(f"{hook}/sae_weights.safetensors" for hook in HOOKS[:2]),
        "layer_1/width_16k/average_l0_105/params.npz",
        "mlp_0.safetensors",
        "model.safetensors",
        "resid_0.safetensors",
    ]
    hub.asked.clear()
    model, data = DEMO / "model", DEMO / "pairs/simple.jsonl"
    used = [WIDTH_16K, "mlp=some/open"]
    lines = [
        ["circuit", "--model", str(model), "--dictionaries", place, "--data", str(data), "--out", f"{home}/c"]
        for place in used
    ]
    for place, (code, _, line) in zip(used, hub.commands(home, *lines), strict=True):
        assert code == 2 and "reads a width of" in line, place
    assert _weights(hub) == [
        "layer_2/width_16k/average_l0_97/params.npz", "mlp_1.safetensors", "mlp_2.safetensors"
    ]  # fmt: skip


def test_what_was_fetched_is_read_without_a_network_and_nothing_else(hub, home, said):
    hub.asked.clear()
    places = [READ["zip"], READ["release"], f"{GEMMA}/*/width_1m", "some/gated"]
    told = hub.commands(home, *(["inspect", place] for place in places), HF_HUB_OFFLINE="1")
    assert told[0] == said["zip"]
    assert "2 of 2 dictionaries" in told[1][1]
    for code, _, line in told[2:]:
        assert code == 2 and "HF_HUB_OFFLINE is set, and it is not in the cache" in line
    assert hub.asked == []

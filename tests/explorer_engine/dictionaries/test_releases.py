"""SAELens's releases: which place of the hub each is, and which are not read."""

from __future__ import annotations

import json

import pytest

from explorer_engine.dictionaries.releases import TABLE, without_release
from explorer_engine.errors import InputError
from precompute.releases import table_of

RELEASES = {
    "whole": {
        "repo_id": "lab/one",
        "saes": [{"id": "blocks.0.hook_resid_pre", "path": "blocks.0.hook_resid_pre"}],
    },
    "part": {
        "repo_id": "lab/two",
        "config_overrides": {"normalize_activations": "layer_norm", "dataset_path": "x"},
        "saes": [
            {"id": f"blocks.{n}.hook_mlp_out", "path": f"snap/l{n}", "norm_scaling_factor": n / 2}
            for n in (1, 2)
        ],
    },
    "scope": {
        "repo_id": "lab/scope",
        "conversion_func": "gemma_2",
        "saes": [
            {"id": f"layer_{n}/width_16k/canonical", "path": f"layer_{n}/width_16k/average_l0_9"}
            for n in (0, 1)
        ],
    },
    "inside": {"repo_id": "lab/mid", "saes": [{"id": "blocks.7.hook_resid_mid", "path": "7"}]},
    "other": {"repo_id": "lab/other", "conversion_func": "goodfire", "saes": [{"id": "a", "path": "b"}]},
}


def test_a_release_becomes_a_place_and_what_is_not_read_has_its_reason():
    table = table_of(RELEASES)
    assert table["places"] == {"part": "lab/two/snap", "scope": "lab/scope", "whole": "lab/one"}
    told = {"normalize_activations": "layer_norm", "scales": {"l1": 0.5, "l2": 1.0}}
    assert table["settings"] == {"two": told}
    assert table["refused"] == {
        "its hook 'blocks.N.hook_resid_mid' is not a site": ["inside"],
        "its layout (goodfire) is not read here": ["other"],
    }


def test_what_is_written_after_a_release_stays():
    assert without_release("saelens:gemma-2-2b-res-matryoshka-dc@v2/*") == (
        "chanind/gemma-2-2b-batch-topk-matryoshka-saes-w-32k-l0-40@v2/standard/*"
    )
    assert without_release("saelens/x") == "saelens/x"
    with pytest.raises(InputError, match=r"no release 'gpt2-res-jb': nearest are .*gpt2-small-res-jb"):
        without_release("saelens:gpt2-res-jb")


def test_the_table_names_each_release_once_and_is_small():
    table = json.loads(TABLE.read_text("utf-8"))
    names = [*table["places"], *(name for names in table["refused"].values() for name in names)]
    assert len(names) == len(set(names)) > 150
    assert TABLE.stat().st_size < 150_000

"""Loading dictionaries: ours come back the same, bad files are named, unknown places are told the layouts."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from explorer_engine.dictionaries import (
    ReluDictionary,
    TopKDictionary,
    describe_dictionaries,
    load_dictionaries,
    save_dictionaries,
)
from explorer_engine.dictionaries.source import Description
from explorer_engine.errors import InputError
from explorer_engine.sites import Site, sites_of
from tests.explorer_engine.tiny import tiny_model

RESID = Site("resid", 0)


def relu(width: int = 8, features: int = 20) -> ReluDictionary:
    torch.manual_seed(0)
    return ReluDictionary(
        encoder=torch.randn(features, width),
        encoder_bias=torch.randn(features),
        decoder=torch.randn(features, width),
        decoder_bias=torch.randn(width),
        tied=False,
    )


def test_saved_dictionaries_come_back_for_the_sites_that_have_one(tmp_path: Path) -> None:
    topk = TopKDictionary(*relu().state().values(), k=3)
    save_dictionaries(tmp_path, {RESID: relu(), Site("mlp", 0): topk}, "float32")
    loaded = load_dictionaries(tmp_path, sites_of(2), device="cpu")
    assert list(loaded) == [Site("mlp", 0), RESID]
    x = torch.randn(5, 8)
    assert torch.equal(loaded[RESID].encode(x), relu().encode(x))
    assert torch.equal(loaded[Site("mlp", 0)].encode(x), topk.encode(x))


def test_the_same_dictionary_is_the_same_file(tmp_path: Path) -> None:
    files = []
    for i in range(8):
        save_dictionaries(tmp_path / str(i), {RESID: TopKDictionary(*relu().state().values(), k=3)})
        files.append((tmp_path / str(i) / f"{RESID}.safetensors").read_bytes())
    assert len({*files}) == 1, "a hash of dictionaries names judgements and addresses"


def test_what_lies_there_is_told_without_loading_it(tmp_path: Path) -> None:
    save_dictionaries(tmp_path, {RESID: relu(), Site("mlp", 0): relu(width=4)})
    assert describe_dictionaries(tmp_path, sites_of(1)) == {
        Site("mlp", 0): Description("ours", "relu", 20, 4),
        RESID: Description("ours", "relu", 20, 8),
    }


def test_a_folder_nobody_knows_is_told_what_each_layout_looks_like(tmp_path: Path) -> None:
    with pytest.raises(InputError) as told:
        load_dictionaries(tmp_path, sites_of(2))
    assert "holds no dictionary for embed … resid_1" in str(told.value)
    assert "ours: resid_1.safetensors" in str(told.value)
    assert "dictionary_learning: resid_out_layer1/10_32768/ae.pt" in str(told.value)


def test_half_precision_files_load_in_the_type_asked_for(tmp_path: Path) -> None:
    save_dictionaries(tmp_path, {RESID: relu()})
    loaded = load_dictionaries(tmp_path, [RESID], device="cpu", dtype="float64")[RESID]
    assert loaded.dtype == torch.float64
    torch.testing.assert_close(loaded.decoder.float(), relu().decoder, atol=2e-3, rtol=1e-3)


def test_a_width_that_does_not_fit_names_the_file_and_both_widths(tmp_path: Path) -> None:
    save_dictionaries(tmp_path, {RESID: relu()})
    with pytest.raises(InputError, match=r"resid_0\.safetensors reads a width of 8 but resid_0 .* 16 wide"):
        load_dictionaries(tmp_path, [RESID], model=tiny_model("gpt_neox"))


def test_nan_in_the_weights_is_named(tmp_path: Path) -> None:
    broken = relu()
    broken.encoder[3, 3] = float("nan")
    save_dictionaries(tmp_path, {RESID: broken})
    with pytest.raises(InputError, match=r"resid_0\.safetensors has NaN or Inf in encoder"):
        load_dictionaries(tmp_path, [RESID])


def test_missing_tensors_kinds_files_and_folders_are_named(tmp_path: Path) -> None:
    file = tmp_path / "resid_0.safetensors"
    save_file({"encoder": torch.zeros(2, 2)}, file, metadata={"kind": "relu", "tied": "True"})
    with pytest.raises(InputError, match=r"resid_0\.safetensors: 'encoder_bias' is missing"):
        load_dictionaries(tmp_path, [RESID])
    save_file({"encoder": torch.zeros(2, 2)}, file)
    with pytest.raises(InputError, match=r"resid_0\.safetensors does not say its kind"):
        load_dictionaries(tmp_path, [RESID])
    file.write_bytes(b"cut off")
    with pytest.raises(InputError, match=r"resid_0\.safetensors cannot be read"):
        load_dictionaries(tmp_path, [RESID])
    with pytest.raises(InputError, match="nowhere is not a folder"):
        load_dictionaries(tmp_path / "nowhere", [RESID])
    with pytest.raises(InputError, match=r"dtype .int3."):
        load_dictionaries(tmp_path, [RESID], dtype="int3")


def test_tensors_that_do_not_fit_each_other_are_named(tmp_path: Path) -> None:
    for name in ("encoder", "encoder_bias", "decoder_bias"):
        save_dictionaries(tmp_path, {RESID: relu()})
        tensors = load_file(tmp_path / "resid_0.safetensors")
        save_file(
            {**tensors, name: tensors[name][..., :5].contiguous()},
            tmp_path / "resid_0.safetensors",
            metadata={"kind": "relu", "tied": "False"},
        )
        with pytest.raises(InputError, match=rf"resid_0.*{name}"):
            load_dictionaries(tmp_path, [RESID])

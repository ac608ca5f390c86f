"""Dictionaries of dictionary_learning: every class recognised, and computing what theirs computes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from torch import Tensor

from explorer_engine.dictionaries import describe_dictionaries, load_dictionaries
from explorer_engine.dictionaries.source import Description
from explorer_engine.dictionaries.sources.dictionary_learning import SOURCE
from explorer_engine.errors import InputError
from explorer_engine.sites import Site
from tests.explorer_engine.tiny import tiny_model

D, F = 6, 15
RESID = Site("resid", 3)


def normal(*shape: int) -> Tensor:
    return torch.randn(*shape, dtype=torch.float64)


def write(folder: Path, state: dict[str, Tensor], dict_class: str | None = None) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    torch.save(state, folder / "ae.pt")
    if dict_class:
        config = {"trainer": {"dict_class": dict_class, "activation_dim": D, "dict_size": F}}
        (folder / "config.json").write_text(json.dumps(config))
    return folder / "ae.pt"


def linear_state(**more: Tensor) -> dict[str, Tensor]:
    torch.manual_seed(3)
    return {
        "encoder.weight": normal(F, D),
        "encoder.bias": normal(F),
        "decoder.weight": normal(D, F),
        **more,
    }


def matrix_state(**more: Tensor) -> dict[str, Tensor]:
    torch.manual_seed(4)
    return {"W_enc": normal(D, F), "b_enc": normal(F), "W_dec": normal(F, D), "b_dec": normal(D), **more}


def theirs(name: str, s: dict[str, Tensor], x: Tensor) -> Tensor:
    """The reconstruction as the published classes compute it, [n,d] → [n,d]."""
    if name == "AutoEncoder":
        f = (s["encoder.weight"] @ (x - s["bias"]).T + s["encoder.bias"][:, None]).relu()
        return (s["decoder.weight"] @ f).T + s["bias"]
    if name == "AutoEncoderNew":
        f = (s["encoder.weight"] @ x.T + s["encoder.bias"][:, None]).relu()
        return (s["decoder.weight"] @ f).T + s["decoder.bias"]
    if name == "GatedAutoEncoder":
        u = (x - s["decoder_bias"]) @ s["encoder.weight"].T
        f = ((u + s["gate_bias"]) > 0) * (s["r_mag"].exp() * u + s["mag_bias"]).relu()
        return f @ s["decoder.weight"].T + s["decoder_bias"]
    if name == "JumpReluAutoEncoder":
        z = x @ s["W_enc"] + s["b_enc"]
        return (z * (z > s["threshold"])).relu() @ s["W_dec"] + s["b_dec"]
    if name == "MatryoshkaBatchTopKSAE":
        z = ((x - s["b_dec"]) @ s["W_enc"] + s["b_enc"]).relu()
        return (z * (z > s["threshold"])) @ s["W_dec"] + s["b_dec"]
    z = ((x - s["b_dec"]) @ s["encoder.weight"].T + s["encoder.bias"]).relu()
    if name == "BatchTopKSAE":
        return (z * (z > s["threshold"])) @ s["decoder.weight"].T + s["b_dec"]
    least = z.topk(int(s["k"])).values[:, -1:]
    return (z * (z >= least)) @ s["decoder.weight"].T + s["b_dec"]


def states() -> dict[str, dict[str, Tensor]]:
    k, threshold = torch.tensor(4), torch.tensor(0.6, dtype=torch.float64)
    gated = {"r_mag": normal(F) / 3, "gate_bias": normal(F), "mag_bias": normal(F), "decoder_bias": normal(D)}
    gated |= {name: tensor for name, tensor in linear_state().items() if name != "encoder.bias"}
    return {
        "AutoEncoder": linear_state(bias=normal(D)),
        "AutoEncoderNew": linear_state(**{"decoder.bias": normal(D)}),
        "GatedAutoEncoder": gated,
        "JumpReluAutoEncoder": matrix_state(threshold=torch.rand(F, dtype=torch.float64)),
        "AutoEncoderTopK": linear_state(b_dec=normal(D), k=k, threshold=torch.tensor(-1.0)),
        "BatchTopKSAE": linear_state(b_dec=normal(D), k=k, threshold=threshold),
        "MatryoshkaBatchTopKSAE": matrix_state(k=k, threshold=threshold, group_sizes=torch.tensor([5, 10])),
    }


@pytest.mark.parametrize("name", list(states()))
@pytest.mark.parametrize("config", [True, False])
def test_every_class_computes_what_theirs_computes(name: str, config: bool, tmp_path: Path) -> None:
    torch.manual_seed(5)
    state, x = states()[name], normal(7, D)
    file = write(tmp_path, state, name if config else None)
    if name == "BatchTopKSAE" and not config:
        with pytest.raises(InputError, match=r"TopK or a BatchTopK .* config\.json"):
            SOURCE.read(file)
        return
    dictionary = SOURCE.read(file)
    torch.testing.assert_close(dictionary.decode(dictionary.encode(x)), theirs(name, state, x))
    if name != "AutoEncoderTopK":
        torch.testing.assert_close(dictionary.decoder.norm(dim=1), torch.ones(F, dtype=torch.float64))


def test_parameters_are_read_as_tensors(tmp_path: Path) -> None:
    state = linear_state(bias=normal(D))
    parameters = {name: torch.nn.Parameter(value) for name, value in state.items()}
    ours = SOURCE.read(write(tmp_path / "parameters", parameters))
    same = SOURCE.read(write(tmp_path / "tensors", state))
    assert not any(tensor.requires_grad for tensor in ours.state().values())
    assert all(torch.equal(tensor, same.state()[name]) for name, tensor in ours.state().items())


def test_unit_decoders_are_left_to_the_last_digit(tmp_path: Path) -> None:
    state = linear_state(bias=normal(D))
    state["decoder.weight"] /= state["decoder.weight"].norm(dim=0)
    dictionary = SOURCE.read(write(tmp_path, state))
    assert torch.equal(dictionary.decoder, state["decoder.weight"].T)
    assert torch.equal(dictionary.encoder, state["encoder.weight"])


def test_sites_are_found_by_folder_with_and_without_an_inner_one(tmp_path: Path) -> None:
    write(tmp_path / "embed", linear_state(bias=normal(D)))
    write(tmp_path / "resid_out_layer3" / "10_15", linear_state(bias=normal(D)))
    sites = [Site("embed", -1), Site("attn", 0), RESID]
    assert list(load_dictionaries(tmp_path, sites)) == [sites[0], RESID]


def test_several_inner_folders_are_named_and_one_can_be_chosen(tmp_path: Path) -> None:
    for inner in ("10_15", "20_15"):
        write(tmp_path / "resid_out_layer3" / inner, linear_state(bias=normal(D)))
    with pytest.raises(InputError, match=r"several dictionaries \(10_15, 20_15\).*\*/10_15'"):
        load_dictionaries(tmp_path, [RESID])
    assert RESID in load_dictionaries(tmp_path / "*" / "20_15", [RESID])
    with pytest.raises(InputError, match="holds no dictionary"):
        load_dictionaries(tmp_path / "*" / "30_15", [RESID])


@pytest.mark.parametrize("name", list(states()))
def test_a_description_is_what_the_dictionary_turns_out_to_be(name: str, tmp_path: Path) -> None:
    file = write(tmp_path / "resid_out_layer3", states()[name], name)
    dictionary = SOURCE.read(file)
    assert describe_dictionaries(tmp_path, [RESID]) == {
        RESID: Description("dictionary_learning", dictionary.kind, F, D)
    }


def test_a_model_of_another_width_is_told_which_one_it_was(tmp_path: Path) -> None:
    site, file = (
        Site("resid", 2),
        write(tmp_path / "resid_out_layer2", states()["AutoEncoder"], "AutoEncoder"),
    )
    config = {"trainer": {"dict_class": "AutoEncoder", "lm_name": "lab/model-70m"}}
    (file.parent / "config.json").write_text(json.dumps(config))
    assert describe_dictionaries(tmp_path, [site])[site].model == "lab/model-70m"
    with pytest.raises(InputError, match=r"width of 6 but resid_2 .* 16 wide.*lab/model-70m"):
        load_dictionaries(tmp_path, [site], model=tiny_model("gpt_neox"))


def test_bad_files_are_named(tmp_path: Path) -> None:
    state = linear_state(bias=normal(D))
    del state["encoder.bias"]
    with pytest.raises(InputError, match=r"ae\.pt .* nearest kind is AutoEncoder, .* needs encoder\.bias"):
        SOURCE.read(write(tmp_path, state))
    with pytest.raises(InputError, match=r"ae\.pt lacks encoder\.bias of a AutoEncoder"):
        SOURCE.read(write(tmp_path, state, "AutoEncoder"))
    with pytest.raises(InputError, match="is a CrossCoder, which is not one of the kinds"):
        SOURCE.read(write(tmp_path, linear_state(bias=normal(D)), "CrossCoder"))
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(InputError, match=r"config\.json has no trainer\.dict_class"):
        SOURCE.read(tmp_path / "ae.pt")


class _Evil:
    """What a hostile file would hold."""

    def __reduce__(self) -> tuple[object, tuple[str, ...]]:
        return print, ("code from a file ran",)


def test_code_in_a_file_is_never_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    torch.save({"bias": _Evil()}, tmp_path / "ae.pt")
    with pytest.raises(InputError, match="not a plain state dict"):
        SOURCE.read(tmp_path / "ae.pt")
    (tmp_path / "ae.pt").write_bytes(b"cut off")
    with pytest.raises(InputError, match="not a plain state dict"):
        SOURCE.read(tmp_path / "ae.pt")
    assert "ran" not in capsys.readouterr().out

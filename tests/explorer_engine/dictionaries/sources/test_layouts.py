"""Every layout: found, described, and computing what the package that wrote it computes."""

from __future__ import annotations

import importlib
import json
from pathlib import Path
from typing import Any, cast
from zipfile import ZipFile, ZipInfo

import pytest
import torch
from safetensors.torch import save_file

from explorer_engine.dictionaries import describe_dictionaries, load_dictionaries, save_dictionaries
from explorer_engine.errors import InputError
from explorer_engine.sites import Site
from tests.explorer_engine.dictionaries.sources.layouts import (
    ATTN,
    LAYOUTS,
    LINEAR,
    MLP,
    RESID,
    D,
    F,
    T,
    saelens,
    zipped,
)
from tests.explorer_engine.tiny import random_dictionary, tiny_model

SITES = tiny_model("gpt_neox").sites
X = 2 * torch.randn(7, D, generator=torch.Generator().manual_seed(1), dtype=torch.float64) + 0.3


class Narrow:
    """A tiny model, as wide as the files are."""

    def __init__(self, family: str) -> None:
        self._model = tiny_model(family)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._model, name)

    def width(self, _: Site) -> int:
        return D


def read(place: Path | str, family: str = "gpt_neox", sites: tuple[Site, ...] = SITES) -> dict[Site, Any]:
    model: Any = Narrow(family)
    return load_dictionaries(place, sites, "cpu", "float64", model=model)


@pytest.mark.parametrize("name", list(LAYOUTS))
def test_it_computes_what_the_package_computes(name: str, tmp_path: Path) -> None:
    layout = LAYOUTS[name]
    place = layout.write(tmp_path)
    ((site, dictionary),) = read(place).items()
    assert site == layout.site
    activations, reconstruction = layout.computes(X)
    f = dictionary.encode(X)
    torch.testing.assert_close(dictionary.decode(f), reconstruction, atol=1e-6, rtol=1e-6)
    if dictionary.kind == "normalised":  # theirs in units of the scale, which is the feature after them
        f = f[:, :F] / f[:, F : F + 1]
    if "dictionary_learning" not in name:  # whose rows are made of length 1
        torch.testing.assert_close(f, activations, atol=1e-6, rtol=1e-6)
    (described,) = describe_dictionaries(place, SITES).values()
    assert described.layout == name.partition(",")[0]
    assert (described.kind, described.n_features, described.width) == (layout.kind, layout.width, D)
    assert bool(described.normalises) == layout.kind.startswith("normalised")


@pytest.mark.parametrize("name", list(LAYOUTS))
def test_in_bfloat16_it_is_what_float32_is_rounded_once(name: str, tmp_path: Path) -> None:
    place, model = LAYOUTS[name].write(tmp_path), cast("Any", Narrow("gpt_neox"))
    wide, narrow = (
        next(iter(load_dictionaries(place, SITES, "cpu", dtype, model=model).values())).state()
        for dtype in ("float32", "bfloat16")
    )
    assert {name: tensor.bfloat16().tolist() for name, tensor in wide.items()} == {
        name: tensor.tolist() for name, tensor in narrow.items()
    }
    assert {tensor.dtype for tensor in narrow.values()} == {torch.bfloat16}


def test_saelens_gated_finetuned_and_batch_topk(tmp_path: Path) -> None:
    gate = {"b_gate": T["b_enc"], "b_mag": -T["b_enc"], "r_mag": T["threshold"]}
    matrices = {name: T[name] for name in ("W_enc", "W_dec", "b_dec")}
    (d,) = read(saelens(tmp_path / "gated", {**matrices, **gate}, architecture="gated")).values()
    u = X @ T["W_enc"].double()
    expected = (u + gate["b_gate"] > 0) * (gate["r_mag"].double().exp() * u + gate["b_mag"]).relu()
    torch.testing.assert_close(d.encode(X), expected)

    factor = T["threshold"] + 0.5
    tensors = {**matrices, "b_enc": T["b_enc"], "scaling_factor": factor}
    (d,) = read(saelens(tmp_path / "tuned", tensors, finetuning_scaling_factor=True)).values()
    expected = (d.encode(X) * factor) @ T["W_dec"].double() + T["b_dec"]
    torch.testing.assert_close(d.decode(d.encode(X)), expected, atol=1e-6, rtol=1e-6)
    with pytest.raises(InputError, match="json says nothing of it"):
        read(saelens(tmp_path / "untold", tensors))

    tensors = {**matrices, "b_enc": T["b_enc"], "topk_threshold": torch.tensor(0.4, dtype=torch.float64)}
    (d,) = read(saelens(tmp_path / "batch", tensors, architecture="matryoshka_batchtopk")).values()
    norms = T["W_dec"].double().norm(dim=1)
    z = (u + T["b_enc"]).relu() * norms
    a = z * (z > 0.4)
    torch.testing.assert_close(d.encode(X), a, atol=1e-6, rtol=1e-6)
    expected = a / norms @ T["W_dec"].double() + T["b_dec"]
    torch.testing.assert_close(d.decode(d.encode(X)), expected, atol=1e-6, rtol=1e-6)


def test_saelens_average_norm_uses_the_factor_that_lies_beside(tmp_path: Path) -> None:
    tensors = {name: T[name] for name in ("W_enc", "W_dec", "b_enc", "b_dec")}
    folder = saelens(tmp_path, tensors, normalize_activations="expected_average_only_in")
    (plain,) = read(folder).values()
    assert "not told" in describe_dictionaries(folder, SITES)[RESID].normalises
    (folder / "activation_scaler.json").write_text('{"scaling_factor": 0.25}')
    (scaled,) = read(folder).values()
    torch.testing.assert_close(scaled.encode(X), plain.encode(X * 0.25))
    torch.testing.assert_close(scaled.decode(scaled.encode(X)), plain.decode(plain.encode(X * 0.25)) * 4)


@pytest.mark.parametrize(
    ("hook", "family", "site"),
    [
        ("blocks.1.hook_resid_post", "gpt2", RESID),
        ("blocks.2.hook_resid_pre", "gpt2", RESID),
        ("blocks.0.hook_resid_pre", "gpt_neox", Site("embed", -1)),
        ("blocks.0.hook_resid_pre", "gpt2", None),  # positions are added
        ("hook_embed", "gpt2", Site("embed", -1)),
        ("blocks.1.hook_mlp_out", "gemma2", MLP),
        ("blocks.1.hook_attn_out", "gpt2", ATTN),
        ("blocks.1.hook_attn_out", "gemma2", None),
        ("blocks.1.attn.hook_z", "gemma2", ATTN),
        ("blocks.1.attn.hook_z", "llama", None),
        ("blocks.1.hook_resid_mid", "gpt2", None),
        ("blocks.1.mlp.hook_post", "gpt2", None),
        ("blocks.1.ln2.hook_normalized", "gpt2", None),
        ("model.layers.1", "llama", RESID),
        ("gpt_neox.layers.1.attention", "gpt_neox", ATTN),
        ("layers.1.self_attn", "gemma2", None),
        ("layers.1.mlp", "llama", MLP),
        ("layers.1.mlp", "gemma2", None),  # it is normalised before it is added
        ("h.1.mlp.act", "gpt2", None),
    ],
)
def test_hooks_are_our_sites_or_refused_by_name(
    hook: str, family: str, site: Site | None, tmp_path: Path
) -> None:
    tensors = {name: T[name] for name in ("W_enc", "W_dec", "b_enc", "b_dec")}
    folder = saelens(tmp_path, tensors, metadata={"hook_name": hook})
    if site is None:
        with pytest.raises(InputError, match=hook.replace(".", r"\.")):
            read(folder, family)
    else:
        assert list(read(folder, family)) == [site]


def test_without_a_model_what_hangs_on_it_is_refused(tmp_path: Path) -> None:
    tensors = {name: T[name] for name in ("W_enc", "W_dec", "b_enc", "b_dec")}
    folder = saelens(tmp_path, tensors, metadata={"hook_name": "blocks.1.attn.hook_z"})
    with pytest.raises(InputError, match=r"hook_z is attn_1 in some models only"):
        load_dictionaries(folder, SITES)


@pytest.mark.parametrize(
    ("config", "told"),
    [
        ({"architecture": "transcoder"}, "the architecture transcoder is not one of"),
        ({"architecture": "temporal"}, "the architecture temporal"),
        ({"activation_fn_str": "tanh-relu"}, "the activation tanh-relu"),
        ({"normalize_activations": "whitened"}, "normalize_activations is 'whitened'"),
        ({"hook_head_index": 3}, "one attention head"),
        ({"model_from_pretrained_kwargs": {"center_writing_weights": True}}, "rewritten weights"),
        ({"apply_b_dec_to_input": "yes"}, "apply_b_dec_to_input is 'yes', expected bool"),
    ],
)
def test_what_saelens_has_more_is_refused_by_name(config: dict[str, Any], told: str, tmp_path: Path) -> None:
    tensors = {name: T[name] for name in ("W_enc", "W_dec", "b_enc", "b_dec")}
    with pytest.raises(InputError, match=told):
        read(saelens(tmp_path, tensors, **config))


def test_sparsify_transcoders_and_other_activations_are_refused(tmp_path: Path) -> None:
    folder = LAYOUTS["sparsify"].write(tmp_path) / "layers.1.mlp"
    config = json.loads((folder / "cfg.json").read_text())
    for more, told in (
        ({"transcode": True}, "transcoder"),
        ({"activation": "groupmax"}, "activation groupmax"),
    ):
        (folder / "cfg.json").write_text(json.dumps({**config, **more}))
        with pytest.raises(InputError, match=told):
            read(tmp_path)


def test_gemma_scope_takes_the_l0_nearest_100_or_the_one_that_is_named(tmp_path: Path) -> None:
    place = LAYOUTS["Gemma Scope"].write(tmp_path)
    layer = place / "gemma-scope-2b-pt-res" / "layer_1"
    near = layer / "width_16k" / "average_l0_105"
    far = layer / "width_16k" / "average_l0_71"
    far.mkdir()
    (far / "params.npz").write_bytes((near / "params.npz").read_bytes()[:-50])
    assert list(read(place)) == [RESID]
    with pytest.raises(InputError, match=r"average_l0_71/params\.npz is no archive"):
        read(f"{layer.parent}/*/width_16k/average_l0_71")
    assert list(read(f"{layer.parent}/*/width_16k/average_l0_105")) == [RESID]
    assert describe_dictionaries(place, SITES)[RESID].model == "google/gemma-2-2b"
    layer.parent.rename(place / "mine")
    with pytest.raises(InputError, match="does not say which site"):
        read(place / "mine")
    assert list(read(f"mlp={place / 'mine'}")) == [MLP]
    with pytest.raises(InputError, match="hook_z is not attn_1 in a gpt_neox model"):
        read(f"attn={place / 'mine'}")
    assert list(read(f"attn={place / 'mine'}", "gemma2")) == [ATTN]
    (place / "mine").rename(place / "gemma-scope-2b-pt-transcoders")
    with pytest.raises(InputError, match="transcoder"):
        read(place)


def test_qwen_scope_needs_the_number_of_active_features(tmp_path: Path) -> None:
    place = LAYOUTS["Qwen-Scope"].write(tmp_path)
    assert describe_dictionaries(place, SITES)[RESID].model == "Qwen/Qwen3-1.7B-Base"
    next(place.iterdir()).rename(place / "mine")
    with pytest.raises(InputError, match="how many features are active"):
        read(place)


def test_openai_locations_that_are_no_site_are_refused(tmp_path: Path) -> None:
    place = LAYOUTS["OpenAI"].write(tmp_path)
    (place / "resid_post_mlp_v5_32k").rename(place / "resid_post_attn_v5_32k")
    with pytest.raises(InputError, match="hook_resid_mid' is not a site"):
        read(place)
    (place / "resid_post_attn_v5_32k").rename(place / "mine")
    with pytest.raises(InputError, match="write resid="):
        read(place)
    assert list(read(f"mlp={place}")) == [MLP]


def test_members_that_leave_the_zip_file_are_refused(tmp_path: Path) -> None:
    link = ZipInfo("resid_out_layer1/ae.pt")
    link.external_attr = 0o120777 << 16
    for name, told in (("../ae.pt", "outside"), ("/embed/ae.pt", "outside"), (link, "is a link")):
        file = zipped(tmp_path / str(len(list(tmp_path.iterdir()))))
        with ZipFile(file, "a") as archive:
            archive.writestr(name, "x")
        with pytest.raises(InputError, match=told):
            read(file)


def test_places_are_joined_by_kind_of_site(tmp_path: Path) -> None:
    resid, mlp = LAYOUTS["SAELens"].write(tmp_path / "a b"), LAYOUTS["sparsify"].write(tmp_path / "c")
    assert list(read(f"mlp={mlp} resid={resid}")) == [MLP, RESID]
    assert list(read(f"mlp={mlp} resid={resid}", sites=(RESID,))) == [RESID]
    for place, told in (
        (f"mlp={mlp} mlp={resid}", "mlp is given twice"),
        (f"mlp={mlp} resid=", "resid has no place"),
        (f"mlp={mlp} attn={mlp}", "holds no dictionary for attn_0"),
    ):
        with pytest.raises(InputError, match=told):
            read(place)
    with pytest.raises(InputError, match="names no place for resid_1"):
        read(f"mlp={mlp}", sites=(RESID,))


def test_two_dictionaries_of_one_site_leave_a_choice(tmp_path: Path) -> None:
    tensors = {name: T[name] for name in ("W_enc", "W_dec", "b_enc", "b_dec")}
    for name in ("one", "two"):
        saelens(tmp_path / name, tensors)
    with pytest.raises(InputError, match=r"resid_1 has several dictionaries, .*one.* and .*two"):
        read(tmp_path)
    assert list(read(tmp_path / "tw*")) == [RESID]


def test_a_normalised_dictionary_is_written_and_read_as_ours(tmp_path: Path) -> None:
    for name in ("normalised layer topk", "normalised length gated"):
        made = random_dictionary(name, D, F, seed=3)
        save_dictionaries(tmp_path, {RESID: made}, "float64")
        again = read(tmp_path)[RESID]
        assert torch.equal(again.encode(X), made.encode(X))
        assert describe_dictionaries(tmp_path, SITES)[RESID].kind == f"normalised {made.inner.kind}"  # type: ignore[attr-defined]


@pytest.mark.parametrize("norm", ["none", "layer_norm", "constant_norm_rescale"])
def test_saelens_itself_agrees(norm: str, tmp_path: Path) -> None:
    try:
        package: Any = importlib.import_module("sae_lens")
    except ImportError:
        pytest.skip("SAELens is not installed")
    tensors = {name: T[name] for name in ("W_enc", "W_dec", "b_enc", "b_dec", "threshold")}
    metadata = {"hook_name": "blocks.1.hook_resid_post", "sae_lens_version": package.__version__}
    folder = saelens(
        tmp_path, tensors, architecture="jumprelu", normalize_activations=norm, metadata=metadata
    )
    (ours,) = read(folder).values()
    theirs = package.SAE.load_from_disk(folder, dtype="float64")
    torch.testing.assert_close(ours.decode(ours.encode(X)), theirs(X), atol=1e-6, rtol=1e-6)


def test_files_that_hold_other_numbers_are_named(tmp_path: Path) -> None:
    tensors = {name: T[name] for name in ("W_enc", "W_dec", "b_enc", "b_dec")}
    folder = saelens(tmp_path, {**tensors, "W_dec": T["W_dec"].to(torch.int32)})
    with pytest.raises(InputError, match=r"W_dec holds torch\.int32"):
        read(folder)
    save_file({**tensors, "b_enc": T["b_enc"][:3].clone()}, folder / "sae_weights.safetensors")
    with pytest.raises(InputError, match=r"b_enc has the shape \(3,\), expected \(15,\)"):
        read(folder)
    expanded = torch.zeros(1).expand(1 << 20, 1 << 20)
    (tmp_path / "resid_out_layer1").mkdir()
    torch.save({**LINEAR, "encoder.weight": expanded}, tmp_path / "resid_out_layer1" / "ae.pt")
    with pytest.raises(InputError, match=r"encoder\.weight is not a plain tensor"):
        read(f"{tmp_path}/*/")

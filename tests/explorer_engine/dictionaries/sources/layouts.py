"""Small files of every layout, in the form that the packages write, and what these compute from them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import numpy as np
import torch
from safetensors.torch import save_file
from torch import Tensor

from explorer_engine.dictionaries import ReluDictionary, save_dictionaries
from explorer_engine.sites import Site

D, F, K = 6, 15, 4
RESID, MLP, ATTN = Site("resid", 1), Site("mlp", 1), Site("attn", 1)
Tensors = dict[str, Tensor]


@dataclass(frozen=True)
class Layout:
    """One layout's example."""

    write: Callable[[Path], Path]
    """Writes into a folder; gives the place to be read."""
    site: Site
    computes: Callable[[Tensor], tuple[Tensor, Tensor]]
    """x [n,D] → the package's activations [n,F] and reconstruction."""
    kind: str
    width: int = F


def _random(seed: int = 0) -> Tensors:
    g = torch.Generator().manual_seed(seed)
    shapes = {"W_enc": (D, F), "W_dec": (F, D), "b_enc": (F,), "b_dec": (D,), "threshold": (F,)}
    values = {name: torch.randn(shape, generator=g) / 2 for name, shape in shapes.items()}
    return {**values, "threshold": values["threshold"].abs()}


T = _random()
LINEAR = {
    "encoder.weight": T["W_enc"].T.contiguous(),
    "encoder.bias": T["b_enc"],
    "decoder.weight": T["W_dec"].T.contiguous(),
    "bias": T["b_dec"],
}


def _relu(z: Tensor) -> Tensor:
    return z * (z > 0)


def _jump(z: Tensor) -> Tensor:
    return z * (z > T["threshold"].to(z)) * (z > 0)


def _topk(z: Tensor) -> Tensor:
    return _relu(z) * (z >= z.topk(K).values[:, -1:])


def _plain(act: Callable[[Tensor], Tensor], tied: bool) -> Callable[[Tensor], tuple[Tensor, Tensor]]:
    def computes(x: Tensor) -> tuple[Tensor, Tensor]:
        a = act((x - T["b_dec"].to(x) * tied) @ T["W_enc"].to(x) + T["b_enc"].to(x))
        return a, a @ T["W_dec"].to(x) + T["b_dec"].to(x)

    return computes


def _layer_normed(of: Callable[[Tensor], tuple[Tensor, Tensor]]) -> Callable[[Tensor], tuple[Tensor, Tensor]]:
    def computes(x: Tensor) -> tuple[Tensor, Tensor]:
        mean, deviation = x.mean(1, keepdim=True), x.std(1, keepdim=True)
        a, back = of((x - mean) / (deviation + 1e-5))
        return a, back * deviation + mean

    return computes


def _length_normed(
    of: Callable[[Tensor], tuple[Tensor, Tensor]],
) -> Callable[[Tensor], tuple[Tensor, Tensor]]:
    def computes(x: Tensor) -> tuple[Tensor, Tensor]:
        factor = D**0.5 / x.norm(dim=1, keepdim=True)
        a, back = of(x * factor)
        return a, back / factor

    return computes


def saelens(folder: Path, tensors: Mapping[str, Tensor], **config: Any) -> Path:
    """A folder as SAELens writes it."""
    folder.mkdir(parents=True, exist_ok=True)
    known = {
        "architecture": "standard",
        "d_in": D,
        "d_sae": F,
        "dtype": "float32",
        "apply_b_dec_to_input": False,
        "normalize_activations": "none",
        "metadata": {"model_name": "some-model", "hook_name": "blocks.1.hook_resid_post"},
    }
    (folder / "cfg.json").write_text(json.dumps(known | config))
    save_file(
        {name: tensor.contiguous() for name, tensor in tensors.items()}, folder / "sae_weights.safetensors"
    )
    return folder


def _without(*names: str) -> Tensors:
    return {name: tensor for name, tensor in T.items() if name not in names}


def _saelens(**config: Any) -> Callable[[Path], Path]:
    tensors = T if config.get("architecture") == "jumprelu" else _without("threshold")
    return lambda folder: saelens(folder / "one", tensors, **config).parent


def _sparsify(folder: Path) -> Path:
    inner = folder / "layers.1.mlp"
    inner.mkdir(parents=True)
    config = {"activation": "topk", "expansion_factor": 32, "num_latents": F, "k": K, "d_in": D}
    (inner / "cfg.json").write_text(json.dumps(config))
    state = {"W_dec": T["W_dec"], "b_dec": T["b_dec"], **LINEAR}
    save_file(
        {n: state[n] for n in ("encoder.weight", "encoder.bias", "W_dec", "b_dec")}, inner / "sae.safetensors"
    )
    return folder


def _openai(folder: Path) -> Path:
    inner = folder / "resid_post_mlp_v5_32k" / "autoencoders"
    inner.mkdir(parents=True)
    state = {
        "pre_bias": T["b_dec"],
        "latent_bias": T["b_enc"],
        "stats_last_nonzero": torch.zeros(F, dtype=torch.long),
        "encoder.weight": LINEAR["encoder.weight"],
        "decoder.weight": LINEAR["decoder.weight"],
        "activation": "TopK",
        "activation_state_dict": {"k": K, "postact_fn": "ReLU"},
    }
    torch.save(state, inner / "1.pt")
    return folder


def _gemma_scope(folder: Path) -> Path:
    inner = folder / "gemma-scope-2b-pt-res" / "layer_1" / "width_16k" / "average_l0_105"
    inner.mkdir(parents=True)
    np.savez(inner / "params.npz", **{name: tensor.numpy() for name, tensor in T.items()})
    return folder


def _qwen_scope(folder: Path) -> Path:
    inner = folder / f"SAE-Res-Qwen3-1.7B-Base-W32K-L0_{K}"
    inner.mkdir(parents=True)
    state = {**_without("threshold"), "W_enc": T["W_enc"].T.contiguous(), "W_dec": T["W_dec"].T.contiguous()}
    torch.save(state, inner / "layer1.sae.pt")
    return folder


def _dictionary_learning(folder: Path) -> Path:
    inner = folder / "resid_out_layer1" / "10_15"
    inner.mkdir(parents=True)
    torch.save(LINEAR, inner / "ae.pt")
    (inner / "config.json").write_text(json.dumps({"trainer": {"dict_class": "AutoEncoder", "lm_name": "m"}}))
    return folder


def zipped(folder: Path) -> Path:
    """The folder of dictionary_learning in a zip file."""
    source = _dictionary_learning(folder / "source")
    with ZipFile(folder / "all.zip", "w", ZIP_DEFLATED) as archive:
        for file in sorted(source.rglob("*.*")):
            archive.write(file, f"dictionaries/some-model/{file.relative_to(source)}")
    return folder / "all.zip"


def _ours(folder: Path) -> Path:
    relu = ReluDictionary(
        encoder=LINEAR["encoder.weight"], encoder_bias=T["b_enc"], decoder=T["W_dec"], decoder_bias=T["b_dec"]
    )
    save_dictionaries(folder, {RESID: relu}, "float32")
    return folder


LAYOUTS = {
    "ours": Layout(_ours, RESID, _plain(_relu, True), "relu"),
    "dictionary_learning": Layout(_dictionary_learning, RESID, _plain(_relu, True), "relu"),
    "zip of dictionary_learning": Layout(zipped, RESID, _plain(_relu, True), "relu"),
    "Gemma Scope": Layout(_gemma_scope, RESID, _plain(_jump, False), "jumprelu"),
    "SAELens": Layout(_saelens(), RESID, _plain(_relu, False), "relu"),
    "SAELens, old": Layout(
        _saelens(metadata=None, hook_point="blocks.2.hook_resid_pre", apply_b_dec_to_input=None),
        RESID,
        _plain(_relu, True),
        "relu",
    ),
    "SAELens, JumpReLU": Layout(_saelens(architecture="jumprelu"), RESID, _plain(_jump, False), "jumprelu"),
    "SAELens, TopK of a layer norm": Layout(
        _saelens(architecture="topk", k=K, normalize_activations="layer_norm", apply_b_dec_to_input=True),
        RESID,
        _layer_normed(_plain(_topk, True)),
        "normalised topk",
        F + 2,
    ),
    "SAELens, old TopK of one length": Layout(
        _saelens(
            activation_fn_str="topk",
            activation_fn_kwargs={"k": K},
            normalize_activations="constant_norm_rescale",
        ),
        RESID,
        _length_normed(_plain(_topk, False)),
        "normalised topk",
        F + 1,
    ),
    "sparsify": Layout(_sparsify, MLP, _plain(_topk, True), "topk"),
    "OpenAI": Layout(_openai, RESID, _layer_normed(_plain(_topk, True)), "normalised topk", F + 2),
    "Qwen-Scope": Layout(_qwen_scope, RESID, _plain(_topk, False), "topk"),
}

"""The dictionary_learning layout: `{site folder}/{inner folder}/ae.pt`, config.json beside it or not."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from explorer_engine.dictionaries.base import Dictionary
from explorer_engine.dictionaries.files.tensors import TensorFile
from explorer_engine.dictionaries.files.torch_file import open_torch
from explorer_engine.dictionaries.kinds.gated import GatedDictionary
from explorer_engine.dictionaries.kinds.jumprelu import JumpReluDictionary
from explorer_engine.dictionaries.kinds.relu import ReluDictionary
from explorer_engine.dictionaries.kinds.topk import BatchTopKDictionary, TopKDictionary
from explorer_engine.dictionaries.looking import entry, read_json
from explorer_engine.dictionaries.source import Description, Source, register_source
from explorer_engine.errors import InputError
from explorer_engine.sites import Site

__all__ = ["SOURCE", "describe", "folder_of", "read"]

_FOLDERS = {"attn": "attn_out_layer{}", "mlp": "mlp_out_layer{}", "resid": "resid_out_layer{}"}
_NEWER = "resid_post_layer_{}"
"""As `resid_out_layer{}` is called in later repositories."""


def _example(site: Site) -> str:
    return f"{folder_of(site)}/10_32768/ae.pt"


def folder_of(site: Site) -> str:
    """`embed`, `attn_out_layer3`, `mlp_out_layer3` or `resid_out_layer3`."""
    return "embed" if site.kind == "embed" else _FOLDERS[site.kind].format(site.layer)


def _find(place: str, sites: Sequence[Site]) -> dict[Site, Path]:
    """The `ae.pt` of each site that has one: directly in the site's folder or in its one inner folder.

    `DIR/*/10_32768` chooses among several inner folders; raises InputError for several without a choice.
    """
    root, _, inner = place.partition("*")
    files = {}
    for site in sites:
        outer = Path(root) / folder_of(site)
        if site.kind == "resid" and not outer.is_dir():
            outer = Path(root) / _NEWER.format(site.layer)
        folder = outer / inner.strip("/\\")
        direct = folder / "ae.pt"
        found = [direct] if direct.is_file() else sorted(folder.glob("*/ae.pt"))
        if len(found) > 1:
            names = [file.parent.name for file in found]
            raise InputError(
                f"{folder} holds several dictionaries ({', '.join(names)}): choose one, for example as "
                f"'{root.rstrip('/')}/*/{names[0]}'"
            )
        if found:
            files[site] = found[0]
    return files


def read(file: Path) -> Dictionary:
    """The dictionary of one `ae.pt`, with decoder rows of length 1 where the kind allows (outputs unchanged).

    Only tensors are unpickled. The kind is what config.json beside the file says, else what the keys say.
    Raises InputError for a file that is not a plain state dict, an unknown kind and missing keys.
    """
    state = open_torch(file)
    form = _class_of(file, state)
    try:
        return form.build(state)
    except InputError as error:
        raise InputError(f"{file}: {str(error).removeprefix(f'{file}: ')}") from None


def describe(file: Path) -> Description:
    """What one `ae.pt` is; raises InputError as `read` does."""
    state = open_torch(file)
    kind = _class_of(file, state).kind
    if "encoder.weight" in state:
        n_features, width = state.shape("encoder.weight")
    else:
        width, n_features = state.shape("W_enc")
    model = _trainer(file).get("lm_name")
    return Description("dictionary_learning", kind, n_features, width, model=str(model) if model else None)


def _trainer(file: Path) -> Mapping[str, Any]:
    """What config.json beside the file says of the trainer; {} where there is none."""
    config = file.parent / "config.json"
    if not config.is_file():
        return {}
    trainer = entry(read_json(config), "trainer", {}, config)
    if not entry(trainer, "dict_class", "", config):
        raise InputError(f"{config} has no trainer.dict_class: restore it, or remove it to go by the keys")
    return trainer


def _class_of(file: Path, state: TensorFile) -> _Class:
    name = _trainer(file).get("dict_class") or _class_by_keys(state, file)
    if name not in _CLASSES:
        raise InputError(
            f"{file} is a {name}, which is not one of the kinds read here: {', '.join(_CLASSES)}"
        )
    if missing := _CLASSES[name].keys - state.keys():
        raise InputError(f"{file} lacks {', '.join(sorted(missing))} of a {name}: download it again")
    return _CLASSES[name]


def _class_by_keys(state: TensorFile, file: Path) -> str:
    """The class whose keys are all there; of several the one with most keys."""
    names = [name for name, form in _CLASSES.items() if form.keys <= state.keys()]
    if not names:
        nearest = max(_CLASSES, key=lambda name: len(_CLASSES[name].keys & state.keys()))
        missing = ", ".join(sorted(_CLASSES[nearest].keys - state.keys()))
        raise InputError(
            f"{file} has keys {', '.join(state)}; the nearest kind is {nearest}, "
            f"which also needs {missing}: download it again"
        )
    name = max(names, key=lambda name: len(_CLASSES[name].keys))
    if name == "BatchTopKSAE":
        # TopK files can have these keys too, with the threshold still at the −1 that it starts as
        if state.number("threshold") >= 0:
            raise InputError(f"{file} is a TopK or a BatchTopK dictionary: put its config.json beside it")
        return "AutoEncoderTopK"
    return name


def _relu(state: TensorFile) -> Dictionary:
    return ReluDictionary(**_linear(state, "bias", norms=_norms(state, "decoder.weight", True)))


def _relu_untied(state: TensorFile) -> Dictionary:
    norms = _norms(state, "decoder.weight", True)
    return ReluDictionary(**_linear(state, "decoder.bias", norms=norms), tied=False)


def _gated(state: TensorFile) -> Dictionary:
    n, _ = state.shape("encoder.weight")
    norms = _norms(state, "decoder.weight", True)
    tensors = _linear(state, "decoder_bias", "mag_bias", norms, longer="magnitude")
    magnitude = state.vector("r_mag", n)
    if norms is not None:
        magnitude = magnitude + norms.log()
    return GatedDictionary(**tensors, gate_bias=state.vector("gate_bias", n), magnitude=magnitude)


def _jumprelu(state: TensorFile) -> Dictionary:
    norms = _norms(state, "W_dec")
    matrices = _matrices(state, norms)
    threshold = state.vector("threshold", len(matrices["encoder_bias"]))
    return JumpReluDictionary(**matrices, threshold=_grown(threshold, norms))


def _topk(state: TensorFile) -> Dictionary:
    k = state.number("k")
    if not math.isfinite(k) or k != int(k):
        raise InputError(f"k is {k}, expected a whole number: download it again")
    # their activations compete with each other: rows stay as long as they are
    return TopKDictionary(**_linear(state, "b_dec"), k=int(k))


def _batchtopk(state: TensorFile) -> Dictionary:
    norms = _norms(state, "decoder.weight", True)
    return _one_threshold(state, _linear(state, "b_dec", norms=norms), norms)


def _matryoshka(state: TensorFile) -> Dictionary:
    # all groups together are a BatchTopK dictionary; the groups matter for training only
    norms = _norms(state, "W_dec")
    return _one_threshold(state, _matrices(state, norms), norms)


def _one_threshold(state: TensorFile, tensors: Mapping[str, Any], norms: Tensor | None) -> Dictionary:
    threshold = tensors["encoder_bias"].new_full(tensors["encoder_bias"].shape, state.number("threshold"))
    return BatchTopKDictionary(**tensors, threshold=_grown(threshold, norms))


def _norms(state: TensorFile, name: str, transposed: bool = False) -> Tensor | None:
    """[F] lengths of the decoder's rows (1 for a row of zeros); None when all are 1 up to rounding.

    The tolerance is that of the published loader, which leaves a decoder alone when its norms are close to 1:
    rescaling by 1 ± 1e-7 would change nothing but the last digits.
    """
    norms = state.lengths(name, transposed)
    norms = norms.where(norms > 0, 1.0)
    return None if torch.allclose(norms, torch.ones_like(norms)) else norms


def _grown(vector: Tensor, norms: Tensor | None) -> Tensor:
    """What is in a feature's units, when its decoder row gets the length 1."""
    return vector if norms is None else vector * norms


def _linear(
    state: TensorFile,
    decoder_bias: str,
    encoder_bias: str = "encoder.bias",
    norms: Tensor | None = None,
    longer: str = "encoder",
) -> dict[str, Any]:
    """Tensors of an `nn.Linear` pair: encoder.weight [F,d], decoder.weight [d,F], its rows of length 1.

    `longer` is what grows by the `norms` that they had, besides the bias.
    """
    n, width = state.shape("encoder.weight")
    return {
        "encoder": state.matrix("encoder.weight", times=norms if longer == "encoder" else None),
        "encoder_bias": _grown(state.vector(encoder_bias, n), norms),
        "decoder": state.matrix("decoder.weight", transposed=True, over=norms),
        "decoder_bias": state.vector(decoder_bias, width),
    }


def _matrices(state: TensorFile, norms: Tensor | None) -> dict[str, Any]:
    """Tensors named as matrices: W_enc [d,F], W_dec [F,d], its rows of length 1 instead of `norms`."""
    width, n = state.shape("W_enc")
    return {
        "encoder": state.matrix("W_enc", transposed=True, times=norms),
        "encoder_bias": _grown(state.vector("b_enc", n), norms),
        "decoder": state.matrix("W_dec", over=norms),
        "decoder_bias": state.vector("b_dec", width),
    }


@dataclass(frozen=True)
class _Class:
    """One class of theirs: the keys its state dict must have, and what builds ours from it."""

    keys: frozenset[str]
    kind: str
    """What ours is."""
    build: Callable[[TensorFile], Dictionary]


def _form(keys: str, ours: type[Dictionary], build: Callable[[TensorFile], Dictionary]) -> _Class:
    return _Class(frozenset(keys.split()), ours.kind, build)


_CLASSES = {
    "AutoEncoder": _form("bias encoder.weight encoder.bias decoder.weight", ReluDictionary, _relu),
    "AutoEncoderNew": _form(
        "encoder.weight encoder.bias decoder.weight decoder.bias", ReluDictionary, _relu_untied
    ),
    "GatedAutoEncoder": _form(
        "decoder_bias encoder.weight r_mag gate_bias mag_bias decoder.weight", GatedDictionary, _gated
    ),
    "JumpReluAutoEncoder": _form("W_enc b_enc W_dec b_dec threshold", JumpReluDictionary, _jumprelu),
    "AutoEncoderTopK": _form("encoder.weight encoder.bias decoder.weight b_dec k", TopKDictionary, _topk),
    "BatchTopKSAE": _form(
        "encoder.weight encoder.bias decoder.weight b_dec k threshold", BatchTopKDictionary, _batchtopk
    ),
    "MatryoshkaBatchTopKSAE": _form(
        "W_enc b_enc W_dec b_dec k threshold group_sizes", BatchTopKDictionary, _matryoshka
    ),
}

SOURCE = register_source(
    Source("dictionary_learning", _example, _find, read, describe, beside=("config.json",))
)

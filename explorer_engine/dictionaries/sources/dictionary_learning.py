"""The dictionary_learning layout: `{site folder}/{inner folder}/ae.pt`, config.json beside it or not."""

from __future__ import annotations

import json
import pickle
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from explorer_engine.dictionaries.base import Dictionary
from explorer_engine.dictionaries.kinds.gated import GatedDictionary
from explorer_engine.dictionaries.kinds.jumprelu import JumpReluDictionary
from explorer_engine.dictionaries.kinds.relu import ReluDictionary
from explorer_engine.dictionaries.kinds.topk import BatchTopKDictionary, TopKDictionary
from explorer_engine.dictionaries.source import Description, Source, register_source
from explorer_engine.errors import InputError
from explorer_engine.sites import Site

__all__ = ["SOURCE"]

State = Mapping[str, Tensor]
_FOLDERS = {"attn": "attn_out_layer{}", "mlp": "mlp_out_layer{}", "resid": "resid_out_layer{}"}


def _example(site: Site) -> str:
    return f"{_folder_of(site)}/10_32768/ae.pt"


def _folder_of(site: Site) -> str:
    """`embed`, `attn_out_layer3`, `mlp_out_layer3` or `resid_out_layer3`."""
    return "embed" if site.kind == "embed" else _FOLDERS[site.kind].format(site.layer)


def _find(place: str, sites: Sequence[Site]) -> dict[Site, Path]:
    """The `ae.pt` of each site that has one: directly in the site's folder or in its one inner folder.

    `DIR/*/10_32768` chooses among several inner folders; raises InputError for several without a choice.
    """
    root, _, inner = place.partition("*")
    files = {}
    for site in sites:
        folder = Path(root) / _folder_of(site) / inner.strip("/\\")
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


def _read(file: Path) -> Dictionary:
    """The dictionary of one `ae.pt`, with decoder rows of length 1 where the kind allows (outputs unchanged).

    Only tensors are unpickled. The kind is what config.json beside the file says, else what the keys say.
    Raises InputError for a file that is not a plain state dict, an unknown kind and missing keys.
    """
    state = _load(file)
    try:
        return _class_of(file, state).build(state).unit_rows()
    except InputError as error:
        raise InputError(f"{file}: {error}") from None


def _describe(file: Path) -> Description:
    state = _load(file, mmap=zipfile.is_zipfile(file))  # mapped: only what is looked at is read
    kind = _class_of(file, state).kind
    encoder = state["encoder.weight"] if "encoder.weight" in state else state["W_enc"].T
    n_features, width = encoder.shape
    model = _config(file).get("lm_name")
    return Description("dictionary_learning", kind, n_features, width, model=str(model) if model else None)


def _load(file: Path, mmap: bool = False) -> State:
    try:
        state = torch.load(file, map_location="cpu", weights_only=True, mmap=mmap)
    except (pickle.UnpicklingError, RuntimeError, EOFError, OSError) as error:
        reason = str(error).splitlines()[0]
        raise InputError(f"{file} is not a plain state dict ({reason}): download it again") from None
    if not isinstance(state, Mapping):
        raise InputError(
            f"{file} holds something else than named tensors: expected a dictionary's state dict"
        )
    return {name: torch.as_tensor(value) for name, value in state.items()}


def _config(file: Path) -> Mapping[str, Any]:
    """What config.json beside the file says of the trainer; {} where there is none."""
    config = file.parent / "config.json"
    if not config.is_file():
        return {}
    try:
        trainer = json.loads(config.read_text())["trainer"]
        return {**trainer, "dict_class": str(trainer["dict_class"])}
    except (ValueError, KeyError, TypeError):
        raise InputError(
            f"{config} has no trainer.dict_class: restore it, or remove it to go by the keys"
        ) from None


def _class_of(file: Path, state: State) -> _Class:
    name = _config(file).get("dict_class") or _class_by_keys(state, file)
    if name not in _CLASSES:
        raise InputError(
            f"{file} is a {name}, which is not one of the kinds read here: {', '.join(_CLASSES)}"
        )
    if missing := _CLASSES[name].keys - state.keys():
        raise InputError(f"{file} lacks {', '.join(sorted(missing))} of a {name}: download it again")
    return _CLASSES[name]


def _class_by_keys(state: State, file: Path) -> str:
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
        if float(state["threshold"]) >= 0:
            raise InputError(f"{file} is a TopK or a BatchTopK dictionary: put its config.json beside it")
        return "AutoEncoderTopK"
    return name


def _relu(state: State) -> Dictionary:
    return ReluDictionary(**_linear(state), decoder_bias=state["bias"])


def _relu_untied(state: State) -> Dictionary:
    return ReluDictionary(**_linear(state), decoder_bias=state["decoder.bias"], tied=False)


def _gated(state: State) -> Dictionary:
    return GatedDictionary(
        encoder=state["encoder.weight"],
        encoder_bias=state["mag_bias"],
        decoder=state["decoder.weight"].T.contiguous(),
        decoder_bias=state["decoder_bias"],
        gate_bias=state["gate_bias"],
        magnitude=state["r_mag"],
    )


def _jumprelu(state: State) -> Dictionary:
    return JumpReluDictionary(**_matrices(state), threshold=state["threshold"])


def _topk(state: State) -> Dictionary:
    return TopKDictionary(**_linear(state), decoder_bias=state["b_dec"], k=int(state["k"]))


def _batchtopk(state: State) -> Dictionary:
    threshold = state["threshold"].expand(len(state["encoder.bias"])).contiguous()
    return BatchTopKDictionary(**_linear(state), decoder_bias=state["b_dec"], threshold=threshold)


def _matryoshka(state: State) -> Dictionary:
    # all groups together are a BatchTopK dictionary; the groups matter for training only
    threshold = state["threshold"].expand(len(state["b_enc"])).contiguous()
    return BatchTopKDictionary(**_matrices(state), threshold=threshold)


def _linear(state: State) -> dict[str, Any]:
    """Tensors of an `nn.Linear` pair: encoder.weight [F,d], decoder.weight [d,F]."""
    return {
        "encoder": state["encoder.weight"],
        "encoder_bias": state["encoder.bias"],
        "decoder": state["decoder.weight"].T.contiguous(),
    }


def _matrices(state: State) -> dict[str, Any]:
    """Tensors named as matrices: W_enc [d,F], W_dec [F,d]."""
    return {
        "encoder": state["W_enc"].T.contiguous(),
        "encoder_bias": state["b_enc"],
        "decoder": state["W_dec"],
        "decoder_bias": state["b_dec"],
    }


@dataclass(frozen=True)
class _Class:
    """One class of theirs: the keys its state dict must have, and what builds ours from it."""

    keys: frozenset[str]
    kind: str
    """What ours is."""
    build: Callable[[State], Dictionary]


def _form(keys: str, ours: type[Dictionary], build: Callable[[State], Dictionary]) -> _Class:
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

SOURCE = register_source(Source("dictionary_learning", _example, _find, _read, _describe))

"""The SAELens layout: folders with `cfg.json` and `sae_weights.safetensors`, sites by `hook_name`."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from explorer_engine.dictionaries.base import Dictionary, TensorDictionary
from explorer_engine.dictionaries.files.safetensors_file import open_safetensors
from explorer_engine.dictionaries.files.tensors import TensorFile
from explorer_engine.dictionaries.kinds.gated import GatedDictionary
from explorer_engine.dictionaries.kinds.jumprelu import JumpReluDictionary
from explorer_engine.dictionaries.kinds.normalised import EXTRA_FEATURES, Norm, NormalisedDictionary
from explorer_engine.dictionaries.kinds.relu import ReluDictionary
from explorer_engine.dictionaries.kinds.topk import BatchTopKDictionary, TopKDictionary
from explorer_engine.dictionaries.looking import by_hook, entry, matches, no_sites, read_json
from explorer_engine.dictionaries.releases import settings_of
from explorer_engine.dictionaries.source import Description, Source, register_source
from explorer_engine.errors import InputError
from explorer_engine.sites import Site

__all__ = ["SOURCE"]

_WEIGHTS, _CONFIG, _SCALER = "sae_weights.safetensors", "cfg.json", "activation_scaler.json"
_KINDS: dict[str, type[TensorDictionary]] = {
    "standard": ReluDictionary,
    "gated": GatedDictionary,
    "jumprelu": JumpReluDictionary,
    "topk": TopKDictionary,
    "batchtopk": BatchTopKDictionary,
    "matryoshka_batchtopk": BatchTopKDictionary,
}
_NORMS: dict[str, Norm] = {"layer_norm": "layer", "constant_norm_rescale": "length"}
_AVERAGE = "expected_average_only_in"
_REWRITTEN = "model_from_pretrained_kwargs"


@dataclass(frozen=True)
class _Config:
    """What cfg.json says, of old versions and new ones."""

    architecture: str
    hook: str
    model: str
    tied: bool
    normalises: str
    """none, or how inputs are normalised, in their words."""
    scale: float
    """What inputs are multiplied by that are brought to an average norm; 1 where no file says so."""
    k: int
    """0 where there is none."""
    by_decoder: bool
    """Are pre-activations scaled by the lengths of decoder rows before the largest are taken?"""
    finetuned: bool
    """Are activations scaled by factors in the file when they are decoded?"""
    centred: bool
    """Was the model one whose writing weights have no mean, so that values had none?"""

    @property
    def norm(self) -> Norm | None:
        return _NORMS.get(self.normalises)


def _example(site: Site) -> str:
    hook = {"embed": "hook_embed", "attn": "hook_attn_out", "mlp": "hook_mlp_out", "resid": "hook_resid_post"}
    return f"blocks.{max(0, site.layer)}.{hook[site.kind]}/{_WEIGHTS} with {_CONFIG}"


def _find(place: str, sites: Sequence[Site]) -> dict[Site, Path]:
    return by_hook(_hooks(place), sites)


def _hooks(place: str) -> Iterator[tuple[str, Path]]:
    files = matches(place, *(f"{folder}{_WEIGHTS}" for folder in ("", "*/", "*/*/", "*/*/*/")))
    return ((_config(file).hook, file) for file in files if (file.parent / _CONFIG).is_file())


def _opens(names: Collection[str]) -> list[str]:
    beside = {name.removesuffix(_WEIGHTS) + _CONFIG for name in names if name.endswith(_WEIGHTS)}
    return [name for name in names if name in beside or name.endswith(_SCALER)]


def _config(file: Path) -> _Config:
    """Raises InputError for what is no sparse autoencoder of one site of the model as it is."""
    where = file.parent / _CONFIG
    settings = settings_of(file)
    config = {**read_json(where), **settings}
    about: Mapping[str, Any] = {**config, **entry(config, "metadata", {}, where)}

    def get(name: str, default: Any, old: str = "") -> Any:
        return entry(about, old if old and name not in about else name, default, where)

    activation, options = get("activation_fn", "relu", "activation_fn_str"), get("activation_fn_kwargs", {})
    architecture = "topk" if activation == "topk" else get("architecture", "standard")
    if architecture not in _KINDS:
        raise InputError(
            f"{where}: the architecture {architecture:.80} is not one of {', '.join(_KINDS)}: use others"
        )
    if activation not in ("relu", "topk"):
        raise InputError(f"{where}: the activation {activation:.80} is not read here, only relu: use others")
    rewritten, centred = get(_REWRITTEN, {}), _REWRITTEN in settings
    if rewritten.get("fold_ln") or (rewritten.get("center_writing_weights") and not centred):
        raise InputError(
            f"{where}: it was trained on a model with rewritten weights ({_REWRITTEN}): use "
            "dictionaries of the model as it is"
        )
    if about.get("hook_head_index", about.get("hook_point_head_index")) is not None:
        raise InputError(f"{where}: it is of one attention head, which is no site: use one of all heads")
    normalises, scale = _normalises(config, settings.get("scales", {}), file)
    if centred and (architecture == "gated" or normalises in _NORMS):
        raise InputError(f"{where}: a {architecture} dictionary of centred values is not read: use others")
    return _Config(
        architecture,
        get("hook_name", "", "hook_point"),
        get("model_name", ""),
        get("apply_b_dec_to_input", True),
        normalises,
        scale,
        get("k", 0) if "k" not in options and architecture == "topk" else entry(options, "k", 0, where),
        "topk" in architecture and get("rescale_acts_by_decoder_norm", "batchtopk" in architecture),
        get("finetuning_scaling_factor", False),
        centred,
    )


def _normalises(config: Mapping[str, Any], scales: Mapping[str, float], file: Path) -> tuple[str, float]:
    found = config.get("normalize_activations") or "none"
    if found is True:  # as versions before 3 wrote it
        found = _AVERAGE
    if found not in ("none", _AVERAGE, *_NORMS):
        raise InputError(
            f"{file.parent / _CONFIG}: normalize_activations is {found!r:.80}, which is not read here"
        )
    scaler = file.parent / _SCALER  # beside checkpoints whose training was not at its end
    if found != _AVERAGE or not scaler.is_file():
        return found, scales.get(file.parent.name, 1.0) if found == _AVERAGE else 1.0
    scale = entry(read_json(scaler), "scaling_factor", 1.0, scaler)
    if not 1e-30 < scale < 1e30:
        raise InputError(f"{scaler}: scaling_factor is {scale}, expected a number above 0: download it again")
    return found, scale


def _read(file: Path) -> Dictionary:
    """Values as the package computes them; activations of normalised inputs in the site's own units."""
    config, tensors = _config(file), open_safetensors(file)
    n, width = tensors.shape("W_dec")
    if tensors.shape("W_enc") != (width, n):
        raise InputError(f"{file}: W_enc and W_dec have shapes that do not fit each other: download it again")
    factor = _factor(config, tensors, n)
    scaled = config.by_decoder or config.scale != 1 or factor is not None
    bias = tensors.vector("b_dec", width)
    vectors = {name: tensors.vector(theirs, n) for name, theirs in _vectors(config).items()}
    longer = shorter = None
    if scaled:
        norms = tensors.lengths("W_dec") if config.by_decoder else bias.new_ones(n)
        longer, vectors = norms * config.scale, {name: value * norms for name, value in vectors.items()}
        shorter = (1 if factor is None else factor) / (norms.where(norms > 0, 1.0) * config.scale)
        bias = bias / config.scale
    spare = EXTRA_FEATURES[config.norm] if config.norm else 0
    decoder = tensors.matrix("W_dec", spare=spare, times=shorter)
    encoder = tensors.matrix("W_enc", transposed=True, exact=config.centred, times=longer)
    if config.centred:
        means = encoder.mean(1)
        encoder -= means[:, None]
        vectors["encoder_bias"] = vectors["encoder_bias"] - config.tied * means * bias.sum()
    if "batchtopk" in config.architecture:
        vectors["threshold"] = bias.new_full((n,), tensors.number("topk_threshold"))
    settings: dict[str, Any] = {"k": config.k} if config.architecture == "topk" else {}
    settings |= {"encoder": encoder, "decoder": decoder[:n], "decoder_bias": bias, "tied": config.tied}
    try:
        inner = _KINDS[config.architecture](**vectors, **settings)
    except InputError as error:
        raise InputError(f"{file}: {error}") from None
    return NormalisedDictionary.around(inner, config.norm, decoder) if config.norm else inner


def _vectors(config: _Config) -> dict[str, str]:
    """Our names of tensors [F] → theirs."""
    match config.architecture:
        case "gated":
            return {"encoder_bias": "b_mag", "gate_bias": "b_gate", "magnitude": "r_mag"}
        case "jumprelu":
            return {"encoder_bias": "b_enc", "threshold": "threshold"}
        case _:
            return {"encoder_bias": "b_enc"}


def _factor(config: _Config, tensors: TensorFile, n: int) -> Tensor | None:
    """Factors [F] found by training once more. Raises InputError where cfg.json does not know of them."""
    name = next((name for name in ("scaling_factor", "finetuning_scaling_factor") if name in tensors), None)
    if name is None:
        return None
    factor = tensors.vector(name, n)
    if config.finetuned:
        return factor
    if not torch.allclose(factor, torch.ones_like(factor)):
        raise InputError(
            f"{tensors.file}: {name} is not 1, but cfg.json says nothing of it: download both again"
        )
    return None


def _describe(file: Path) -> Description:
    config, tensors = _config(file), open_safetensors(file)
    n, width = tensors.shape("W_dec")
    kind, more = _KINDS[config.architecture].kind, 0
    if config.norm:
        kind, more = f"{NormalisedDictionary.kind} {kind}", EXTRA_FEATURES[config.norm]
    words = {"none": "", _AVERAGE: f"to an average norm, times {config.scale:g}"}
    if config.normalises == _AVERAGE and config.scale == 1 and not (file.parent / _SCALER).is_file():
        words[_AVERAGE] = "to an average norm, by a factor that is in the weights or not told"
    said = [words.get(config.normalises, config.normalises), "its mean taken away" if config.centred else ""]
    return Description(
        "SAELens",
        kind,
        n + more,
        width,
        config.model or None,
        ", ".join(filter(None, said)),
    )


SOURCE = register_source(
    Source(
        "SAELens",
        _example,
        _find,
        _read,
        _describe,
        lambda file, site: _config(file).hook,
        beside=(_CONFIG, _SCALER),
        opens=_opens,
        left_out=lambda place: no_sites(_hooks(place)),
    )
)

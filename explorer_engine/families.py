"""Where each model family keeps its sites: one small declaration a family."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from explorer_engine.errors import InputError

__all__ = ["Family", "Place", "families", "family_of", "register_family"]


@dataclass(frozen=True)
class Place:
    """A value in a layer: what a module gives (`output`) or takes (`input`)."""

    module: str
    """Path of the module relative to its layer, for example `attention.dense`."""
    end: Literal["input", "output"] = "output"


@dataclass(frozen=True)
class Family:
    """One architecture: paths into the Hugging Face module tree.

    What is assumed of every family: the stream enters the first layer as embedding + something that does not
    depend on it; a layer gives stream + attention's part + MLP's part; the `mlp` site is the very value
    that is added; positions mix in attention only.
    """

    name: str
    """`config.model_type`"""
    embed: str
    """Token embedding module."""
    layers: str
    """Module list of the decoder layers."""
    norm: str
    """Final normalisation."""
    attn: Place
    """The attention site in a layer."""
    mlp: Place
    """The MLP site in a layer: the value added to the stream."""
    attn_projection: str
    """The attention's output projection in a layer (a linear map, position by position)."""
    mlp_module: str
    """The MLP in a layer, from its normalised input on (position by position)."""
    unembed: str = "lm_head"
    """Output projection to the vocabulary."""
    attn_added: bool = True
    """The attention site is the very value added to the stream (false for Gemma Scope's input of `o_proj`).
    """
    parallel: Callable[[Any], bool] = lambda config: False
    """From the config: does the MLP read the layer's input (True) or the stream after attention (False)?"""
    softcap: str | None = None
    """Name of the config entry c with which logits become c·tanh(logits / c), if there is one."""


_FAMILIES: dict[str, Family] = {}


def register_family(family: Family) -> Family:
    """Make a family known under its `model_type` and return it; raises InputError when the name is taken."""
    if family.name in _FAMILIES:
        raise InputError(f"model family {family.name!r} is registered twice: change its declaration instead")
    _FAMILIES[family.name] = family
    return family


def families() -> tuple[str, ...]:
    """The names of all known families, sorted."""
    return tuple(sorted(_FAMILIES))


def family_of(model_type: str) -> Family:
    """The family of a `config.model_type`; raises InputError for one that is not declared."""
    if model_type in _FAMILIES:
        return _FAMILIES[model_type]
    raise InputError(
        f"model family {model_type!r} is unknown (known: {', '.join(families())}): declare it with "
        f"explorer_engine.families.register_family(Family(name={model_type!r}, embed='model.embed_tokens', "
        "layers='model.layers', norm='model.norm', attn=Place('self_attn.o_proj'), mlp=Place('mlp'), "
        "attn_projection='self_attn.o_proj', mlp_module='mlp')) with that model's own module paths"
    )


register_family(
    Family(
        name="gpt_neox",
        embed="gpt_neox.embed_in",
        layers="gpt_neox.layers",
        norm="gpt_neox.final_layer_norm",
        attn=Place("attention.dense"),
        mlp=Place("mlp"),
        attn_projection="attention.dense",
        mlp_module="mlp",
        parallel=lambda config: config.use_parallel_residual,
    )
)
register_family(
    Family(
        name="gpt2",
        embed="transformer.wte",
        layers="transformer.h",
        norm="transformer.ln_f",
        attn=Place("attn.c_proj"),
        mlp=Place("mlp"),
        attn_projection="attn.c_proj",
        mlp_module="mlp",
    )
)
register_family(
    Family(
        name="gemma2",
        embed="model.embed_tokens",
        layers="model.layers",
        norm="model.norm",
        attn=Place("self_attn.o_proj", "input"),
        mlp=Place("post_feedforward_layernorm"),
        attn_projection="self_attn.o_proj",
        mlp_module="mlp",
        attn_added=False,
        softcap="final_logit_softcapping",
    )
)
for _name in ("llama", "qwen2", "qwen3"):
    register_family(
        Family(
            name=_name,
            embed="model.embed_tokens",
            layers="model.layers",
            norm="model.norm",
            attn=Place("self_attn.o_proj"),
            mlp=Place("mlp"),
            attn_projection="self_attn.o_proj",
            mlp_module="mlp",
        )
    )

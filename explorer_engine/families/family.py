"""What a declaration says: where one model family keeps its sites, as paths into the Hugging Face modules."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from torch import nn

__all__ = ["Family", "Place"]


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
    depend on the tokens; a layer gives stream + attention's part + MLP's part; the `mlp` site is the very
    value that is added; positions mix in attention only.
    """

    name: str
    """`config.model_type`"""
    embed: str
    """Token embedding module. Its output is the `embed` site; where a family scales embeddings (Gemma's by
    √d) the module does so itself, and the site is the scaled value."""
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
    """The MLP in a layer, from its normalised input on (position by position); its first module if there are
    several."""
    unembed: str = "lm_head"
    """Output projection to the vocabulary."""
    attn_added: bool = True
    """The attention site is the very value added to the stream (false for Gemma Scope's input of `o_proj`).
    """
    parallel: Callable[[Any], bool] = lambda config: False
    """From the config: does the MLP read the layer's input (True) or the stream after attention (False)?"""
    softcap: str | None = None
    """Name of the config entry c with which logits become c·tanh(logits / c), if there is one."""
    refused: Callable[[Any], str] = lambda config: ""
    """From the config: what breaks the assumptions above, in words; empty where nothing does."""
    layer_class: type[nn.Module] | None = None
    """Takes the place of the layers' own class where the MLP's modules do not get [B,S,d] in that; it must
    compute the same."""

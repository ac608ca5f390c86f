"""Does a family's declaration fit a model? Seen on one short prompt, so that a wrong one is told at loading.

A declaration whose modules exist can still be wrong, for example in naming an output that is normalised
before it is added: everything would run, and the effects of that site would be wrong in silence.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor

from explorer_engine.errors import InputError
from explorer_engine.sites import Site

if TYPE_CHECKING:
    from explorer_engine.models import LanguageModel

__all__ = ["check_declaration"]

_PROMPT = torch.arange(1, 5).unsqueeze(0)
_ROUNDING = 8
"""Differences of up to this many units in the last place of what is summed are rounding."""


@torch.no_grad()
def check_declaration(model: LanguageModel) -> None:
    """Raises InputError unless the sites are what `Family` says.

    Looked at are: other tokens change what enters the first layer as they change the embedding; stream +
    attention's part + MLP's part = the stream after, in every layer (where the attention site is not the part
    added: the first layer's stream loses just the MLP's part without it); whether the MLP sees its own
    layer's attention; and that final norm and unembedding give the logits.
    """
    mask = torch.ones_like(_PROMPT, dtype=torch.bool)
    tokens = _PROMPT.clamp_max(model.embed.weight.shape[0] - 1)
    found = model.capture(tokens, mask, model.sites)
    embed, attn, mlp, first, last = (
        Site("embed", -1),
        Site("attn", 0),
        Site("mlp", 0),
        Site("resid", 0),
        Site("resid", model.n_layers - 1),
    )
    other = model.capture(tokens.flip(1), mask, [embed])
    parts = (found.inputs[0], -found.values[embed], other.values[embed])
    _compare(model, "the stream before layer 0, with the embeddings of other tokens,", parts, other.inputs[0])
    if model.family.attn_added:
        for i, before in enumerate(found.inputs):
            parts = (before, found.values[Site("attn", i)], found.values[Site("mlp", i)])
            _compare(model, f"layer {i}: stream + attn + mlp", parts, found.values[Site("resid", i)])
    else:
        without = model.activations_edited(tokens, mask, {mlp: torch.zeros_like}, [first])[first]
        _compare(model, "layer 0: stream + mlp", (without, found.values[mlp]), found.values[first])
    blind = model.activations_edited(tokens, mask, {attn: torch.zeros_like}, [mlp])[mlp]
    if bool(found.values[attn].any()) and torch.equal(blind, found.values[mlp]) != model.parallel:
        reads = "does not see" if not model.parallel else "sees"
        raise _wrong(model, f"the MLP {reads} its own layer's attention (`parallel` says otherwise)")
    _compare(model, "`norm` and `unembed`", (model.readout(found.values[last]),), model.logits(tokens, mask))


def _compare(model: LanguageModel, what: str, parts: tuple[Tensor, ...], expected: Tensor) -> None:
    size = sum((part.abs().double() for part in parts), expected.abs().double())
    # normalisations compute in float32 even where the model is float64
    precision = max(torch.finfo(expected.dtype).eps, torch.finfo(torch.float32).eps)
    off = (sum(part.double() for part in parts) - expected.double()).abs() > _ROUNDING * precision * size
    if float(off.float().mean()) > 0.01:
        raise _wrong(model, f"{what} is not what comes after it in the model")


def _wrong(model: LanguageModel, what: str) -> InputError:
    return InputError(
        f"{model.name}: the declaration of the family {model.family.name!r} does not fit this model: {what}: "
        "declare the values that the layers really add (explorer_engine/families/)"
    )

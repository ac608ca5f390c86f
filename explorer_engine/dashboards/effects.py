"""What features do to the next token by their direct path to the logits."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from explorer_engine.dictionaries import Dictionary
from explorer_engine.models import LanguageModel
from explorer_engine.sites import Site

__all__ = ["DirectEffects", "direct_effects", "norm_jacobian"]

_LOGITS_AT_ONCE = 1 << 25


@dataclass(frozen=True, eq=False)
class DirectEffects:
    """Tokens whose logits a unit of activation moves most, for F features: arrays [F,k], strongest first."""

    promoted: np.ndarray
    """Token ids."""
    promoted_logits: np.ndarray
    """Change of the logit a unit of activation, relative to the mean over the vocabulary."""
    suppressed: np.ndarray
    suppressed_logits: np.ndarray


def norm_jacobian(model: LanguageModel, streams: Tensor) -> Tensor:
    """[d,d]: the mean derivative of the final norm's output by its input, over final streams [n,d].

    A layer norm is not linear: it removes the mean, divides by the length, and what points along the stream
    changes nothing. The mean over real streams stands for it in the direct path, for any kind of norm.
    """
    width = streams.shape[1]
    total = torch.zeros(width, width, dtype=streams.dtype, device=streams.device)
    basis = torch.eye(width, dtype=streams.dtype, device=streams.device)
    for stream in streams:
        copies = stream.detach().repeat(width, 1).requires_grad_()
        with torch.enable_grad():
            (rows,) = torch.autograd.grad(model.norm(copies), copies, basis)
        total += rows
    return total / len(streams)


@torch.no_grad()
def direct_effects(
    model: LanguageModel, site: Site, dictionary: Dictionary, jacobian: Tensor, k: int = 10
) -> DirectEffects:
    """The direct path decoder → final norm → unembedding of every feature, nothing between.

    Change of the logits a unit of activation = W_U · J · W_dec[j], with J = `norm_jacobian` in place of the
    final norm, minus its mean over the vocabulary (which no probability can see). A site at the input of a
    projection goes through that projection first; a norm between there and the stream, and a soft cap on
    the logits, are left out.
    """
    decoder = dictionary.decoder
    place = model.place(site)
    if place is not None and place.end == "input":
        decoder = decoder @ model.submodule(site.layer, place.module).weight.T
    unembed: Tensor = model.unembed.weight
    written = decoder.to(jacobian.dtype) @ jacobian.T
    step = max(1, _LOGITS_AT_ONCE // unembed.shape[0])
    parts = []
    for rows in written.split(step):
        logits = rows @ unembed.T
        logits -= logits.mean(1, keepdim=True)
        up, down = logits.topk(k, dim=1), logits.topk(k, dim=1, largest=False)
        parts.append((up.indices, up.values, down.indices, down.values))
    return DirectEffects(*(torch.cat(part).cpu().numpy() for part in zip(*parts, strict=True)))

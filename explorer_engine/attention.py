"""An attention for models that cannot use PyTorch's fused one: safe for padding, as precise as its inputs.

The stock eager attention takes softmax in float32 and gives NaN in float64 at padded positions, where
every key is masked. This one does neither.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from transformers import AttentionInterface, AttentionMaskInterface
from transformers.masking_utils import eager_mask

__all__ = ["NAME", "attention"]

NAME = "explorer_eager"
"""What `config._attn_implementation` says when it is in use."""


def attention(
    module: nn.Module,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor | None,
    scaling: float,
    softcap: float | None = None,
    s_aux: Tensor | None = None,
    **_: Any,
) -> tuple[Tensor, Tensor]:
    """Output [B,S,heads,d] and weights [B,heads,S,S] from query [B,heads,S,d], key and value [B,kv,S,d].

    What a window hides is hidden by the mask. `s_aux` [heads] are sinks: scores that take part in the softmax
    and read nothing.
    """
    groups = query.shape[1] // key.shape[1]
    key, value = key.repeat_interleave(groups, dim=1), value.repeat_interleave(groups, dim=1)
    scores = query @ key.transpose(2, 3) * scaling
    if softcap is not None:
        scores = softcap * torch.tanh(scores / softcap)
    if scores.dtype in (torch.float16, torch.bfloat16):
        scores = scores.float()
    if attention_mask is not None:
        scores = scores.masked_fill(attention_mask < 0, torch.finfo(scores.dtype).min)
    if s_aux is not None:
        sinks = s_aux.to(scores).reshape(1, -1, 1, 1).expand(*scores.shape[:3], 1)
        scores = torch.cat([scores, sinks], -1)
    weights = scores.softmax(-1)[..., : key.shape[2]].to(query.dtype)
    return (weights @ value).transpose(1, 2).contiguous(), weights


AttentionInterface.register(NAME, attention)
AttentionMaskInterface.register(NAME, eager_mask)

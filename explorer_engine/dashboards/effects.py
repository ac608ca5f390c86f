"""What features do to the next token: their direct path to the logits, and what ablating them changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from explorer_engine.attribution.metrics import LogitMetric
from explorer_engine.attribution.runs import Tail
from explorer_engine.dashboards.activity import Contexts
from explorer_engine.data import Examples, pad_left
from explorer_engine.dictionaries import Dictionary
from explorer_engine.models import LanguageModel
from explorer_engine.progress import Progress
from explorer_engine.sites import Site

__all__ = ["AblationEffects", "DirectEffects", "ablation_effects", "direct_effects", "norm_jacobian"]

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


@dataclass(frozen=True, eq=False)
class AblationEffects:
    """Tokens whose log-probability changes most when a feature is ablated, for n features."""

    feature: np.ndarray
    """[n]"""
    tokens: np.ndarray
    """[n,k] token ids, from the one that becomes least likely to the one that gains most."""
    delta: np.ndarray
    """[n,k] change of log p of the next token, nats; negative: less likely without the feature."""


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


@torch.no_grad()
def ablation_effects(
    model: LanguageModel,
    site: Site,
    dictionary: Dictionary,
    documents: Sequence[Sequence[int]],
    contexts: Contexts,
    *,
    per_feature: int = 3,
    k: int = 8,
    batch_tokens: int = 4096,
    progress: Progress | None = None,
) -> AblationEffects:
    """Change of log p of the next token at a feature's strongest places when it is ablated up to there.

    The feature is zeroed at all positions and the SAE error is kept. Tokens are chosen by, and the change
    is averaged with the weight, max(p, p') of the token with and without the feature: rare tokens whose log
    p wanders say nothing.
    """
    chosen = np.flatnonzero((contexts.bin == 0) & (contexts.rank < per_feature))
    chosen = chosen[
        np.argsort(contexts.position[chosen], kind="stable")
    ]  # equal lengths together: little padding
    features = np.unique(contexts.feature[chosen])
    row = np.searchsorted(features, contexts.feature[chosen])
    vocabulary = model.unembed.weight.shape[0]
    weighted = torch.zeros(len(features), vocabulary, dtype=torch.float32, device=model.device)
    weight = torch.zeros_like(weighted)
    metric = LogitMetric(lambda logits, _: logits, name="logits")
    done = 0
    while done < len(chosen):
        longest = int(contexts.position[chosen[min(done + 63, len(chosen) - 1)]]) + 1
        batch = chosen[done : done + max(1, min(64, batch_tokens // longest))]
        here = torch.as_tensor(row[done : done + len(batch)], device=model.device)
        texts = [documents[int(contexts.document[i])][: int(contexts.position[i]) + 1] for i in batch]
        tail = _tail(model, site, texts, metric)
        index = torch.as_tensor(contexts.feature[batch], device=model.device)
        clean, without = (
            values.log_softmax(-1) for values in _with_and_without(tail, site, dictionary, index)
        )
        heavy = torch.maximum(clean, without).exp()
        weighted.index_add_(0, here, (heavy * (without - clean)).float())
        weight.index_add_(0, here, heavy.float())
        done += len(batch)
        if progress is not None:
            progress(done, len(chosen), f"ablations at {site}")
    # Both directions: where a certain prediction breaks down, what rises alone would fill the list.
    rising = k * 3 // 8
    tokens = torch.cat(
        [
            weighted.topk(k - rising, dim=1, largest=False).indices,
            weighted.topk(rising, dim=1).indices,
        ],
        dim=1,
    )
    delta = weighted.gather(1, tokens) / weight.gather(1, tokens).clamp_min(1e-12)
    order = delta.argsort(dim=1)
    return AblationEffects(
        features, tokens.gather(1, order).cpu().numpy(), delta.gather(1, order).cpu().numpy()
    )


def _tail(model: LanguageModel, site: Site, texts: list[Sequence[int]], metric: LogitMetric) -> Tail:
    tokens, mask = pad_left(texts)
    examples = Examples(tokens, mask)
    captured = model.capture(tokens, mask, {site, Site("resid", model.n_layers - 1)})
    return Tail(model, captured, metric, examples)


def _with_and_without(tail: Tail, site: Site, dictionary: Dictionary, index: Tensor) -> tuple[Tensor, Tensor]:
    """Logits [B,V] at the last position as they are, and with feature `index[b]` zeroed in text b."""
    x = tail.captured.values[site]
    rows = torch.arange(len(x), device=x.device)
    f = (
        dictionary.encode(x)[rows, :, index]
        if dictionary.n_features <= 4096
        else _encode_own(dictionary, x, index)
    )
    edited = x - f.unsqueeze(-1) * dictionary.decoder[index].unsqueeze(1)
    clean = tail.read(tail.after(tail.last_layer), rows)
    return clean, tail(site, edited, rows)


def _encode_own(dictionary: Dictionary, x: Tensor, index: Tensor) -> Tensor:
    """[B,S]: text b's activation of feature `index[b]`, one feature's encoder row at a time."""
    return torch.stack([dictionary.encode_some(x[b], index[b : b + 1])[:, 0] for b in range(len(x))])

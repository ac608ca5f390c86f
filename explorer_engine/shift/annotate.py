"""The ground-truth annotator: which features follow the attribute, by correlation on labelled texts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from explorer_engine.data import by_length
from explorer_engine.dictionaries import Dictionaries
from explorer_engine.models import LanguageModel
from explorer_engine.progress import Progress, told
from explorer_engine.shift.texts import TextSet
from explorer_engine.shift.values import GroupMean
from explorer_engine.sites import FeatureRef, Site

__all__ = ["Verdict", "group_means", "pooled_features", "verdicts_of"]

_TOKENS = 8192
"""Most tokens in one batch."""


@dataclass(frozen=True)
class Verdict:
    """What the annotator says of a feature, and why."""

    ref: FeatureRef
    attribute: float
    """Correlation of its pooled activation with the attribute."""
    label: float
    """The strongest correlation with any one label, with its sign."""
    spurious: bool


def pooled_features(
    model: LanguageModel,
    dictionaries: Dictionaries,
    refs: Sequence[FeatureRef],
    texts: Sequence[Sequence[int]],
    progress: Progress | None = None,
) -> Tensor:
    """[N,n]: activation of each of the n features, averaged over each text's tokens."""
    by_site: dict[Site, list[int]] = {}
    for column, ref in enumerate(refs):
        by_site.setdefault(ref.site, []).append(column)
    out = torch.zeros(len(texts), len(refs), dtype=model.dtype)
    for rows, tokens in told(list(by_length(texts, _TOKENS)), progress, "activations of features"):
        mask = torch.ones_like(tokens, dtype=torch.bool)
        values = model.activations(tokens, mask, by_site)  # type: ignore[arg-type]
        for site, columns in by_site.items():
            dictionary = dictionaries[site]
            index = torch.tensor([refs[column].index for column in columns], device=dictionary.device)
            mean = dictionary.encode_some(values[site], index).mean(1)
            out[rows[:, None], torch.tensor(columns)] = mean.cpu()
    return out


def verdicts_of(
    refs: Sequence[FeatureRef], pooled: Tensor, attribute: Tensor, label: Tensor, least: float = 0.15
) -> list[Verdict]:
    """Verdicts on n features from `pooled` activations [N,n] on texts of any `label` [N], `attribute` [N].

    A feature is spurious when |correlation with the attribute| exceeds |correlation| with every single label
    (one against the rest) and `least`.
    """
    target = attribute.to(pooled)[:, None]
    with_attribute = _correlation(pooled, target)[:, 0]
    one_hot = (label[:, None] == label.unique()[None]).to(pooled)
    with_labels = _correlation(pooled, one_hot)
    strongest = with_labels.gather(1, with_labels.abs().argmax(1, keepdim=True))[:, 0]
    return [
        Verdict(ref, a, b, abs(a) > max(abs(b), least))
        for ref, a, b in zip(refs, with_attribute.tolist(), strongest.tolist(), strict=True)
    ]


def group_means(pooled: Tensor, texts: TextSet) -> list[list[GroupMean]]:
    """For each feature of `pooled` [N,n] its four groups, in the order (0,0), (0,1), (1,0), (1,1)."""
    out: list[list[GroupMean]] = [[] for _ in range(pooled.shape[1])]
    for group in range(4):
        part = pooled[texts.group == group].double()
        mean, active = part.mean(0), (part != 0).double().mean(0)
        stderr = part.std(0) / len(part) ** 0.5
        for j, found in enumerate(out):
            found.append(GroupMean(group // 2, group % 2, float(mean[j]), float(stderr[j]), float(active[j])))
    return out


def _correlation(a: Tensor, b: Tensor) -> Tensor:
    """[n,m] Pearson correlations of the columns of a [N,n] and b [N,m]; 0 where one is constant."""
    a, b = a - a.mean(0), b - b.mean(0)
    scale = a.norm(dim=0)[:, None] * b.norm(dim=0)[None]
    return (a.T @ b / scale).where(scale > 0, 0.0)

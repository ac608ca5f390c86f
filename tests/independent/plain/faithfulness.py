"""How much of the metric a circuit keeps when every other node is ablated (the paper, §3.2), node by node."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor
from transformers import GPTNeoXForCausalLM

from tests.independent.plain.dictionaries import Dictionary
from tests.independent.plain.effects import Metric
from tests.independent.plain.model import Change, run, values

Node = tuple[str, int | None, int | None]
"""(site, feature or None = the error, position or None = every position)."""


@dataclass(frozen=True)
class Ablated:
    """What the nodes of a site are set to."""

    feature: Tensor
    """[S,F], or [1,F] for every position"""
    error: Tensor
    """[S,d], or [1,d]"""


@torch.no_grad()
def means(
    model: GPTNeoXForCausalLM, dictionaries: Mapping[str, Dictionary], prompts: Tensor
) -> dict[str, Ablated]:
    """Mean of every node over prompts [n,S], position by position."""
    x = values(model, prompts, list(dictionaries))
    split = {site: dictionary.split(x[site]) for site, dictionary in dictionaries.items()}
    return {site: Ablated(f.mean(0), error.mean(0)) for site, (f, error) in split.items()}


def zeros(dictionaries: Mapping[str, Dictionary]) -> dict[str, Ablated]:
    """0 for every node."""
    return {
        site: Ablated(
            torch.zeros(1, len(d.tensors["decoder"])), torch.zeros(1, d.tensors["decoder"].shape[1])
        )
        for site, d in dictionaries.items()
    }


@torch.no_grad()
def metric_of(
    model: GPTNeoXForCausalLM,
    dictionaries: Mapping[str, Dictionary],
    ablated: Mapping[str, Ablated],
    nodes: Iterable[Node],
    prompts: Tensor,
    metric: Metric,
    complement: bool = False,
) -> Tensor:
    """m [B] with only these nodes kept, or (complement) all but these, at the sites that `ablated` names."""
    nodes = list(nodes)
    changes = {
        site: _change(
            dictionaries[site], ablated[site], [n for n in nodes if n[0] == site], prompts, complement
        )
        for site in ablated
    }
    return metric(run(model, prompts, changes))


def _change(
    dictionary: Dictionary, ablated: Ablated, nodes: list[Node], prompts: Tensor, complement: bool
) -> Change:
    length = prompts.shape[1]
    kept = torch.zeros(length, len(dictionary.tensors["decoder"]), dtype=torch.bool)
    kept_error = torch.zeros(length, 1, dtype=torch.bool)
    for _, feature, position in nodes:
        where = slice(None) if position is None else position
        if feature is None:
            kept_error[where] = True
        else:
            kept[where, feature] = True
    if complement:
        kept, kept_error = ~kept, ~kept_error

    def change(x: Tensor) -> Tensor:
        f, error = dictionary.split(x)
        return dictionary.decode(f.where(kept, ablated.feature)) + error.where(kept_error, ablated.error)

    return change


def faithfulness(m: float, m_model: float, m_empty: float) -> float:
    """(m(C) − m(∅)) / (m(M) − m(∅))."""
    return (m - m_empty) / (m_model - m_empty)

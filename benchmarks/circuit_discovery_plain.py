"""The straightforward implementation that the benchmark compares with: pairs, logit difference.

Parameters are frozen, batches are whole, nothing is done twice without need; but every site and step is one
pass forward and backward through the whole model, and every downstream node of every example one
`autograd.grad` (as in the published code; or, to be fair to it, one for all examples together).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import ExitStack

import torch
from torch import Tensor, nn

from explorer_engine.attribution.averages import SiteNodes
from explorer_engine.data import Examples
from explorer_engine.dictionaries import Dictionaries
from explorer_engine.models import LanguageModel
from explorer_engine.sites import Site

__all__ = ["PlainEffects", "plain_edges", "plain_nodes"]

Change = Callable[[Tensor], Tensor]
State = tuple[Tensor, Tensor]
PlainEffects = dict[Site, tuple[State, State, State]]
"""By site, of (features [B,S,F], error [B,S,d]): clean values, patch − clean, average gradients."""


def _module(model: LanguageModel, site: Site) -> nn.Module:
    match site.kind:
        case "embed":
            return model.embed
        case "resid":
            return model.layers[site.layer]
        case "attn":
            return model.layers[site.layer].attention.dense  # type: ignore[union-attr, return-value]
        case _:
            return model.layers[site.layer].mlp  # type: ignore[return-value]


def _run(model: LanguageModel, tokens: Tensor, changes: Mapping[Site, Change]) -> Tensor:
    """Logits [B,S,V] while sites are changed."""
    with ExitStack() as stack:
        for site, change in changes.items():
            hook = _module(model, site).register_forward_hook(lambda _, __, out, change=change: change(out))
            stack.callback(hook.remove)
        return model.hf(tokens, use_cache=False).logits


@torch.no_grad()
def _states(model: LanguageModel, dictionaries: Dictionaries, tokens: Tensor) -> dict[Site, State]:
    out: dict[Site, State] = {}

    def keep(site: Site) -> Change:
        def change(x: Tensor) -> Tensor:
            f = dictionaries[site].encode(x)
            out[site] = f, x - dictionaries[site].decode(f)
            return x

        return change

    _run(model, tokens, {site: keep(site) for site in dictionaries})
    return out


def _metric(logits: Tensor, examples: Examples) -> Tensor:
    assert examples.answer is not None
    assert examples.patch_answer is not None
    rows = torch.arange(len(logits))
    return logits[rows, -1, examples.patch_answer] - logits[rows, -1, examples.answer]


def plain_nodes(
    model: LanguageModel, dictionaries: Dictionaries, examples: Examples, steps: int = 10
) -> PlainEffects:
    """Integrated gradients of the features and the error, one site and one step at a time."""
    assert examples.patch is not None
    clean = _states(model, dictionaries, examples.tokens)
    patch = _states(model, dictionaries, examples.patch)
    out: PlainEffects = {}
    for site, dictionary in dictionaries.items():
        delta = patch[site][0] - clean[site][0], patch[site][1] - clean[site][1]
        gradient = torch.zeros_like(delta[0]), torch.zeros_like(delta[1])
        for k in range(steps):
            f = (clean[site][0] + k / steps * delta[0]).requires_grad_()
            e = (clean[site][1] + k / steps * delta[1]).requires_grad_()
            logits = _run(model, examples.tokens, {site: lambda _, f=f, e=e, d=dictionary: d.decode(f) + e})
            found = torch.autograd.grad(_metric(logits, examples).sum(), [f, e])
            gradient[0].add_(found[0], alpha=1 / steps)
            gradient[1].add_(found[1], alpha=1 / steps)
        out[site] = clean[site], delta, gradient
    return out


def plain_edges(
    model: LanguageModel,
    dictionaries: Dictionaries,
    examples: Examples,
    effects: PlainEffects,
    nodes: Mapping[Site, SiteNodes],
    together: bool,
) -> tuple[dict[tuple[Site, Site], Tensor], int]:
    """Edge weights [n_down, n_up] summed over examples, positions resolved, and how many derivatives it took.

    One run of the whole model with every site's features and error as leaves, then one `autograd.grad` for
    each downstream node by all of its layer's leaves at once: for each example in which it has a gradient,
    or `together` for all.
    """
    leaves: dict[Site, State] = {}
    values: dict[Site, State] = {}

    def split(site: Site) -> Change:
        def change(x: Tensor) -> Tensor:
            dictionary = dictionaries[site]
            f = dictionary.encode(x)
            values[site] = f, x - dictionary.decode(f)
            leaves[site] = f.detach().requires_grad_(), values[site][1].detach().requires_grad_()
            return dictionary.decode(leaves[site][0]) + leaves[site][1]

        return change

    _run(model, examples.tokens, {site: split(site) for site in dictionaries})
    out: dict[tuple[Site, Site], Tensor] = {}
    calls = 0
    for down, chosen in nodes.items():
        ups = [up for up in _upstream(down) if len(nodes[up])]
        if not ups or chosen.position is None or not len(chosen):
            continue
        out |= {(up, down): torch.zeros(len(chosen), len(nodes[up])) for up in ups}
        wanted = [leaf for up in ups for leaf in leaves[up]]
        for n, (feature, position) in enumerate(
            zip(chosen.feature.tolist(), chosen.position.tolist(), strict=True)
        ):
            gradient = effects[down][2][0][..., feature] if feature < _width(effects, down) else None
            value = values[down][1] if gradient is None else values[down][0][..., feature]
            scalars = value * effects[down][2][1] if gradient is None else value * gradient
            scalars = scalars[:, position].reshape(len(examples), -1).sum(-1)
            for scalar in [scalars.sum()] if together else scalars[scalars != 0]:
                found = torch.autograd.grad(scalar, wanted, retain_graph=True)
                calls += 1
                for up, by_f, by_e in zip(ups, found[::2], found[1::2], strict=True):
                    _, (delta_f, delta_e), _ = effects[up]
                    weights = torch.cat([by_f * delta_f, (by_e * delta_e).sum(-1, keepdim=True)], -1).sum(0)
                    out[up, down][n] += weights[nodes[up].position, nodes[up].feature]
    return out, calls


def _width(effects: PlainEffects, site: Site) -> int:
    """Number of features at a site; a node of that index is the error."""
    return effects[site][0][0].shape[-1]


def _upstream(site: Site) -> list[Site]:
    """The sites with a direct path to `site` in a parallel model."""
    if site.kind == "embed":
        return []
    before = Site("embed", -1) if site.layer == 0 else Site("resid", site.layer - 1)
    if site.kind == "resid":
        return [before, Site("attn", site.layer), Site("mlp", site.layer)]
    return [before]

"""The arithmetic floor: the multiplications that circuit discovery cannot avoid, counted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from explorer_engine.attribution.averages import SiteNodes
from explorer_engine.data import Examples
from explorer_engine.dictionaries import Dictionaries
from explorer_engine.models import LanguageModel
from explorer_engine.sites import Site


@dataclass(frozen=True)
class Floor:
    """Multiply–adds."""

    nodes: float
    edges: float


def floor_of(
    model: LanguageModel,
    dictionaries: Dictionaries,
    examples: Examples,
    nodes: Mapping[Site, SiteNodes],
    steps: int = 10,
) -> Floor:
    """Products in linear maps, for a parallel model, pairs and a metric of two logits at the last position.

    Nodes: every active feature is unknown before its encoder row is read, so clean and patch tokens are
    encoded once; each site and step runs the layers after it, forward and back (a frozen layer costs as
    much back as forward), except at the clean point, where all sites share one pass; in the last layer
    only keys and values are needed at positions other than the last, and features only at the last.
    Edges: one backward pass of one token through the module of each downstream attention or MLP node and
    example (for attention over all positions before it); edges into a residual site need no pass.
    """
    tokens, d = examples.tokens.numel(), model.d_model
    batch = len(examples)
    mlp = sum(p.numel() for p in model.submodule(0, "mlp").parameters() if p.ndim == 2)
    attention = 4 * d * d
    layer = attention + mlp
    last_layer = 2 * d * d * tokens + (layer - 2 * d * d) * batch
    once = tokens * layer * (model.n_layers - 1) + last_layer
    encode = through = 0.0
    for site, dictionary in dictionaries.items():
        after = model.n_layers - 1 - site.layer
        encode += 2 * (tokens if after else batch) * dictionary.n_features * dictionary.width
        through += 2 * (steps - 1) * (max(0, after - 1) * layer * tokens + (last_layer if after else 0))
    bent = 0.0
    for site, here in nodes.items():
        if site.kind == "mlp":
            bent += len(here) * batch * mlp
        elif site.kind == "attn":
            bent += len(here) * batch * (d * d + 3 * d * d * examples.length)
    return Floor(2 * once + once + encode + through, bent)

"""The model with only some of its nodes kept: several circuits at once, from the first ablated layer on."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass

import torch
from torch import Tensor

from explorer_engine.attribution.runs import Tail, example_rows, replaced
from explorer_engine.circuits.ablated_values import AblatedValues
from explorer_engine.circuits.options import Errors
from explorer_engine.dictionaries import Dictionaries, Dictionary
from explorer_engine.sites import Site
from explorer_engine.sums import precise

__all__ = ["Candidates", "Variants"]

_TOKENS = 1 << 20
"""Numbers (tokens × model width) run together."""


@dataclass(frozen=True, eq=False)
class Candidates:
    """The nodes of one site that are in the largest circuit; feature nodes only, the error apart."""

    feature: Tensor
    """[n] features, each once"""
    strength: Tensor
    """[P,n] |effect| by position (P = S, or 1 when positions are summed)"""
    error_strength: Tensor
    """[P]"""


@dataclass(frozen=True, eq=False)
class Kept:
    """Which nodes of a site each variant of the model has in its circuit."""

    features: Tensor
    """[K,P,n] 0 or 1"""
    error: Tensor
    """[K,P] the coefficient of the error: 1 add it, −1 take it away, 0 leave it"""


class Variants:
    """Runs the model from the first ablated layer on, once for each of several circuits, stacked as a batch.

    With the mean μ of f at a position, the mean site value is dec(μ) + mean ε. So ablating all but a few
    nodes is x' = mean x + Σ_{j∈C} (f_j − μ_j) W_dec[j] (+ ε − mean ε), and ablating those few (the
    complement) is x' = x − the same sum: only the circuit's own features are ever encoded, and the error
    only where it counts.
    """

    def __init__(
        self,
        tail: Tail,
        dictionaries: Dictionaries,
        candidates: Mapping[Site, Candidates],
        ablated: Mapping[Site, AblatedValues],
        errors: Errors,
    ) -> None:
        self.tail, self.dictionaries, self.candidates = tail, dictionaries, candidates
        self.ablated, self.errors = ablated, errors
        self.sites = sorted(candidates)

    @torch.no_grad()
    def __call__(self, thresholds: list[float], complement: bool) -> list[float]:
        """The metric of each threshold's circuit, or of its complement, summed over the examples."""
        examples = self.tail.examples
        per_variant = examples.tokens.numel() * self.tail.model.d_model
        size = max(1, _TOKENS // per_variant)
        out: list[float] = []
        for start in range(0, len(thresholds), size):
            out += self._run(thresholds[start : start + size], complement)
        return out

    def _run(self, thresholds: list[float], complement: bool) -> list[float]:
        tail, n = self.tail, len(self.tail.examples)
        rows = example_rows(n, len(thresholds), tail.model.device)
        first = self.sites[0]
        if first.kind == "embed":
            shift = tail.captured.inputs[0] - tail.captured.values[first]
            stream = (
                self._edit(first, tail.captured.values[first][rows], thresholds, complement) + shift[rows]
            )
        else:
            stream = tail.captured.inputs[first.layer][rows]
        for layer in range(max(0, first.layer), tail.last_layer + 1):
            with ExitStack() as hooks:
                for site in self.sites:
                    place = tail.model.place(site)
                    if site.layer == layer and place is not None:
                        module = tail.model.submodule(layer, place.module)
                        hooks.enter_context(
                            replaced(
                                module,
                                place.end,
                                lambda x, site=site: self._edit(site, x, thresholds, complement),
                            )
                        )
                stream = tail.run_layer(layer, stream, rows)
            if Site("resid", layer) in self.candidates:
                stream = self._edit(Site("resid", layer), stream, thresholds, complement)
        m = tail.read(stream, rows).reshape(-1, n)
        return precise(m).sum(1).tolist()

    def _edit(self, site: Site, x: Tensor, thresholds: list[float], complement: bool) -> Tensor:
        """x' [K·B,S,d] from x [K·B,S,d]."""
        dictionary, candidates, base = self.dictionaries[site], self.candidates[site], self.ablated[site]
        kept = self._kept(site, x, thresholds, complement)
        x = x.reshape(len(thresholds), -1, *x.shape[1:])
        out = x.clone() if complement else base.value.expand_as(x).clone()
        if len(candidates.feature):
            change = dictionary.encode_some(x, candidates.feature) - base.features
            moved = (change * kept.features.unsqueeze(1)) @ dictionary.decoder[candidates.feature]
            out += -moved if complement else moved
        if dictionary.has_error and bool(kept.error.any()):
            out += _error_part(dictionary, x, kept.error, base.error)
        return out.reshape(-1, *x.shape[2:])

    def _kept(self, site: Site, x: Tensor, thresholds: list[float], complement: bool) -> Kept:
        candidates = self.candidates[site]
        cut = torch.tensor(thresholds, dtype=candidates.strength.dtype, device=x.device).reshape(-1, 1)
        features = (candidates.strength > cut.unsqueeze(-1)).to(x.dtype)
        match self.errors:
            case "circuit":
                inside = (candidates.error_strength > cut).to(x.dtype)
                error = -inside if complement else inside
            case "keep":
                error = torch.full_like(cut, 0.0 if complement else 1.0)
            case "residual-only" if site.kind == "resid":
                error = torch.full_like(cut, 0.0 if complement else 1.0)
            case _:
                error = torch.full_like(cut, -1.0 if complement else 0.0)
        return Kept(features, error.to(x.dtype).expand(-1, candidates.strength.shape[0]))


def _error_part(dictionary: Dictionary, x: Tensor, coefficient: Tensor, mean: Tensor) -> Tensor:
    """coefficient · (ε − mean ε) [K,B,S,d], encoding only the tokens where the coefficient [K,P] is not 0."""
    weight = coefficient.reshape(len(x), 1, -1, 1).expand(*x.shape[:3], 1)
    where = weight.squeeze(-1) != 0
    some = x[where]
    out = torch.zeros_like(x)
    out[where] = weight[where] * (
        some - dictionary.decode(dictionary.encode(some)) - mean.expand_as(x)[where]
    )
    return out

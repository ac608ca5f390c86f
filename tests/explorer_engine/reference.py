"""The method by its definition, slowly: whole-model autograd through the dictionaries, nothing shared.

Independent of the engine's shortcuts: features and errors are interpolated themselves, every run is the whole
model, encoders are differentiated by autograd, edges hold the other sites constant by detaching them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import ExitStack

import torch
from torch import Tensor

from explorer_engine.data import Examples
from explorer_engine.dictionaries import Dictionaries
from explorer_engine.models import LanguageModel
from explorer_engine.sites import Site

Change = Callable[[Tensor], Tensor]


class Reference:
    def __init__(
        self,
        model: LanguageModel,
        dictionaries: Dictionaries,
        examples: Examples,
        metric: Callable[[Tensor, dict[Site, Tensor], Examples], Tensor],
        zero: bool = False,
    ) -> None:
        """`metric(last logits [B,V], site values, examples) -> [B]`."""
        self.model, self.dictionaries, self.examples, self.metric = model, dictionaries, examples, metric
        clean, patch = self.values(examples.tokens), {}
        self.clean = {site: self.split(site, clean[site]) for site in dictionaries}
        if zero:
            self.patch = {s: (torch.zeros_like(f), torch.zeros_like(e)) for s, (f, e) in self.clean.items()}
        else:
            patch = self.values(examples.patch)
            self.patch = {site: self.split(site, patch[site]) for site in dictionaries}

    def split(self, site: Site, x: Tensor) -> tuple[Tensor, Tensor]:
        f = self.dictionaries[site].encode(x)
        return f, x - self.dictionaries[site].decode(f)

    def join(self, site: Site, f: Tensor, error: Tensor) -> Tensor:
        return self.dictionaries[site].decode(f) + error

    def run(self, tokens: Tensor, changes: Mapping[Site, Change]) -> Tensor:
        """Logits at the last position [B,V] while sites are changed, by forward hooks on the whole model."""
        model, mask = self.model, self.examples.mask
        with ExitStack() as stack:
            for site, change in changes.items():
                if site.kind == "embed":
                    module, end = model.embed, "output"
                elif site.kind == "resid":
                    module, end = model.layers[site.layer], "output"
                else:
                    place = model.place(site)
                    module, end = model.layers[site.layer].get_submodule(place.module), place.end
                if end == "input":
                    handle = module.register_forward_pre_hook(lambda _, args, c=change: (c(args[0]),))
                else:
                    handle = module.register_forward_hook(
                        lambda _, args, out, c=change: (
                            (c(out[0]), *out[1:]) if isinstance(out, tuple) else c(out)
                        )
                    )
                stack.callback(handle.remove)
            positions = (mask.long().cumsum(1) - 1).clamp_min(0)
            out = model.hf(
                input_ids=tokens, attention_mask=mask.long(), position_ids=positions, use_cache=False
            )
        return out.logits[:, -1]

    @torch.no_grad()
    def values(self, tokens: Tensor) -> dict[Site, Tensor]:
        out: dict[Site, Tensor] = {}

        def keep(site: Site) -> Change:
            def change(x: Tensor) -> Tensor:
                out[site] = x
                return x

            return change

        self.run(tokens, {site: keep(site) for site in self.model.sites})
        return out

    def m(self, changes: Mapping[Site, Change]) -> Tensor:
        """[B] the metric of the clean prompts under changes."""
        seen: dict[Site, Tensor] = {}

        def keep(site: Site) -> Change:
            def change(x: Tensor) -> Tensor:
                seen[site] = changes[site](x) if site in changes else x
                return seen[site]

            return change

        logits = self.run(self.examples.tokens, {site: keep(site) for site in self.model.sites})
        return self.metric(logits, seen, self.examples)

    def gradients(self, site: Site, times: list[float], weights: list[float]) -> tuple[Tensor, Tensor]:
        """∂m/∂f [B,S,F] and ∂m/∂ε [B,S,d], averaged over points between clean and patch."""
        (f0, e0), (f1, e1) = self.clean[site], self.patch[site]
        total = torch.zeros_like(f0), torch.zeros_like(e0)
        for t, weight in zip(times, weights, strict=True):
            f = ((1 - t) * f0 + t * f1).detach().requires_grad_()
            e = ((1 - t) * e0 + t * e1).detach().requires_grad_()
            found = torch.autograd.grad(
                self.m({site: lambda _, f=f, e=e: self.join(site, f, e)}).sum(), [f, e]
            )
            total = total[0] + weight * found[0], total[1] + weight * found[1]
        return total

    def effects(self, site: Site, times: list[float], weights: list[float]) -> tuple[Tensor, Tensor]:
        """Effects of features [B,S,F] and of the error [B,S]."""
        by_f, by_e = self.gradients(site, times, weights)
        (f0, e0), (f1, e1) = self.clean[site], self.patch[site]
        return by_f * (f1 - f0), (by_e * (e1 - e0)).sum(-1)

    @torch.no_grad()
    def exact(self, site: Site, b: int, s: int, feature: int | None) -> float:
        """m(do(node = patch)) − m for one node; feature None = the error."""
        f, e = (x.clone() for x in self.clean[site])
        if feature is None:
            e[b, s] = self.patch[site][1][b, s]
        else:
            f[b, s, feature] = self.patch[site][0][b, s, feature]
        return float((self.m({site: lambda _: self.join(site, f, e)}) - self.m({}))[b])

    def edge(
        self, up: Site, down: Site, weight_f: Tensor | None, weight_e: Tensor | None
    ) -> tuple[Tensor, Tensor]:
        """Edge weights from every upstream feature [B,S,F] and error [B,S] to one downstream scalar.

        The scalar is Σ weight_f · f + Σ weight_e · ε at `down`; every dictionary's site other than the two is
        held at its clean value.
        """
        f = self.clean[up][0].detach().requires_grad_()
        e = self.clean[up][1].detach().requires_grad_()
        found: dict[str, Tensor] = {}
        changes: dict[Site, Change] = {
            site: lambda x, site=site: self.join(site, *self.clean[site]).detach()
            for site in self.dictionaries
            if site < down and site != up
        }
        changes[up] = lambda _: self.join(up, f, e)

        def read(x: Tensor) -> Tensor:
            features, error = self.split(down, x)
            found["scalar"] = sum(
                (w * v).sum() for w, v in ((weight_f, features), (weight_e, error)) if w is not None
            )
            return x

        changes[down] = read
        self.run(self.examples.tokens, changes)
        by = torch.autograd.grad(found["scalar"], [f, e], allow_unused=True, materialize_grads=True)
        delta_f, delta_e = (b - a for a, b in zip(self.clean[up], self.patch[up], strict=True))
        return by[0] * delta_f, (by[1] * delta_e).sum(-1)

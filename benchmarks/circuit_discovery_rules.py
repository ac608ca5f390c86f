"""Which points of the integral are worth their cost: left and Gauss–Legendre against the truth."""

from __future__ import annotations

import torch

from benchmarks.circuit_discovery_setup import planted_dictionaries, pythia_70m, random_pairs
from explorer_engine.attribution.nodes import NodeEffects, node_effects
from explorer_engine.sites import Site

RULES = (("left", 10), ("gauss", 2), ("gauss", 3), ("gauss", 4), ("gauss", 5))


def rules_table() -> None:
    """Error against the 1000-step integral and correlation with exact patching, over all sites."""
    model, examples = pythia_70m(), random_pairs(2, 6)
    dictionaries = planted_dictionaries(model, examples, 2_048)
    exact = node_effects(model, dictionaries, examples, method="exact", steps=1)
    moved = {
        site: torch.cat([exact.dense(site).flatten(), exact.error(site).flatten()]) != 0
        for site in dictionaries
    }
    patched = _stacked(exact, moved)
    integral = node_effects(model, dictionaries, examples, steps=1000)
    truth = _stacked(integral, moved)
    print("rule        error against the 1000-step integral      correlation with exact patching")
    print("            mean |error| / mean |effect|   largest    all nodes   worst site")
    by_site = ""
    for rule, steps in (*RULES, ("left", 1000)):
        effects = integral
        if steps < 1000:
            effects = node_effects(model, dictionaries, examples, steps=steps, rule=rule)  # type: ignore[arg-type]
        ours = _stacked(effects, moved)
        error = torch.cat([(ours[s] - truth[s]).abs() for s in truth])
        scale = torch.cat([truth[s].abs() for s in truth]).mean()
        together = _correlation(torch.cat(list(ours.values())), torch.cat(list(patched.values())))
        worst, where = min((_correlation(ours[s], patched[s]), str(s)) for s in ours)
        print(
            f"{rule:<6}{steps:>5} {float(error.mean() / scale):>22.2e} {float(error.max()):>16.1e} "
            f"{together:>11.4f} {worst:>12.4f} ({where})"
        )
        if (rule, steps) == ("left", 10):
            by_site = ", ".join(f"{s} {_correlation(ours[s], patched[s]):.2f}" for s in ours)
    print(f"left 10 with exact patching, site by site: {by_site}")
    print("left is the paper's rule (its 10 points never reach the patch) and stays the default.\n")


def _stacked(effects: NodeEffects, moved: dict[Site, torch.Tensor]) -> dict[Site, torch.Tensor]:
    """Effects of all nodes that have an exact effect, features and errors, by site."""
    return {
        site: torch.cat([effects.dense(site).flatten(), effects.error(site).flatten()])[some]
        for site, some in moved.items()
    }


def _correlation(a: torch.Tensor, b: torch.Tensor) -> float:
    return float(torch.corrcoef(torch.stack([a.double(), b.double()]))[0, 1])

"""Which points of the integral are worth their cost: rules, the same everywhere, and points by need."""

from __future__ import annotations

import time
from pathlib import Path

import torch

from benchmarks.circuit_discovery_setup import planted_dictionaries, pythia_70m, random_pairs
from explorer_engine.attribution.choices import Rule, Steps
from explorer_engine.attribution.nodes import NodeEffects, node_effects
from explorer_engine.circuits.effects import average_effects, computed_effects
from explorer_engine.circuits.options import CircuitOptions
from explorer_engine.data import Examples
from explorer_engine.dictionaries import Dictionaries, load_dictionaries
from explorer_engine.formats.pairs import read_pairs
from explorer_engine.models import LanguageModel, load_model
from explorer_engine.sites import Site

RULES: tuple[tuple[Rule, int], ...] = (
    ("left", 10), ("gauss", 2), ("gauss", 3), ("gauss", 4), ("gauss", 5), ("midpoint", 5), ("midpoint", 10),
)  # fmt: skip
DEMO = Path("assets/demo")
FINE, MOST = 200, 24
"""Midpoints that are taken for the integral, and points of a site at most."""


def rules_table() -> None:
    """Error against the integral and correlation with exact patching, over all sites; then points by need."""
    model, examples = pythia_70m(), random_pairs(2, 6)
    dictionaries = planted_dictionaries(model, examples, 2_048)
    exact = node_effects(model, dictionaries, examples, method="exact", steps=1)
    moved = {
        site: torch.cat([exact.dense(site).flatten(), exact.error(site).flatten()]) != 0
        for site in dictionaries
    }
    patched = _stacked(exact, moved)
    truth = _stacked(node_effects(model, dictionaries, examples, steps=FINE, rule="midpoint"), moved)
    print("rule            error against the integral             correlation with exact patching")
    print("                mean |error| / mean |effect|  largest   all nodes   worst site")
    by_site = ""
    for rule, steps in RULES:
        ours = _stacked(node_effects(model, dictionaries, examples, steps=steps, rule=rule), moved)
        error = torch.cat([(ours[s] - truth[s]).abs() for s in truth])
        scale = torch.cat([truth[s].abs() for s in truth]).mean()
        together = _correlation(torch.cat(list(ours.values())), torch.cat(list(patched.values())))
        worst, where = min((_correlation(ours[s], patched[s]), str(s)) for s in ours)
        print(
            f"{rule:<10}{steps:>5} {float(error.mean() / scale):>22.2e} {float(error.max()):>16.1e} "
            f"{together:>11.4f} {worst:>12.4f} ({where})"
        )
        if (rule, steps) == ("left", 10):
            by_site = ", ".join(f"{s} {_correlation(ours[s], patched[s]):.2f}" for s in ours)
    print(f"left 10 with exact patching, site by site: {by_site}")
    print("left is the paper's rule (its 10 points never reach the patch) and stays the default.\n")
    print("points by the need of each site, chosen on two examples, for the error that left 10 makes")
    examples = random_pairs(32, 8)
    _by_need("random Pythia-70M", model, planted_dictionaries(model, examples, 2_048), examples)
    model = load_model(DEMO / "model", device="cpu")
    dictionaries = load_dictionaries(DEMO / "dictionaries", model.sites, device="cpu", model=model)
    for name in ("simple", "across-rc"):
        examples = read_pairs(DEMO / "pairs" / f"{name}.jsonl", model.tokenizer)[0]
        _by_need(f"demo, {name}", model, dictionaries, examples)
    print()


def _by_need(name: str, model: LanguageModel, dictionaries: Dictionaries, examples: Examples) -> None:
    """Processor time and error of left 10 and, choosing included, of each rule that is to do as well."""

    def averages(rule: Rule, steps: Steps) -> torch.Tensor:
        options = CircuitOptions(rule=rule)
        found = average_effects(model, dictionaries, examples, options, steps=steps)
        return torch.cat([table.flatten() for table in found.tables.values()])

    truth = averages("midpoint", FINE)

    def off(found: torch.Tensor) -> float:
        return float((found - truth).abs().sum() / truth.abs().sum())

    started = time.process_time()
    left = averages("left", 10)
    seconds = time.process_time() - started
    print(f"{name}, {len(examples)} pairs: left 10 off by {off(left):.1%}")
    for rule in ("gauss", "midpoint"):
        options = CircuitOptions(rule=rule, steps=MOST, quadrature_error=off(left))
        started = time.process_time()
        found = computed_effects(model, dictionaries, examples, options)
        share = (time.process_time() - started) / seconds
        assert not isinstance(found.steps, int)
        each = sorted(found.steps.values())
        ours = torch.cat([table.flatten() for table in found.averages.tables.values()])
        print(
            f"  {rule:<9} {each[0]}–{each[-1]} points a site, {sum(each)} at {len(each)} sites: "
            f"off by {off(ours):.1%}, {share:.2f} of the time"
        )


def _stacked(effects: NodeEffects, moved: dict[Site, torch.Tensor]) -> dict[Site, torch.Tensor]:
    """Effects of all nodes that have an exact effect, features and errors, by site."""
    return {
        site: torch.cat([effects.dense(site).flatten(), effects.error(site).flatten()])[some]
        for site, some in moved.items()
    }


def _correlation(a: torch.Tensor, b: torch.Tensor) -> float:
    return float(torch.corrcoef(torch.stack([a.double(), b.double()]))[0, 1])

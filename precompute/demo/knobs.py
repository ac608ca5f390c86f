"""`python -m precompute.demo.knobs`: the probes by which the biographies' knobs were set."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor

from explorer_engine.models import LanguageModel, load_model
from explorer_engine.shift.probe import train_probe
from explorer_engine.shift.report import accuracies_of
from explorer_engine.shift.runner import TextRunner
from explorer_engine.shift.texts import TextSet
from explorer_engine.sites import Site
from precompute.demo.biographies_task import BiographiesRecipe
from precompute.demo.corpus.bios_task import Bio, BioKnobs, ambiguous_bios, balanced_bios
from precompute.progress import say

TRIED = ((0.32, 1.8), (0.28, 1.8), (0.24, 1.8), (0.24, 2.2))
"""Profession noise and weight of sentences about gender."""
SEED, PROBES = 701, 5
"""The first seed of texts, far from the recipe's, and how many probes are trained."""


def main() -> None:
    """Print a row for each setting and task."""
    parser = argparse.ArgumentParser(prog="python -m precompute.demo.knobs", description=__doc__)
    parser.add_argument(
        "model", type=Path, nargs="?", default=Path("assets/demo/model"), help="(%(default)s)"
    )
    parser.add_argument("--test", type=int, default=400, help="texts to test on (%(default)s)")
    args = parser.parse_args()
    model, recipe = load_model(args.model, device="cpu"), BiographiesRecipe()
    say("per cent: profession / gender / worst group; original and oracle probes")
    for noise, gender in TRIED:
        knobs = replace(BioKnobs(), profession_noise=noise, gender=gender)
        for task in recipe.tasks:
            bios = (
                ambiguous_bios(task, recipe.training, SEED, knobs),
                balanced_bios(task, recipe.training, SEED + 1, knobs),
                balanced_bios(task, args.test, SEED + 2, knobs),
            )
            ambiguous, balanced, test = (_pooled(model, recipe.site, own) for own in bios)
            found = " | ".join(_figures(train, test) for train in (ambiguous, balanced))
            say(f"noise {noise:.2f}, gender {gender:.1f}, {'-'.join(task):<16} {found}")


def _pooled(model: LanguageModel, site: str, bios: list[Bio]) -> tuple[Tensor, TextSet]:
    tokens = [model.tokenizer(bio.text)["input_ids"] for bio in bios]
    texts = TextSet.of(tokens, [bio.label for bio in bios], [bio.attribute for bio in bios])
    runner = TextRunner(model, Site.parse(site), texts.tokens, memory=0)
    try:
        return runner.pooled({}), texts
    finally:
        runner.close()


def _figures(train: tuple[Tensor, TextSet], test: tuple[Tensor, TextSet]) -> str:
    probes = [train_probe(train[0], train[1].label, seed=seed) for seed in range(PROBES)]
    found = accuracies_of([(torch.stack([probe(test[0]) for probe in probes]), test[1])])
    shares = (found.label, found.attribute, found.worst)
    return " / ".join(f"{100 * share.value:.1f}" for share in shares)


if __name__ == "__main__":
    main()

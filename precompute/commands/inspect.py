"""`python -m precompute inspect`: what dictionaries lie at a place, a line a site."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from explorer_engine.models import LanguageModel

__all__ = ["add_parser", "run"]


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `inspect` to the commands."""
    parser = subparsers.add_parser("inspect", help="what dictionaries lie somewhere", description=__doc__)
    parser.add_argument(
        "dictionaries",
        metavar="PLACE",
        help="folder, zip file, hub id, saelens:RELEASE, or 'resid=PLACE attn=PLACE'",
    )
    parser.add_argument("--model", metavar="DIR_OR_HUB_ID", help="say whether they are of this model")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Do what the command line asks: 0 where every dictionary can be used, else 2."""
    from explorer_engine.dictionaries import describe_dictionaries
    from explorer_engine.dictionaries.loading import left_out, misfit
    from explorer_engine.sites import ANY_SITES
    from precompute.progress import say
    from precompute.world.places import dictionaries_place

    model = _model(args.model) if args.model else None
    sites = model.sites if model else ANY_SITES
    place = dictionaries_place(args.dictionaries, sites)
    found = describe_dictionaries(place, sites)
    wrong = 0
    for site, one in found.items():
        parts = [one.layout, one.kind, f"{one.n_features:,} features", f"width {one.width}"]
        parts += [f"input normalised: {one.normalises}"] if one.normalises else []
        parts += [f"of {one.model}"] if one.model else []
        if model is not None:
            problem = misfit(place, site, model)
            wrong += problem is not None
            parts.append(problem or _named(one.model, args.model))
        say(f"{site}: {', '.join(parts)}")
    for file, why in left_out(args.dictionaries, sites).items():
        say(f"left out: {file}: {why}")
    if model is not None and len(found) < len(sites):
        say(f"without a dictionary: {', '.join(str(site) for site in sites if site not in found)}")
    return 2 if wrong else 0


def _model(name: str) -> LanguageModel:
    from explorer_engine.models import load_model  # takes longer than all the rest

    return load_model(name, device="cpu")


def _named(trained: str | None, given: str) -> str:
    """Whether the model that a dictionary names is the one given, by their last names."""
    name = Path(given.partition("@")[0]).name.lower()
    if trained is None:
        return "fits; names no model"
    return "fits" if Path(trained).name.lower() == name else f"fits, but names another model than {name}"

"""`python -m precompute inspect`: what dictionaries lie at a place, a line a site."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from explorer_engine.dictionaries.inspecting import Lying
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
    """Do what the command line asks: 0 where every dictionary looked at can be used, else 2."""
    from explorer_engine.dictionaries.inspecting import inspect_dictionaries
    from explorer_engine.progress import of_bytes
    from explorer_engine.sites import ANY_SITES
    from precompute.progress import say

    model = _model(args.model) if args.model else None
    sites = model.sites if model else ANY_SITES
    told = inspect_dictionaries(args.dictionaries, sites, model)
    for site, one in told.found.items():
        say(f"{site}: {', '.join(_parts(one, args.model))}")
    for file, why in told.left_out.items():
        say(f"left out: {file}: {why}")
    if model is not None and len(told.found) < len(sites):
        say(f"without a dictionary: {', '.join(str(site) for site in sites if site not in told.found)}")
    if told.on_hub:
        say(
            f"in the hub's cache: {told.fetched} of {told.on_hub} dictionaries, "
            f"{of_bytes(told.bytes_fetched)} of {of_bytes(told.bytes_on_hub)}"
            + ("; the others are fetched when they are used" if told.fetched < told.on_hub else "")
        )
    return 2 if any(one.problem for one in told.found.values()) else 0


def _parts(one: Lying, model: str | None) -> list[str]:
    found = one.description
    if found is None:
        return [one.layout, one.file, one.problem or "not fetched"]
    parts = [found.layout, found.kind, f"{found.n_features:,} features", f"width {found.width}"]
    parts += [f"input normalised: {found.normalises}"] if found.normalises else []
    parts += [f"of {found.model}"] if found.model else []
    return parts if model is None else [*parts, one.problem or _named(found.model, model)]


def _model(name: str) -> LanguageModel:
    from explorer_engine.models import load_model  # takes longer than all the rest

    return load_model(name, device="cpu")


def _named(trained: str | None, given: str) -> str:
    """Whether the model that a dictionary names is the one given, by their last names."""
    name = Path(given.partition("@")[0]).name.lower()
    if trained is None:
        return "fits; names no model"
    return "fits" if Path(trained).name.lower() == name else f"fits, but names another model than {name}"

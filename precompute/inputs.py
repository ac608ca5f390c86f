"""What the commands on a model, its dictionaries and a data file have in common."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from explorer_engine.errors import InputError, one_line
from explorer_engine.files import check_folder, check_writable

if TYPE_CHECKING:
    from explorer_engine.data import Examples
    from explorer_engine.dictionaries import Dictionary
    from explorer_engine.models import LanguageModel
    from explorer_engine.sites import Site

__all__ = [
    "Inputs",
    "add_arguments",
    "add_judgements",
    "add_model_arguments",
    "check_output",
    "load",
    "tell_missing",
    "whole_number",
]


@dataclass(frozen=True)
class Inputs:
    """What the arguments named, loaded."""

    model: LanguageModel
    dictionaries: dict[Site, Dictionary]
    examples: Examples
    data: dict[str, Any]
    """What the data was: file, examples kept, how many were dropped for which reason."""


def whole_number(text: str) -> int:
    """A whole number of at least 1, for argparse."""
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"{value}: must be 1 or more")
    return value


def add_model_arguments(parser: argparse._ActionsContainer, required: bool = True) -> None:
    """The arguments that say which model and dictionaries, in which form and where."""
    parser.add_argument("--model", required=required, metavar="DIR_OR_HUB_ID", help="Hugging Face model")
    parser.add_argument(
        "--dictionaries",
        required=required,
        metavar="PLACE",
        help="folder, zip file, hub id or saelens:RELEASE of dictionaries; joined by kind of site: "
        "'resid=PLACE attn=PLACE'",
    )
    parser.add_argument(
        "--allow-missing", action="store_true", help="go on where sites of the model have no dictionary"
    )
    parser.add_argument("--dtype", choices=["float32", "float64", "bfloat16"], default="float32")
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda, … (default: auto)")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments that `load` reads."""
    add_model_arguments(parser)
    parser.add_argument(
        "--data",
        required=True,
        metavar="FILE",
        help="JSON lines of contrastive pairs, or a cluster of contexts",
    )
    parser.add_argument("--examples", type=whole_number, metavar="N", help="take the first N usable examples")


def add_judgements(parser: argparse.ArgumentParser) -> None:
    """The argument that says where judgements are kept, as the app has it."""
    help = "where the app keeps them (default: as the app does)"
    parser.add_argument("--judgements", type=_folder, metavar="DIR", help=help)


def _folder(text: str) -> str:
    """A place of a folder, for argparse."""
    try:
        check_folder(Path(text))
    except InputError as problem:
        raise argparse.ArgumentTypeError(str(problem)) from None
    return text


def check_output(path: Path) -> None:
    """Raises InputError, before any work is done, for a place where the result cannot be written."""
    try:
        check_writable(path)
    except InputError as problem:
        raise InputError(f"--out {problem}") from None
    try:
        if not path.parent.is_dir():
            raise InputError(f"--out {path}: the folder {path.parent} does not exist: make it first")
        with tempfile.TemporaryFile(dir=path.parent):
            pass
    except OSError as problem:
        raise InputError(f"--out {path}: {problem.strerror or problem}: choose another place") from None


def load(args: argparse.Namespace) -> Inputs:
    """Load model, dictionaries and examples; says on stderr what was dropped.

    Raises InputError for what cannot be read, for fewer examples than asked for, and, unless that is allowed,
    for sites without a dictionary: the circuit would be another one.
    """
    from explorer_engine.dictionaries import load_dictionaries
    from explorer_engine.formats.clusters import is_cluster, read_cluster
    from explorer_engine.formats.pairs import read_pairs
    from explorer_engine.models import load_model

    cluster = is_cluster(args.data)  # before the model is loaded, so that a wrong path costs no time
    model = load_model(args.model, args.dtype, args.device)
    dictionaries = load_dictionaries(
        args.dictionaries, model.sites, str(model.device), args.dtype, model=model
    )
    tell_missing(args, model, dictionaries)
    read = read_cluster if cluster else read_pairs
    examples, dropped = read(args.data, model.tokenizer, args.examples)
    if args.examples is not None and len(examples) < args.examples:
        raise InputError(f"{dropped}, but --examples {args.examples} were asked for: ask for fewer")
    print(one_line(dropped), file=sys.stderr)  # noqa: T201
    data = {"file": str(args.data), "examples": len(examples), "dropped": dict(dropped.reasons)}
    return Inputs(model, dictionaries, examples, data)


def tell_missing(
    args: argparse.Namespace, model: LanguageModel, dictionaries: Mapping[Site, Dictionary]
) -> None:
    """Say which sites have no dictionary, of those that places are named for; an error unless allowed."""
    from explorer_engine.dictionaries.places import Places

    kinds = Places.parse(args.dictionaries).of
    asked = [site for site in model.sites if None in kinds or site.kind in kinds]
    missing = [str(site) for site in asked if site not in dictionaries]
    if not missing:
        return
    some = ", ".join(missing[:6]) + (f" and {len(missing) - 6} others" if len(missing) > 6 else "")
    said = f"{args.dictionaries}: no dictionary for {some}"
    if not args.allow_missing:
        raise InputError(
            f"{said}: add --allow-missing to go on without, or name the kinds of site that have them, as in "
            "'resid=PLACE'"
        )
    print(one_line(said), file=sys.stderr)  # noqa: T201

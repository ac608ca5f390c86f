"""`python -m precompute pairs`: files of subject–verb agreement in words that a model has as one token."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from explorer_engine.files import check_folder
from precompute.inputs import whole_number
from precompute.progress import say

__all__ = ["add_parser", "run"]


def add_parser(subparsers: Any) -> None:
    """Add this command to the command line."""
    parser = subparsers.add_parser(
        "pairs",
        help="pairs of subject–verb agreement for a model",
        description="Write STRUCTURE.jsonl and STRUCTURE-tested.jsonl, which have no noun in common, for "
        "four structures: simple, nounpp (across a prepositional phrase), within_rc and rc (across a "
        "relative clause).",
    )
    parser.add_argument("--model", required=True, metavar="DIR_OR_HUB_ID", help="whose tokenizer is used")
    parser.add_argument("--out", required=True, type=Path, metavar="FOLDER")
    parser.add_argument("--n", type=whole_number, default=100, help="pairs in each file (%(default)s)")
    parser.add_argument("--seed", type=int, default=0, help="(%(default)s)")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> None:
    """Write the files, each whole or not at all."""
    check_folder(args.out)
    from explorer_engine.formats.tables import write_lines
    from explorer_engine.hugging_face import read_tokenizer
    from precompute.agreement.pairs import STRUCTURES, agreement_pairs, halves
    from precompute.agreement.words import ALL, one_token

    words = one_token(ALL, read_tokenizer(args.model))
    found, tested = halves(words)
    made = {
        f"{structure}{ending}.jsonl": agreement_pairs(own, structure, args.n, args.seed)
        for structure in STRUCTURES
        for ending, own in (("", found), ("-tested", tested))
    }
    args.out.mkdir(parents=True, exist_ok=True)
    for name, pairs in made.items():
        write_lines(args.out / name, pairs)
    kept = (
        f"{len(getattr(words, kind))} of {len(getattr(ALL, kind))} {kind}"
        for kind in ("people", "things", "auxiliaries", "verbs", "prepositions")
    )
    say(f"{args.out}: {len(made)} files of {args.n} pairs; one token are {', '.join(kept)}")

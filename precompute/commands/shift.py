"""`python -m precompute shift`: the SHIFT table of a world with its judgements, or of a task of one's own."""

from __future__ import annotations

import argparse
import time
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from explorer_engine.errors import InputError
from explorer_engine.shift.options import StudyOptions
from explorer_engine.shift.splits import SplitSizes
from precompute.commands.circuit import command_of
from precompute.commands.report import shift_lines
from precompute.inputs import add_model_arguments, check_output, whole_number
from precompute.options import add_options
from precompute.progress import say
from precompute.shift.judged import POLICIES

__all__ = ["add_parser", "run"]

_OF_WORLD = ("world", "task", "judgements", "policy", "retrain")


def add_parser(subparsers: Any) -> None:
    """Add this command to the command line."""
    parser = subparsers.add_parser(
        "shift",
        help="the SHIFT table as JSON: of a world, or of a task of your own",
        description="With --world: all that the world's table of a task has, and a row computed now for the "
        "judgements of its features. With --model: a task of your own, from labelled texts: a probe is "
        "trained, its circuit found, and the rows are computed that can be had.",
    )
    parser.add_argument("--out", required=True, type=Path, metavar="shift.json")
    world = parser.add_argument_group("of a world")
    world.add_argument("--world", type=Path, metavar="DIR")
    world.add_argument("--task", metavar="NAME", default="", help="one of its classifiers")
    world.add_argument(
        "--judgements", type=Path, metavar="FILE.jsonl",
        help="what `judgements export` wrote (default: the judgements that the app keeps of this world)",
    )  # fmt: skip
    told = "; ".join(f"{name}: {meaning}" for name, meaning in POLICIES.items())
    world.add_argument(
        "--policy", default="all", metavar="POLICY", help=f"what is ablated. {told} (default: all)"
    )
    world.add_argument(
        "--retrain", action="store_true", help="a second row each, the probe trained again without"
    )
    own = parser.add_argument_group("of a task of your own")
    add_model_arguments(own, required=False)
    own.add_argument("--data", type=Path, metavar="FILE", help="CSV, JSON lines or Parquet: a text a row")
    own.add_argument("--text-column", default="text", metavar="NAME", help="(default: %(default)s)")
    own.add_argument(
        "--label-column", default="label", metavar="NAME", help="two values (default: %(default)s)"
    )
    own.add_argument(
        "--attribute-column", metavar="NAME",
        help="what the classifier should not use, two values; without it the table has what the label tells",
    )  # fmt: skip
    own.add_argument(
        "--site", metavar="resid_N", help="where the probe reads (default: the last layer but one)"
    )
    own.add_argument(
        "--longest", type=whole_number, default=128, metavar="N", help="tokens of a text (default: 128)"
    )
    own.add_argument("--draws", type=whole_number, default=3, metavar="N", help="of the texts (default: 3)")
    for of in ("label", "attribute"):
        own.add_argument(
            f"--{of}-words", nargs=2, metavar="WORD,WORD",
            help=f"that tell the first and the second {of}: rows that take them are computed, too",
        )  # fmt: skip
    add_options(own, StudyOptions)
    add_options(own, SplitSizes)
    names = (*_OF_WORLD, *_own_names())
    parser.set_defaults(ablation=None)  # of a world's rows what its table has, unless said
    parser.set_defaults(run=run, defaults={name: parser.get_default(name) for name in names})


def run(args: argparse.Namespace) -> None:
    """Compute the table and write it; the file appears whole or not at all."""
    check_output(args.out)
    given = _checked(args)
    from explorer_engine.formats.circuit_json import write_json
    from explorer_engine.shift.measures import measures_of
    from precompute.engine.run import code_version

    started = time.monotonic()
    provenance = {
        "command": command_of("shift", given),
        "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "code_version": code_version(),
    }
    if args.world is not None:
        from precompute.shift.stored import Asked, world_table

        asked = Asked(
            args.world, args.task, args.judgements, args.policy, args.retrain, args.ablation, args.device
        )
        content, task, runs = world_table(asked, provenance)
    else:
        from precompute.shift.own import own_table

        content, task, runs = own_table(given, provenance)
    content["seconds"] = round(time.monotonic() - started, 3)
    write_json(content, args.out)
    label_only = args.world is None and args.attribute_column is None
    figures = [m for m in measures_of(task) if m.group is None and (m.key == "label" or not label_only)]
    for line in shift_lines(task.name, runs, figures):
        say(line)
    for missing in content["missing"]:
        say(f"missing, {missing['what']}: {missing['why']}")
    say(f"{args.out}: {len(content['rows'])} rows")


def _checked(args: argparse.Namespace) -> argparse.Namespace:
    """The arguments of the form that was chosen. Raises InputError for one of the other form, and a lack."""
    if (args.world is None) == (args.model is None):
        raise InputError("give --world DIR, for a table of that world, or --model, for a task of your own")
    of_world = args.world is not None
    values = {name: value for name, value in vars(args).items() if name != "defaults"}
    foreign = set(_own_names()) - {"device", "ablation"} if of_world else set(_OF_WORLD)
    for name in sorted(foreign):
        if values[name] != args.defaults[name]:
            form = "--model" if of_world else "--world"
            raise InputError(f"--{name.replace('_', '-')} goes with {form}: leave it out")
    if not of_world and (lacks := [name for name in ("dictionaries", "data") if values[name] is None]):
        raise InputError(f"--{lacks[0]} is missing: --model goes with --dictionaries and --data")
    if not of_world and values["ablation"] is None:
        values["ablation"] = StudyOptions().ablation
    return argparse.Namespace(**{name: value for name, value in values.items() if name not in foreign})


def _own_names() -> tuple[str, ...]:
    """The arguments of a task of one's own."""
    return (
        "model", "dictionaries", "allow_missing", "dtype", "device", "data", "text_column", "label_column",
        "attribute_column", "site", "longest", "draws", "label_words", "attribute_words",
        *(field.name for of in (StudyOptions, SplitSizes) for field in fields(of)),
    )  # fmt: skip

"""`python -m precompute judgements`: what others say of features into a world, what was said here out."""

from __future__ import annotations

import argparse
import csv
import io
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from explorer_engine.store.opinions import IMPORTED
from precompute.inputs import check_output
from precompute.progress import say

if TYPE_CHECKING:
    from explorer_engine.formats.annotations import Annotation
    from explorer_engine.sites import Site
    from explorer_engine.store.artefacts import ArtefactStore
    from explorer_engine.store.judgements import JudgementStore

__all__ = ["add_parser", "run", "take"]


def add_parser(subparsers: Any) -> None:
    """Add this command to the command line."""
    parser = subparsers.add_parser(
        "judgements",
        help="take annotations of features in and out",
        description="Import or export what people said of a world's features and behaviours. The app must "
        "not have the judgements open.",
    )
    actions = parser.add_subparsers(dest="action", required=True, metavar="action")
    take = actions.add_parser(
        "import",
        help="read a file",
        description="Read JSON lines that `export` wrote, statement by statement; published annotations; or "
        "explanations by programs: Neuronpedia's export, delphi's files, JSON objects. The last two stand "
        "behind what people here said.",
    )
    take.add_argument("file", type=Path, metavar="FILE", help="a file, or a folder of explanations")
    take.add_argument(
        "--source", help="what annotations or explanations are called (default: the file's name)"
    )
    give = actions.add_parser("export", help="write a file")
    give.add_argument("--out", required=True, type=Path, metavar="FILE")
    give.add_argument(
        "--form",
        choices=["lines", "published", "csv", "explanations"],
        default="lines",
        help="lines: every statement, to be imported again; published: labels and notes of features as the "
        "paper's authors publish them; csv: what counts now, a line a person and target; explanations: those "
        "of programs, as they came (default: lines)",
    )
    check = actions.add_parser(
        "check",
        help="list what is said of behaviours that the world does not have",
        description="List statements about behaviours that the world does not have: its clusters were made "
        "anew, or they are another world's of the same dictionaries.",
    )
    for action in (take, give, check):
        action.add_argument("--world", required=True, type=Path, metavar="DIR")
        action.add_argument(
            "--judgements", metavar="DIR", help="where the app keeps them (default: as the app does)"
        )
        action.set_defaults(run=run)


def run(args: argparse.Namespace) -> None:
    """Do what the command line asks."""
    if args.action == "export":
        check_output(args.out)
    from explorer_engine.store.judgement_file import judgements_path
    from explorer_engine.store.judgements import JudgementStore
    from explorer_engine.world.world import open_world

    world = open_world(args.world)
    with closing(JudgementStore(judgements_path(args.judgements, world.key))) as store:
        match args.action:
            case "import":
                take(store, world.store, args.file, args.source)
            case "export":
                _give(store, args.out, args.form)
            case _:
                _check(store, world.store)


def take(store: JudgementStore, world: ArtefactStore, file: Path, source: str | None) -> None:
    """Import a file, whatever it is of; says what was new and what was left out.

    Raises InputError naming the file and the line where it cannot be read.
    """
    from explorer_engine.formats.explanations import is_explanations
    from explorer_engine.formats.judgement_lines import read_events
    from explorer_engine.formats.tables import read_rows

    if is_explanations(file):
        _explanations(store, world, file, source)
    elif any("Name" in row for _, row in read_rows(file, ())):
        _annotations(store, world, file, source)
    else:
        say(f"{file}: {store.add_all(read_events(file))} statements")


def _explanations(store: JudgementStore, world: ArtefactStore, file: Path, source: str | None) -> None:
    from explorer_engine.formats.explanations import ExplanationFile

    found = ExplanationFile(file, _sizes(world), source)
    new = store.explanations.add(found)
    of = f" of {found.model}" if found.model else ""
    say(f"{found.dropped}; {new} new explanations{of}")


def _annotations(store: JudgementStore, world: ArtefactStore, file: Path, source: str | None) -> None:
    from explorer_engine.formats.annotations import read_annotations

    annotations, dropped = read_annotations(file, _sizes(world))
    who = f"{IMPORTED}{source or file.stem}"
    by_target: dict[str, list[Annotation]] = {}
    for annotation in annotations:
        by_target.setdefault(str(annotation.ref), []).append(annotation)
    told = [
        (target, _joined(a.text for a in of), _joined(a.note for a in of)) for target, of in by_target.items()
    ]
    say(f"{dropped}; {store.annotate(who, told)} new statements of {who}")


def _sizes(world: ArtefactStore) -> dict[Site, int]:
    """The number of features at each site of a world."""
    from explorer_engine.sites import Site

    return {Site.parse(str(found.site)): found.n_features for found in world.start.dictionaries()}


def _give(store: JudgementStore, out: Path, form: str) -> None:
    from explorer_engine.files import whole
    from explorer_engine.formats.judgement_lines import to_lines

    lines: Iterable[str]
    match form:
        case "lines":
            lines = [to_lines(store.events())]
        case "published":
            lines = [_published(store)]
        case "csv":
            lines = [_csv(store)]
        case _:
            lines = (f"{explanation.original}\n" for explanation in store.explanations.all())
    with whole(out) as partial, partial.open("w", encoding="utf-8", newline="") as written:
        written.writelines(lines)
    with out.open("rb") as file:
        say(f"{out}: {sum(1 for _ in file)} lines")


def _check(store: JudgementStore, world: ArtefactStore) -> None:
    from explorer_engine.store.lost import lost, subject

    found = lost(store, world.behaviours.fingerprint)
    for event in found:
        what = event.kind if event.target == subject(event) else f"{event.kind} of {event.target}"
        say(f"{event.time:%Y-%m-%d %H:%M} {event.annotator}, {subject(event)}, {what}: {event.value}")
    say(f"{len(found)} statements are about behaviours that this world does not have")


def _joined(texts: Iterable[str]) -> str:
    """What is said of a feature in several rows, each thing once, as far as there is room."""
    from explorer_engine.store.rules import LONGEST_TEXT

    return "; ".join(dict.fromkeys(text for text in texts if text))[:LONGEST_TEXT]


def _published(store: JudgementStore) -> str:
    """Of each feature the label that counts, with its author's note."""
    from explorer_engine.formats.annotations import Annotation, to_published
    from explorer_engine.sites import FeatureRef

    found = []
    for target, label in store.labels().items():
        if "/" in target:
            notes = {said.annotator: said.note or "" for said in store.opinions(target)}
            found.append(Annotation(FeatureRef.parse(target), label.text, notes.get(label.annotator, "")))
    return to_published(found)


def _csv(store: JudgementStore) -> str:
    rows = store.export_rows()
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]) if rows else ["target"])
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()

"""`python -m precompute judgements`: statements in and out, backups, and what becomes of a damaged store."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from explorer_engine.store.opinions import IMPORTED
from precompute.inputs import add_judgements, check_output, whole_number
from precompute.progress import say

if TYPE_CHECKING:
    from explorer_engine.formats.annotations import Annotation
    from explorer_engine.sites import Site
    from explorer_engine.store.artefacts import ArtefactStore
    from explorer_engine.store.judgement_rescue import Put
    from explorer_engine.store.judgements import JudgementStore
    from explorer_engine.store.moderation import Moderation

__all__ = ["add_parser", "run", "take"]


def add_parser(subparsers: Any) -> None:
    """Add this command to the command line."""
    parser = subparsers.add_parser(
        "judgements",
        help="take annotations of features in and out",
        description="Import or export what people said of a world's features and behaviours; keep it, and "
        "bring it back. The app may go on while you export, check and make a backup, not during the others.",
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
        help="say whether all of it can be read, and list what is said of behaviours that are gone",
        description="Read the whole store and its log, and say what is wrong with them. List statements "
        "about behaviours that the world does not have: its clusters were made anew, or they are another "
        "world's of the same dictionaries.",
    )
    save = actions.add_parser("backup", help="write one file that holds everything, also while the app runs")
    to = save.add_mutually_exclusive_group(required=True)
    to.add_argument("--out", type=Path, metavar="FILE")
    to.add_argument("--into", type=Path, metavar="DIR", help="a file by the time of its making")
    save.add_argument(
        "--keep", type=whole_number, default=30, metavar="N",
        help="of the files made by --into the N newest stay (default: 30)",
    )  # fmt: skip
    back = actions.add_parser("restore", help="put a backup in the place of the store, which is kept aside")
    back.add_argument("file", type=Path, metavar="FILE", help="a backup, or a copy of the log (.jsonl)")
    mend = actions.add_parser(
        "repair", help="bring back what a damaged store and its log hold; it is kept aside"
    )
    hide = actions.add_parser("hide", help="hide statements from every page; they stay in the store")
    hide.add_argument("number", nargs="+", type=int, metavar="NUMBER", help="`id` in what export writes")
    close = actions.add_parser("close", help="let nobody say anything more under a name")
    close.add_argument("name", metavar="NAME")
    close.add_argument("--hide", action="store_true", help="hide also what was said under it")
    for moderating in (hide, close):
        moderating.add_argument(
            "--by", default="organiser", metavar="NAME", help="who decides (default: organiser)"
        )
        moderating.add_argument("--undo", action="store_true", help="show them again; open the name again")
    for action in (take, give, check, save, back, mend, hide, close):
        action.add_argument("--world", required=True, type=Path, metavar="DIR")
        add_judgements(action)
        action.set_defaults(run=run)


def run(args: argparse.Namespace) -> None:
    """Do what the command line asks."""
    if getattr(args, "out", None) is not None:
        check_output(args.out)
    from explorer_engine.store import judgement_rescue
    from explorer_engine.store.judgement_file import judgements_path
    from explorer_engine.store.judgements import JudgementStore
    from explorer_engine.world.world import open_world

    world = open_world(args.world)
    path, *older = (judgements_path(args.judgements, key) for key in (world.key, *world.older_keys))
    if args.action not in ("restore", "repair"):
        _adopt(path, older)
    match args.action:
        case "import":
            with closing(JudgementStore(path)) as store:
                _notice(store)
                take(store, world.store, args.file, args.source)
        case "export":
            judgement_rescue.check_there(path)
            with judgement_rescue.copy_opened(path) as store:
                _notice(store)
                _give(store, args.out, args.form)
        case "check":
            with judgement_rescue.copy_opened(path) as store:
                _notice(store)
                _check(store, world.store, path)
        case "backup":
            _save(path, args)
        case "hide" | "close":
            with closing(JudgementStore(path)) as store:
                (_hide if args.action == "hide" else _close)(store.moderation, args)
        case "restore":
            _tell(path, judgement_rescue.restore(path, args.file))
        case _:
            _tell(path, judgement_rescue.repair(path))


def _save(path: Path, args: argparse.Namespace) -> None:
    from explorer_engine.store.dated_backups import backup_into
    from explorer_engine.store.judgement_rescue import anything, backup

    if args.out is None:
        if path.parent.is_dir() and not anything(path):
            say(f"{path}: nothing has been said yet, so there is nothing to keep")
            return
        out, *counts = backup_into(path, args.into, args.keep)
    else:
        out, *counts = args.out, *backup(path, args.out)
    say(f"{out}: {counts[0]} statements and {counts[1]} explanations, all of {path.name}")


def _hide(moderation: Moderation, args: argparse.Namespace) -> None:
    if args.undo:
        say(f"{moderation.show(args.by, args.number)} statements are shown again")
    else:
        say(f"{moderation.hide(args.by, args.number)} statements are hidden")


def _close(moderation: Moderation, args: argparse.Namespace) -> None:
    if args.undo:
        opened = moderation.open(args.by, args.name)
        say(f"{args.name}: {'open again' if opened else 'was not closed'}")
        return
    closed = moderation.close(args.by, args.name)
    say(f"{args.name}: {'closed' if closed else 'was closed already'}")
    if args.hide:
        say(f"{moderation.hide(args.by, moderation.of_person(args.name))} statements are hidden")


def _adopt(path: Path, older: Sequence[Path]) -> None:
    """Bring in what was said under older keys; an app that has the store open has done so."""
    from explorer_engine.store.adoption import adopt
    from explorer_engine.store.judgement_file import Locked
    from explorer_engine.store.judgements import JudgementStore

    if any(file.exists() and file != path for file in older):
        with suppress(Locked), closing(JudgementStore(path)) as store:
            adopt(store, older)
            _notice(store)


def _notice(store: JudgementStore) -> None:
    if store.notice:
        say(store.notice)


def _tell(path: Path, put: Put) -> None:
    """Say what is in a store's place now."""
    for sentence in put.lost:
        say(sentence)
    say(f"{path}: {put.n_events} statements and {put.n_explanations} explanations")
    if put.aside is not None:
        say(f"what was there before is kept in {put.aside}")


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


def _check(store: JudgementStore, world: ArtefactStore, path: Path) -> None:
    from explorer_engine.store.lost import lost, subject

    found = lost(store, world.behaviours.fingerprint)
    for event in found:
        what = event.kind if event.target == subject(event) else f"{event.kind} of {event.target}"
        say(f"{event.time:%Y-%m-%d %H:%M} {event.annotator}, {subject(event)}, {what}: {event.value}")
    n_events, n_explanations = len(store.events()), store.explanations.n
    say(f"{path}: {n_events} statements and {n_explanations} explanations, all readable")
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
    from explorer_engine.formats.spreadsheet import to_csv

    rows = store.export_rows()
    return to_csv(list(rows[0]) if rows else ["target"], (list(row.values()) for row in rows))

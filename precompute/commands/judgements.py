"""`python -m precompute judgements`: other people's annotations into a world, and one's own out of it."""

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
    from explorer_engine.store.judgements import JudgementStore

__all__ = ["add_parser", "run"]


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
        description="Read JSON lines that `export` wrote, statement by statement; or published annotations, "
        "which stand behind what people here said.",
    )
    take.add_argument("file", type=Path, metavar="FILE")
    take.add_argument("--source", help="what published annotations are called (default: the file's name)")
    give = actions.add_parser("export", help="write a file")
    give.add_argument("--out", required=True, type=Path, metavar="FILE")
    give.add_argument(
        "--form",
        choices=["lines", "published", "csv"],
        default="lines",
        help="lines: every statement, to be imported again; published: labels and notes of features as the "
        "paper's authors publish them; csv: what counts now, a line a person and target (default: lines)",
    )
    for action in (take, give):
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

    path = judgements_path(args.judgements, open_world(args.world).key)
    with closing(JudgementStore(path)) as store:
        if args.action == "import":
            _take(store, args.file, args.source)
        else:
            _give(store, args.out, args.form)


def _take(store: JudgementStore, file: Path, source: str | None) -> None:
    from explorer_engine.formats.annotations import read_annotations
    from explorer_engine.formats.judgement_lines import read_events
    from explorer_engine.formats.tables import read_rows

    if any("Name" in row for _, row in read_rows(file, ())):
        annotations, dropped = read_annotations(file)
        who = f"{IMPORTED}{source or file.stem}"
        by_target: dict[str, list[Annotation]] = {}
        for annotation in annotations:
            by_target.setdefault(str(annotation.ref), []).append(annotation)
        told = [
            (target, _joined(a.text for a in of), _joined(a.note for a in of))
            for target, of in by_target.items()
        ]
        say(f"{dropped}; {store.annotate(who, told)} new statements of {who}")
        return
    say(f"{file}: {store.add_all(read_events(file))} statements")


def _give(store: JudgementStore, out: Path, form: str) -> None:
    from explorer_engine.files import whole
    from explorer_engine.formats.judgement_lines import to_lines

    forms = {"lines": lambda: to_lines(store.events()), "published": lambda: _published(store)}
    text = forms.get(form, lambda: _csv(store))()
    with whole(out) as partial:
        partial.write_text(text, encoding="utf-8")
    say(f"{out}: {text.count(chr(10))} lines")


def _joined(texts: Iterable[str]) -> str:
    """What is said of a feature in several rows, each thing once."""
    return "; ".join(dict.fromkeys(text for text in texts if text))


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

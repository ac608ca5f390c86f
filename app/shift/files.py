"""What the SHIFT page hands out as files: judgements, report, edited classifier."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from app import world
from app.shared.text import num, pp
from app.shift.accuracies import RUN_NAMES
from app.workers import engine
from app.workers.shift import Package

if TYPE_CHECKING:
    from app.shift.screen import Screen

__all__ = ["classifier_zip", "judgements_csv", "shift_report"]


_WHO = {
    "mine": "the person who took this report",
    "majority": "the majority of those who judged",
    "any": "anyone who judged",
    "truth": "the ground truth",
}


def judgements_csv(scope: str) -> str:
    """Everybody's current judgements of one circuit: one line a person and feature."""
    votes, labels = world.judgements().votes(scope), world.judgements().labels()
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["circuit", "feature", "annotator", "judgement", "label"])
    for target, vote in votes.items():
        said = labels.get(target)
        for judgement in ("spurious", "relevant", "unsure"):
            for name in getattr(vote, judgement):
                writer.writerow([scope, target, name, judgement, said.text if said else ""])
    return out.getvalue()


def shift_report(shown: Screen) -> str:
    """What was ablated and what came of it, as Markdown with the table of runs."""
    assert shown.after is not None
    task = shown.task
    rows = [
        ("profession", shown.before.profession, shown.after.profession),
        ("gender", shown.before.attribute, shown.after.attribute),
        ("worst group", shown.before.worst, shown.after.worst),
    ]
    groups = [f"{a} {c}" for c in task.classes for a in task.attributes]
    rows += list(zip(groups, shown.before.groups, shown.after.groups, strict=True))
    retrained = ", probe retrained on the same texts without them" if shown.view.retrain else ""
    lines = [
        f"# SHIFT: {_md(task.title)}",
        "",
        f"Logistic probe on the mean over tokens of `{task.site}`. Ablated: {len(shown.ablated)} of "
        f"{len(shown.features)} features of its circuit, those that are spurious to "
        f"{_WHO[shown.view.policy]}{retrained}. "
        f"Accuracies in per cent on {task.n_texts.get('test', 0):,} balanced test texts, with 95 % "
        "intervals.",
        "",
        "| | before | after | change |",
        "|---|---|---|---|",
    ]
    for name, was, now in rows:
        lines.append(
            f"| {_md(name)} | {was[0]:.1f} | {now[0]:.1f} ({now[1]:.1f} to {now[2]:.1f}) | "
            f"{pp(now[0] - was[0])} |"
        )
    lines += [
        "",
        "| run | profession | gender | worst group | needs balanced labels |",
        "|---|---|---|---|---|",
    ]
    for run in shown.runs:
        values = " | ".join(f"{100 * v:.1f}" for v in (run.profession, run.attribute, run.worst))
        name = _md(RUN_NAMES.get(run.name, run.name))
        lines.append(f"| {name} | {values} | {'yes' if run.needs_balanced_labels else 'no'} |")
    lines += [
        "",
        "## Features",
        "",
        "| feature | name | effect on the logit | judgements | ablated |",
        "|---|---|---|---|---|",
    ]
    for f in shown.features:
        ref, vote = str(f.ref), shown.votes.get(str(f.ref))
        said = ", ".join(
            f"{kind}: {', '.join(map(_md, people))}"
            for kind in ("spurious", "relevant", "unsure")
            if vote and (people := getattr(vote, kind))
        )
        name = shown.labels.get(ref) or " ".join(repr(t) for t in f.tokens[:3])
        lines.append(
            f"| `{ref}` | {_md(name)} | {num(f.effect, True)} | {said} | "
            f"{'yes' if ref in shown.ablated else ''} |"
        )
    return "\n".join(lines) + "\n"


def classifier_zip(shown: Screen) -> bytes:
    """The classifier on screen, ready to be used in code: probe, dictionaries, description, an example."""
    facts = world.store().start.world()
    about = {
        "task": shown.task.task,
        "title": shown.task.title,
        "model": facts.model,
        "retrained": shown.view.retrain,
        "accuracies_percent": {
            name: [round(v, 2) for v in value]
            for name, value in (
                ("profession", shown.after.profession),
                ("attribute", shown.after.attribute),
                ("worst_group", shown.after.worst),
            )
        }
        if shown.after
        else {},
    }
    return engine.worker().once(Package(shown.question, about)).result()


def _md(text: str) -> str:
    """Text that cannot break a Markdown table or start a tag."""
    escaped = "".join(f"\\{c}" if c in r"\`*_[]<>|#" else c for c in text)
    return " ".join(escaped.split())

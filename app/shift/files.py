"""What the SHIFT page hands out as files: judgements, report, edited classifier."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app import annotator, world
from app.shared.text import num, pp
from app.shift.accuracies import headline
from app.shift.policies import POLICIES
from app.shift.rivals import run_name
from app.workers import engine
from app.workers.shift import Package
from explorer_engine.formats.markdown import escaped
from explorer_engine.formats.spreadsheet import to_csv
from explorer_engine.shift.bundle.origin import Origin
from explorer_engine.shift.measures import measures_of
from explorer_engine.shift.values import ClassifierFeature
from explorer_engine.store.opinions import VOTES

if TYPE_CHECKING:
    from app.shift.screen import Screen

__all__ = ["classifier_zip", "judgements_csv", "shift_report"]


_TO = {"zero": "zero", "mean": "their means over the training texts"}


def judgements_csv(scope: str) -> str:
    """Everybody's current judgements of one circuit: one line a person and feature."""
    votes, labels = world.judgements().votes(scope), world.judgements().labels()
    rows = [
        [scope, target, name, judgement, said.text if (said := labels.get(target)) else ""]
        for target, vote in votes.items()
        for judgement in VOTES
        for name in vote.of(judgement)
    ]
    return to_csv(["circuit", "feature", "annotator", "judgement", "label"], rows)


def _who(shown: Screen) -> str:
    """To whom the ablated features are spurious: by name, where it is one person."""
    by_one = shown.view.policy == "mine"
    return (by_one and (shown.view.by or annotator.name())) or POLICIES[shown.view.policy].who


def shift_report(shown: Screen) -> str:
    """What was ablated and what came of it, as Markdown with the table of runs."""
    before, after, task = shown.before, shown.after, shown.task
    assert before is not None and after is not None
    figures = headline(task)
    names = " | ".join(escaped(measure.inline) for measure in figures)
    retrained = ", probe retrained on the same texts without them" if shown.view.retrain else ""
    lines = [
        f"# SHIFT: {escaped(task.title)}",
        "",
        f"Logistic probe on the mean over tokens of `{task.site}`. Ablated: {len(shown.ablated)} of "
        f"{len(shown.features)} features of its circuit, those that are spurious to "
        f"{escaped(_who(shown))}, set to {_TO[shown.question.ablation]}{retrained}. "
        f"Accuracies in per cent on {shown.n_texts:,} {shown.question.split} texts with equal groups, "
        f"means over {shown.n_probes} probes, with 95 % intervals over probes and texts.",
        "",
        "| | before | after | change |",
        "|---|---|---|---|",
    ]
    for measure in measures_of(task):
        was, now = before.of(measure).percent, after.of(measure).percent
        lines.append(
            f"| {escaped(measure.inline)} | {was[0]:.1f} | {now[0]:.1f} ({now[1]:.1f} to {now[2]:.1f}) | "
            f"{pp(now[0] - was[0])} |"
        )
    lines += [
        "",
        f"| run, on test texts | {names} | what it needed |",
        "|---|---|---|---|---|",
    ]
    for run in (run for run in shown.runs if run.split == "test"):
        values = " | ".join(f"{run.accuracies.of(measure).percent[0]:.1f}" for measure in figures)
        name = escaped(run_name(run, task))
        lines.append(f"| {name} | {values} | {run.needs} |")
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
            f"{kind}: {', '.join(map(escaped, people))}"
            for kind in VOTES
            if vote and (people := vote.of(kind))
        )
        lines.append(
            f"| `{ref}` | {escaped(_name(shown, f))} | {num(f.effect, True)} | {said} | "
            f"{'yes' if ref in shown.ablated else ''} |"
        )
    return "\n".join(lines) + "\n"


def classifier_zip(shown: Screen) -> bytes:
    """The classifier on screen, ready to be used in code, with a card that says what it is."""
    names = {str(f.ref): _name(shown, f) for f in shown.features}
    model = world.store().start.world().model
    origin = Origin(world.current().model, model, _who(shown), shown.votes, names, discreet=True)
    return engine.worker().once(Package(shown.question, origin)).result()


def _name(shown: Screen, feature: ClassifierFeature) -> str:
    """A feature's label, or else its top tokens."""
    return shown.labels.get(str(feature.ref)) or " ".join(repr(t) for t in feature.tokens[:3])

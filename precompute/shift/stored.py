"""The table of a task that a world holds, and a row computed now for the judgements of its features."""

from __future__ import annotations

import hashlib
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from explorer_engine.errors import InputError, one_line
from explorer_engine.shift.live import ShiftSession
from explorer_engine.shift.missing import missing_rows
from explorer_engine.shift.task import ClassifierTask
from explorer_engine.shift.values import Ablation, ShiftRun, StoredClassifier
from explorer_engine.store.artefacts import ArtefactStore
from explorer_engine.world.loaded import LoadedWorld
from explorer_engine.world.world import World, open_world
from precompute.progress import bars
from precompute.shift.judged import Judged, judged_by, left_out, opened
from precompute.shift.table import Made, document, row_of

__all__ = ["Asked", "world_table"]


@dataclass(frozen=True)
class Asked:
    """What the command line asks of a world."""

    world: Path
    task: str
    judgements: Path | None
    """A file of statements; None: the app's store."""
    policy: str
    retrain: bool
    ablation: Ablation | None
    """What features are set to; None: as in the world's table."""
    device: str


def world_table(
    asked: Asked, provenance: Mapping[str, Any]
) -> tuple[dict[str, Any], ClassifierTask, list[ShiftRun]]:
    """The file's content, its task and its rows; says on stderr which judgements do not count.

    `provenance` is that of the rows computed now. Raises InputError for a task that is not there, with those
    that are, and as `judged_by` does.
    """
    world = open_world(asked.world)
    store = world.store.classifiers
    if not asked.task:
        raise InputError(f"--task is missing: this world has {', '.join(of.task.name for of in store.all())}")
    classifier, features, runs = store.get(asked.task), store.features(asked.task), store.runs(asked.task)
    with opened(asked.judgements, world) as judgements:
        if judgements.notice:
            _say(judgements.notice)
        judged = judged_by(asked.policy, judgements, classifier.circuit, features)
        unused = left_out(judgements, classifier.circuit, features, world)
    for why, n in Counter(each.why for each in unused).items():
        named = list(dict.fromkeys(each.feature for each in unused if each.why == why))
        words = "judgement does" if n == 1 else "judgements do"
        _say(f"{n} {words} not count, {why}: {', '.join(named[:5])}{' …' if named[5:] else ''}")
    stored = _made(world.store, classifier, provenance=_provenance(world.store), group_intervals=False)
    rows = [{**row_of(run, classifier.task, stored), "source": "stored"} for run in runs]
    with closing(LoadedWorld(world, device=asked.device, tell=_say)) as loaded:
        now = _made(world.store, classifier, provenance={**provenance, **_inputs(world, asked)})
        found = _live(loaded, classifier, judged, asked)
    for of, run in found:
        refs = sorted(map(str, of.spurious))
        more = {"source": "live", "policy": of.policy, "spurious_to": of.by, "ablated": refs}
        rows.append({**row_of(run, classifier.task, now), **more})
    missing = missing_rows(classifier.task, {run.name for run in runs})
    missing["intervals of the groups in stored rows"] = "a world does not keep them"
    if not found:
        missing["judged"] = f"nobody has judged a feature of {classifier.circuit}, and no truth is known"
    content = document(classifier.task, classifier.n_texts, rows, missing)
    content["judgements"] = {
        "from": "the app" if asked.judgements is None else str(asked.judgements),
        "circuit": classifier.circuit,
        "policy": asked.policy,
        "not_counted": [asdict(each) for each in unused],
    }
    return content, classifier.task, [*runs, *(run for _, run in found)]


def _live(
    loaded: LoadedWorld, classifier: StoredClassifier, judged: Sequence[Judged], asked: Asked
) -> list[tuple[Judged, ShiftRun]]:
    """A row for each, on the test texts of the first draw; without any the model is not loaded."""
    if not judged:
        return []
    session = loaded.session(classifier.task.name)
    stored: Ablation = "mean" if classifier.parameters.get("ablation") == "mean" else "zero"
    return [
        (of, _run(session, of, again, asked.ablation or stored))
        for of in judged
        for again in ((False, True) if asked.retrain else (False,))
    ]


def _run(session: ShiftSession, of: Judged, retrain: bool, ablation: Ablation) -> ShiftRun:
    progress = bars()
    progress.note(of.policy)
    report = session.evaluate(of.spurious, retrain, progress, ablation=ablation, split="test")
    found = report.accuracies
    return ShiftRun(
        f"judged by {of.policy}{'+retrain' if retrain else ''}",
        found,
        len(of.spurious),
        of.needs,
        f"the features of the circuit that are spurious to {of.by}, at {ablation}; first draw of texts",
        "test",
        ((found.label.value, found.attribute.value, found.worst.value),),
    )


def _made(
    store: ArtefactStore,
    classifier: StoredClassifier,
    provenance: Mapping[str, Any],
    group_intervals: bool = True,
) -> Made:
    seed = classifier.parameters.get("seed", 0)
    return Made(
        seed if isinstance(seed, int) else 0, 1 + len(classifier.other_probes), provenance, group_intervals
    )


def _provenance(store: ArtefactStore) -> dict[str, Any]:
    """How the world's rows were made, as it records it."""
    found = store.start.provenance("classifier")
    if not found:
        return {}
    made = found[-1]
    return {
        "command": made.command,
        "made_at": f"{made.made_at.isoformat()}Z",
        "code_version": made.code_version,
        "model_hash": made.model_hash,
        "dictionaries_hash": made.dictionaries_hash,
    }


def _inputs(world: World, asked: Asked) -> dict[str, Any]:
    file = asked.judgements
    said = None if file is None else hashlib.sha256(file.read_bytes()).hexdigest()
    return {
        "model_hash": world.fingerprint.model,
        "dictionaries_hash": world.fingerprint.dictionaries,
        "judgements_sha256": said,
    }


def _say(text: str) -> None:
    print(one_line(text), file=sys.stderr)  # noqa: T201

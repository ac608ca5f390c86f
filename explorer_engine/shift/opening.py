"""From a world on disk to a live SHIFT session: model, dictionaries, texts and the stored probe."""

from __future__ import annotations

from collections.abc import Callable

import torch

from explorer_engine.dictionaries import load_dictionaries
from explorer_engine.errors import InputError
from explorer_engine.models import load_model
from explorer_engine.shift.live import ShiftSession
from explorer_engine.shift.probe import Probe
from explorer_engine.shift.task import ClassifierTask, TextSet
from explorer_engine.store.queries.classifiers import ClassifierQueries
from explorer_engine.store.world import World

__all__ = ["open_session", "stored_task"]


def stored_task(store: ClassifierQueries, name: str) -> ClassifierTask:
    """A task of a world with its three sets of texts; text number i of a set is the i-th by id."""
    task = store.task(name)
    sets: dict[str, TextSet] = {}
    for split in ("ambiguous", "balanced", "test"):
        texts = store.texts(name, split)
        if not texts:
            raise InputError(f"task {name!r}: this world holds no {split} texts; rebuild it with `make demo`")
        sets[split] = TextSet.of(
            [t.tokens for t in texts], [t.label for t in texts], [t.attribute for t in texts]
        )
    return ClassifierTask(
        name,
        task.site,
        task.classes,
        task.attributes,
        ambiguous=sets["ambiguous"],
        balanced=sets["balanced"],
        test=sets["test"],
        skip_first=bool(task.parameters.get("skip_first", False)),
    )


def open_session(
    world: World, name: str, stage: Callable[[str], None] = lambda _: None, workers: int = 2
) -> ShiftSession:
    """A session of the task `name` with the world's own probe; `stage` is told in words what is being done.

    Raises InputError where the world lacks the model, a dictionary or the task, and for a misfitting probe.
    """
    stored = world.store.classifiers.task(name)
    stage("loading the model")
    model = load_model(world.model, device="cpu")
    sites = [site for site in model.sites if site <= stored.site]
    stage("loading the dictionaries")
    dictionaries = load_dictionaries(world.dictionaries, sites, device="cpu", widths=model.width)
    task = stored_task(world.store.classifiers, name)
    weight = torch.tensor(stored.probe_weight, dtype=model.dtype)
    if len(weight) != model.width(stored.site):
        raise InputError(
            f"task {name!r}: the stored probe has {len(weight)} weights, {stored.site} is "
            f"{model.width(stored.site)} wide; "
            "rebuild the world with `make demo`"
        )
    stage(f"reading {len(task.test):,} test texts")
    seed = stored.parameters.get("seed", 0)
    return ShiftSession(
        model,
        dictionaries,
        task,
        Probe(weight, stored.probe_bias),
        seed=seed if isinstance(seed, int) else 0,
        workers=workers,
    )

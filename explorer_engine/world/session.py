"""From a stored classifier to a live SHIFT session: its texts and its probe on a loaded world."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import torch

from explorer_engine.errors import InputError
from explorer_engine.shift.live import ShiftSession
from explorer_engine.shift.probe import Probe
from explorer_engine.shift.texts import TaskTexts, TextSet
from explorer_engine.store.queries.classifiers import ClassifierQueries

if TYPE_CHECKING:
    from explorer_engine.world.loaded import LoadedWorld

__all__ = ["SAMPLED", "open_session", "sample_of", "stored_texts"]

SAMPLED = 4
"""One of so many development texts is in a sample."""


def stored_texts(store: ClassifierQueries, name: str) -> TaskTexts:
    """The three sets of texts of a stored task; text number i of a set is the i-th by id.

    Raises InputError where there are none.
    """
    sets: dict[str, TextSet] = {}
    for split in ("ambiguous", "balanced", "test"):
        texts = store.texts(name, split)
        if not texts:
            raise InputError(f"task {name!r}: this world holds no {split} texts")
        sets[split] = TextSet.of(
            [t.tokens for t in texts], [t.label for t in texts], [t.attribute for t in texts]
        )
    return TaskTexts(**sets)


def sample_of(session: ShiftSession) -> ShiftSession:
    """The same session on every SAMPLED-th development text of each group: first figures, sooner."""
    return ShiftSession(
        session.model,
        session.dictionaries,
        session.task,
        replace(session.texts, balanced=session.texts.balanced.thinned(SAMPLED)),
        session.probes,
        means=session.means,
        seed=session.seed,
        workers=session.workers,
    )


def open_session(
    loaded: LoadedWorld, name: str, workers: int = 2, tell: Callable[[str], None] = lambda _: None
) -> ShiftSession:
    """A session of the task `name` with the world's own probe; `tell` is told in words what is being done.

    Raises InputError where the world lacks the model, a dictionary or the task, and for a misfitting probe.
    """
    store = loaded.world.store
    stored = store.classifiers.get(name)
    task, model = stored.task, loaded.model
    sites = [row.site for row in store.start.dictionaries() if row.site <= task.site]
    dictionaries = loaded.dictionaries(sites)
    texts = stored_texts(store.classifiers, name)
    probes = [
        Probe(torch.tensor(weight, dtype=model.dtype), bias)
        for *weight, bias in ((*stored.probe_weight, stored.probe_bias), *stored.other_probes)
    ]
    for probe in probes:
        if len(probe.weight) != model.width(task.site):
            raise InputError(
                f"task {name!r}: a stored probe has {len(probe.weight)} weights, {task.site} of the model is "
                f"{model.width(task.site)} wide"
            )
    means = {f.ref: f.mean for f in store.classifiers.features(name) if f.mean is not None}
    tell(f"reading {len(texts.balanced):,} development texts")
    seed = stored.parameters.get("seed", 0)
    return ShiftSession(
        model,
        dictionaries,
        task,
        texts,
        probes,
        means=means,
        seed=seed if isinstance(seed, int) else 0,
        workers=workers,
    )

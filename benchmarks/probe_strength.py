"""How much of SHIFT's gain belongs to the probe: weakly and strongly trained ones on the same activations.

`python -m benchmarks.probe_strength WORLD` trains probes of several strengths for every classifier of a world
and prints their accuracies on the test texts, with features ablated as the world's table has it.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import torch
from sklearn.linear_model import LogisticRegression
from torch import Tensor

from explorer_engine.shift import Accuracies, ClassifierFeature, Probe, ShiftSession, report_of, train_probe
from explorer_engine.shift.values import Ablation
from explorer_engine.sites import FeatureRef
from explorer_engine.world.loaded import LoadedWorld
from explorer_engine.world.world import open_world

__all__ = ["STRENGTHS", "Line", "main", "strength_table"]

Trainer = Callable[[Tensor, Tensor], Sequence[Probe]]
"""Activations [N,d] and labels [N] → one probe for each seed, or one where nothing is drawn."""
_SEEDS = range(10)


def _adamw(epochs: int, pooled: Tensor, label: Tensor) -> list[Probe]:
    return [train_probe(pooled, label, seed=seed, epochs=epochs) for seed in _SEEDS]


def _logistic(c: float, pooled: Tensor, label: Tensor) -> list[Probe]:
    fitted = LogisticRegression(C=c, max_iter=10_000).fit(pooled.double().numpy(), label.numpy())
    return [Probe(torch.tensor(fitted.coef_[0], dtype=pooled.dtype), float(fitted.intercept_[0]))]


STRENGTHS: dict[str, Trainer] = {
    "AdamW, 1 epoch (the table's)": partial(_adamw, 1),
    "AdamW, 5 epochs": partial(_adamw, 5),
    "AdamW, 20 epochs": partial(_adamw, 20),
    "logistic regression, C = 0.001": partial(_logistic, 0.001),
    "logistic regression, C = 0.03": partial(_logistic, 0.03),
    "logistic regression, C = 1": partial(_logistic, 1.0),
}
"""How probes are trained, weakest first of each kind."""


@dataclass(frozen=True)
class Line:
    """One strength of the probe, and one thing done to it."""

    strength: str
    done: str
    accuracies: Accuracies


def strength_table(
    session: ShiftSession,
    sets: Mapping[str, Sequence[FeatureRef]],
    ablation: Ablation,
    strengths: Mapping[str, Trainer] | None = None,
) -> list[Line]:
    """Lines of every strength on the test texts: the probe as it is, and for each of `sets` (name → features)
    the same probe with these ablated, and one trained again without them.

    Activations are computed once for each set.
    """
    changes: dict[str, Sequence[FeatureRef]] = {"original": (), **sets}
    train, test = (
        {name: session.pooled(texts, refs, ablation) for name, refs in changes.items()}
        for texts in ("ambiguous", "test")
    )
    label, out = session.texts.ambiguous.label, []

    def line(strength: str, done: str, probes: Sequence[Probe], pooled: Tensor) -> None:
        logits = torch.stack([probe(pooled) for probe in probes])
        found = report_of(logits, session.texts.test, seed=session.seed)
        out.append(Line(strength, done, found.accuracies))

    for strength, trained in (STRENGTHS if strengths is None else strengths).items():
        probes = trained(train["original"], label)
        for name in changes:
            line(strength, name, probes, test[name])
            if name != "original":
                line(strength, f"{name}+retrain", trained(train[name], label), test[name])
    return out


def main(arguments: Sequence[str] | None = None) -> None:
    """Print a table for every classifier of a world."""
    parser = argparse.ArgumentParser(description="SHIFT with probes of several strengths")
    parser.add_argument("world", type=Path, nargs="?", default=Path("assets/demo"), help="folder of a world")
    loaded = LoadedWorld(open_world(parser.parse_args(arguments).world))
    store = loaded.world.store.classifiers
    for classifier in store.all():
        task = classifier.task
        ablation: Ablation = "mean" if classifier.parameters.get("ablation") == "mean" else "zero"
        print(f"\n{task.name}, per cent on the test texts, ablation to {ablation}")
        heads = (task.label_name.lower(), task.attribute_name.lower(), "worst group")
        print(f"{'':<34}{'':<18}" + "".join(f"{head:>13}" for head in heads))
        lines = strength_table(loaded.session(task.name), _sets(store.features(task.name)), ablation)
        for line in lines:
            found = line.accuracies
            values = (found.label.value, found.attribute.value, found.worst.value)
            first = line.strength if line.done == "original" else ""
            print(f"{first:<34}{line.done:<18}" + "".join(f"{100 * value:>13.1f}" for value in values))
    loaded.close()


def _sets(features: Sequence[ClassifierFeature]) -> dict[str, list[FeatureRef]]:
    """What the ground truth calls spurious, and what half of the readers do, where the world says it."""
    sets = {
        "shift": [f.ref for f in features if f.spurious],
        "readers": [f.ref for f in features if f.readers is not None and f.readers >= 0.5],
    }
    return {name: refs for name, refs in sets.items() if refs}


if __name__ == "__main__":
    main()

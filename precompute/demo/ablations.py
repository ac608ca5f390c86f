"""`python -m precompute.demo.ablations`: zero against mean ablation, on texts of another seed."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Sequence

import torch

from explorer_engine.shift.live import ShiftSession
from explorer_engine.shift.report import accuracies_of
from explorer_engine.shift.values import ABLATIONS
from explorer_engine.sites import FeatureRef
from precompute.demo.other_texts import add_work, studied
from precompute.progress import say

__all__ = ["main"]


def main() -> None:
    """Print what the ground truth, the readers and embedding features reach with either ablation."""
    parser = argparse.ArgumentParser(prog="python -m precompute.demo.ablations", description=__doc__)
    add_work(parser)
    for name, found, _ in studied(parser.parse_args().work):
        say(f"{name}: profession / gender / worst group, per cent")
        for row, sets in (
            ("original", [()]),
            ("ground truth", [found.given.spurious or ()]),
            ("readers", found.given.readers),
            ("embedding features", [found.given.embedding or ()]),
        ):
            _print(found.session, row, sets)


def _print(session: ShiftSession, row: str, sets: Sequence[Iterable[FeatureRef]]) -> None:
    cells = []
    for ablation in ABLATIONS:
        for retrain in (False, True):
            logits = [session.logits(refs, retrain, ablation=ablation, split="test") for refs in sets]
            found = accuracies_of([(torch.cat(logits), session.texts.test)])
            shares = (found.label, found.attribute, found.worst)
            figures = " / ".join(f"{100 * share.value:.1f}" for share in shares)
            cells.append(f"{ablation}{', retrained' if retrain else ''}: {figures}")
    say(f"{row:<20} {' | '.join(cells)}")


if __name__ == "__main__":
    main()

"""`python -m precompute.demo.readings`: where the same judge's marks count, on texts of another seed.

What readers call spurious, and what labels show to be, ablated everywhere, everywhere but at the probe's own
site, at the embedding's features of the circuit alone, and at all features of the embedding.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Collection, Sequence

import torch

from explorer_engine.shift.live import ShiftSession
from explorer_engine.shift.readers import READERS, spurious_to
from explorer_engine.shift.report import accuracies_of
from explorer_engine.sites import FeatureRef, Site
from precompute.demo.other_texts import add_work, studied
from precompute.progress import say

__all__ = ["main"]

EMBED = Site("embed", -1)


def main() -> None:
    """Print a row for each judge and each choice of sites."""
    parser = argparse.ArgumentParser(prog="python -m precompute.demo.readings", description=__doc__)
    add_work(parser)
    for name, found, reading in studied(parser.parse_args().work):
        session, given = found.session, found.given
        say(f"{name}: features, profession / gender / worst group, per cent")
        _print(session, "original", [()])
        every = [FeatureRef(EMBED, j) for j in range(session.dictionaries[EMBED].n_features)]
        contexts = reading.contexts(every)
        read = [spurious_to(reader, contexts, reading.words) for reader in READERS]
        for judge, judged, whole in (
            ("readers", given.readers, read),
            ("labels", [frozenset(given.spurious or ())], [frozenset(given.embedding or ())]),
        ):
            for where, keeps in _places(session.task.site).items():
                _print(session, f"{judge}, {where}", [[r for r in refs if keeps(r)] for refs in judged])
            _print(session, f"{judge}, whole embedding", whole)


def _places(probe: Site) -> dict[str, Callable[[FeatureRef], bool]]:
    return {
        "circuit": lambda _: True,
        "but the probe's site": lambda ref: ref.site != probe,
        "but the embedding": lambda ref: ref.site != EMBED,
        "its embedding alone": lambda ref: ref.site == EMBED,
    }


def _print(session: ShiftSession, row: str, sets: Sequence[Collection[FeatureRef]]) -> None:
    logits = [session.logits(tuple(refs), ablation="mean", split="test") for refs in sets]
    found = accuracies_of([(torch.cat(logits), session.texts.test)])
    shares = (found.label, found.attribute, found.worst)
    figures = " / ".join(f"{100 * share.value:.1f}" for share in shares)
    say(f"{row:<30}{sum(map(len, sets)) / len(sets):6.1f}   {figures}")


if __name__ == "__main__":
    main()

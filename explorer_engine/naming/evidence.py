"""What patterns are found and tested on: a feature's contexts, and places of the documents besides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from explorer_engine.dashboards.values import FeatureContext
from explorer_engine.naming.texts import Texts

__all__ = ["Evidence", "Sought", "halves", "seen", "sought"]

_TOKENS, _LIKE = 12, 240
"""Tokens that a feature is active on, the commonest, and places of the documents with one of them."""


@dataclass(frozen=True, eq=False)
class Evidence:
    """Places in the windows of some of a feature's contexts, each once."""

    places: np.ndarray
    """[n] indices into the texts' tokens."""
    activation: np.ndarray
    """[n] of the feature."""
    document: np.ndarray
    """[n] which document each lies in, counted from 0."""


def halves(contexts: Sequence[FeatureContext]) -> tuple[list[FeatureContext], list[FeatureContext]]:
    """Contexts to find a pattern on and others to test it on, of every bin alike, no document in both."""
    side: dict[int, int] = {}
    found: tuple[list[FeatureContext], list[FeatureContext]] = ([], [])
    for context in sorted(contexts, key=lambda c: (c.bin, c.rank)):
        here = side.setdefault(context.document, int(len(found[0]) > len(found[1])))
        found[here].append(context)
    return found


def seen(contexts: Sequence[FeatureContext], texts: Texts, numbers: Mapping[int, int]) -> Evidence:
    """All places of the contexts' windows; `numbers`: document id → its number in `texts`."""
    windows = [np.arange(len(c.shades)) + c.first + texts.starts[numbers[c.document]] for c in contexts]
    activation = np.concatenate([np.array(c.shades) * (c.scale / 255) for c in contexts])
    documents = np.unique([c.document for c in contexts], return_inverse=True)[1]
    places, first = np.unique(np.concatenate(windows), return_index=True)
    return Evidence(places, activation[first], np.repeat(documents, [len(w) for w in windows])[first])


@dataclass(frozen=True, eq=False)
class Sought:
    """Places of which the active ones are to be told from all others."""

    places: np.ndarray
    """[n] active ones, then silent ones near them, then places of the documents."""
    gain: np.ndarray
    """[n] share of the activation; 0 where it is not active."""
    near: np.ndarray
    """[n] 1 for a silent place near an active one."""
    far: np.ndarray
    """[n] share of the documents' tokens that a place stands for."""
    document: np.ndarray
    """[n] which document an active place lies in; −1 of other places."""
    density: float
    """Share of the documents' tokens on which the feature is active."""

    def only(self, rows: np.ndarray) -> Sought:
        """Some of the places, `rows` [n] bool."""
        return Sought(
            self.places[rows],
            self.gain[rows],
            self.near[rows],
            self.far[rows],
            self.document[rows],
            self.density,
        )

    def precision(self, held: np.ndarray) -> float:
        """How many of the places `held` [n] bool are active, as `precision` has it."""
        gain, near, far = (part[held] for part in (self.gain, self.near, self.far))
        return float(precision((gain > 0).sum(), near.sum(), far.sum(), gain.sum(), self.density))

    def f1(self, held: np.ndarray, total: float) -> float:
        """F1 of telling the places `held` [n] bool, where `total` is the activation to be explained."""
        recall, sure = self.gain[held].sum() / total, self.precision(held)
        return float(2 * sure * recall / max(sure + recall, 1e-9))


def precision(count, near, far, gain, density):  # type: ignore[no-untyped-def]
    """The worse of two shares, numbers or arrays: of active places among those shown, and in all documents.

    `count` active and `near` silent ones are shown. A feature that is active on the share `density` of all
    tokens, of which the share `gain` is told, can be so on no more than their product of `far`, the share of
    all tokens that is told.
    """
    return np.minimum(
        count / np.maximum(count + near, 1e-9), np.minimum(gain * density / np.maximum(far, 1e-12), 1)
    )


def sought(evidence: Evidence, texts: Texts, sample: np.ndarray, least: float, density: float) -> Sought:
    """The places shown, active from `least` on or silent, a `sample` of the documents, and look-alikes.

    Look-alikes are places of the documents with the tokens that the feature is active on.
    """
    active, silent = evidence.activation >= least, evidence.activation <= 0
    tokens, count = np.unique(texts.tokens[evidence.places[active]], return_counts=True)
    tokens = tokens[np.argsort(-count, kind="stable")[:_TOKENS]]
    like = [texts.places_of(token, _LIKE // len(tokens)) for token in tokens.tolist()]
    shares = texts.counts[tokens] / texts.n_tokens
    rest = sample[~np.isin(texts.tokens[sample], tokens)]
    far = [np.full(len(p), share / max(1, len(p))) for p, share in zip(like, shares, strict=True)]
    far.append(np.full(len(rest), 1 / len(sample)))
    n, near, others = int(active.sum()), int(silent.sum()), sum(map(len, far))
    strength = evidence.activation[active]
    return Sought(
        np.concatenate([evidence.places[active], evidence.places[silent], *like, rest]),
        np.concatenate([strength / max(strength.sum(), 1e-12), np.zeros(near + others)]),
        np.concatenate([np.zeros(n), np.ones(near), np.zeros(others)]),
        np.concatenate([np.zeros(n + near), *far]),
        np.concatenate([evidence.document[active], np.full(near + others, -1)]),
        density,
    )

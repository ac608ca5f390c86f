"""Classes of tokens found from data: tokens that stand between the same neighbours, coarser and coarser."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.cluster.hierarchy import cut_tree, ward
from scipy.sparse import coo_matrix, hstack
from sklearn.decomposition import TruncatedSVD
from sklearn.preprocessing import normalize

from explorer_engine.naming.texts import REACH, Texts

__all__ = ["Classes", "token_classes"]

_MOST, _LEAST = 3000, 6
"""Tokens that are put into classes: the commonest ones, of those that stand in the documents so often."""
_NEIGHBOURS, _DIMENSIONS = 600, 40
_SIZES = (4, 10, 30)
"""Mean number of tokens in a class, by level."""


@dataclass(frozen=True, eq=False)
class Classes:
    """Classes of tokens, from each token alone (level 0) to coarse ones."""

    labels: np.ndarray
    """[levels, V+1] the class of each token, called by one of its tokens."""
    common: np.ndarray
    """[levels, V+1] how likely a class stands among REACH tokens of the documents."""


def token_classes(texts: Texts) -> Classes:
    """The classes of the tokens of some documents.

    Tokens are alike whose neighbours at the left and at the right are (Ward's clusters of the square roots of
    their distributions, as in distributional similarity since Brown et al., 1992). What is too rare for that,
    and the boundary between texts, is a class of its own on every level.
    """
    found = _labels(texts)
    shares = [np.bincount(label, texts.counts, minlength=len(label)) / texts.n_tokens for label in found]
    return Classes(found, 1 - (1 - np.array(shares)) ** REACH)


def _labels(texts: Texts) -> np.ndarray:
    n = len(texts.counts)
    found = np.tile(np.arange(n), (1 + len(_SIZES), 1))
    order = np.argsort(-texts.counts[:-1], kind="stable")[:_MOST]
    known = order[texts.counts[order] >= _LEAST]
    if len(known) <= _SIZES[0]:
        return found
    tree = ward(_vectors(texts, known))
    for level, size in enumerate(_SIZES, start=1):
        label = cut_tree(tree, n_clusters=max(2, len(known) // size))[:, 0]
        first = np.full(label.max() + 1, n)
        np.minimum.at(
            first, label, known
        )  # a class is called by its first token, so that labels stay below V
        found[level, known] = first[label]
    return found


def _vectors(texts: Texts, known: np.ndarray) -> np.ndarray:
    """[known, d] the neighbours of each token, in few dimensions, of length 1."""
    n = len(texts.counts)
    row = np.full(n, -1)
    row[known] = np.arange(len(known))
    neighbours = np.argsort(-texts.counts, kind="stable")[:_NEIGHBOURS]
    column = np.full(n, -1)
    column[neighbours] = np.arange(len(neighbours))
    sides = []
    for step in (-1, 1):
        here, beside = row[texts.tokens[texts.places]], column[texts.tokens[texts.places + step]]
        both = (here >= 0) & (beside >= 0)
        shape = (len(known), len(neighbours))
        counts = coo_matrix((np.ones(both.sum()), (here[both], beside[both])), shape=shape).tocsr()
        counts.sum_duplicates()
        sides.append(normalize(counts, "l1").sqrt())
    vectors = hstack(sides).tocsr()
    few = min(len(known), 2 * len(neighbours)) <= _DIMENSIONS
    dense = vectors.toarray() if few else TruncatedSVD(_DIMENSIONS, random_state=0).fit_transform(vectors)
    return np.asarray(normalize(dense))

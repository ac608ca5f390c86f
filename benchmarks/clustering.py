"""Clustering of more contexts than similarities of all pairs allow: time, memory, and planted clusters found.

    python -m benchmarks.clustering [--contexts 2500 5000 10000 20000]

A context's row is sparse, as effects of SAE features are: 20 of the 100 features of its own cluster, and 280
of all 50,000, with random sizes; 100 clusters. `spectral` is not asked above 10,000 contexts, whose
similarities take 0.8 GB, and several times that on the way. NMI is with what was planted.
"""

from __future__ import annotations

import argparse

import numpy as np
import scipy.sparse
from sklearn.metrics import normalized_mutual_info_score

from benchmarks.circuit_discovery_setup import metered
from explorer_engine.behaviours.cluster import clustered
from explorer_engine.behaviours.options import BehaviourOptions, ClusteringOptions, Method

CLUSTERS, FEATURES, OWN = 100, 50_000, 100
ACTIVE, OTHERS = 20, 280
MOST: dict[Method, int] = {"spectral": 10_000, "cosines": 1 << 30, "neighbours": 1 << 30, "k-means": 10_000}


def rows(n: int, seed: int = 0) -> tuple[scipy.sparse.csr_array, np.ndarray]:
    """n rows [n, FEATURES] and the cluster [n] of each."""
    random = np.random.default_rng(seed)
    own = random.integers(FEATURES, size=(CLUSTERS, OWN))
    planted = random.integers(CLUSTERS, size=n)
    of_cluster = own[planted[:, None], random.integers(OWN, size=(n, ACTIVE))]
    columns = np.concatenate([of_cluster, random.integers(FEATURES, size=(n, OTHERS))], axis=1)
    values = random.exponential(size=columns.shape).astype(np.float32)
    place = (np.repeat(np.arange(n), columns.shape[1]).astype(np.int32), columns.ravel().astype(np.int32))
    made = scipy.sparse.coo_array((values.ravel(), place), shape=(n, FEATURES))
    return scipy.sparse.csr_array(made.tocsr()), planted


def main() -> None:
    """Print a line for each number of contexts and method."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.clustering", description=__doc__)
    parser.add_argument("--contexts", type=int, nargs="+", default=[2500, 5000, 10_000, 20_000])
    args = parser.parse_args()
    print(f"{'contexts':>8} {'method':<12}{'CPU s':>8}{'GB at most':>12}{'NMI':>7}")
    for n in args.contexts:
        matrix, planted = rows(n)
        for method, most in MOST.items():
            if n > most:
                continue
            options = BehaviourOptions(clusters=CLUSTERS, matrix_limit=max(n, 8192))
            with metered() as meter:
                found = clustered(matrix, ClusteringOptions(method=method), options)
            score = normalized_mutual_info_score(planted, found.cluster)
            print(f"{n:>8} {method:<12}{meter.cpu:8.1f}{meter.peak / 1e9:12.2f}{score:7.3f}", flush=True)


if __name__ == "__main__":
    main()

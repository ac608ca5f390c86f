"""`python -m precompute.demo.representations`: every way to cluster the demo's contexts, scored."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from typing import get_args

import numpy as np
import torch

from explorer_engine.behaviours.cluster import clustered
from explorer_engine.behaviours.filter import Predictions, examples_of, tokens_before
from explorer_engine.behaviours.options import (
    BehaviourOptions,
    ClusteringOptions,
    Method,
    Positions,
    RepresentedBy,
)
from explorer_engine.behaviours.represent.kinds import represented, title_of
from explorer_engine.behaviours.score import scores, token_clusters
from explorer_engine.dictionaries import load_dictionaries
from explorer_engine.models import load_model
from explorer_engine.world.world import World, open_world
from precompute.demo.recipe import DemoRecipe
from precompute.progress import bars, say

__all__ = ["main"]

REPRESENTATIONS = [
    ClusteringOptions(kind, positions)
    for kind in get_args(RepresentedBy)
    for positions in get_args(Positions)
    if kind != "gradients" or positions == "sum"
]
METHODS = [method for method in get_args(Method) if method != "auto"]


def main() -> None:
    """Print NMI and purity of every representation and method, on the contexts that a world has clustered."""
    options = DemoRecipe().behaviours
    parser = argparse.ArgumentParser(prog="python -m precompute.demo.representations", description=__doc__)
    parser.add_argument("world", type=Path, nargs="?", default=Path("assets/demo"), help="(%(default)s)")
    clusters = "how many; 0: chosen as the paper does (%(default)s)"
    parser.add_argument("--clusters", type=int, default=options.clusters, help=clusters)
    args = parser.parse_args()
    torch.set_num_threads(1)
    _table(open_world(args.world), replace(options, clusters=args.clusters))


def _table(world: World, options: BehaviourOptions) -> None:
    documents, predictions, truth = _contexts(world)
    model = load_model(world.model, device="cpu")
    dictionaries = load_dictionaries(world.dictionaries, model.sites, device="cpu", model=model)
    examples = examples_of(documents, predictions, options.context)
    say(f"{len(predictions)} contexts of {len(set(truth))} planted behaviours; clusters: NMI, purity")
    say(f"{'':<44}" + "".join(f"{method:>20}" for method in METHODS))
    for by in REPRESENTATIONS:
        matrix = represented(model, dictionaries, examples, by, options, bars())
        cells = []
        for method in METHODS:
            cluster = clustered(matrix, replace(by, method=method), options).cluster
            cells.append(_cell(cluster, truth))
        say(f"{title_of(by):<44}" + "".join(cells))
    if options.clusters:
        before = tokens_before(documents, predictions)
        tokens = token_clusters(predictions.answer, before, options.clusters, options.seed)
        say(f"{'The answer and the token before it':<44}{_cell(tokens, truth)}")


def _cell(cluster: np.ndarray, truth: list[str]) -> str:
    found = scores(cluster, truth)
    return f"{f'{len(np.unique(cluster))}: {found.nmi:.3f}, {found.purity:.3f}':>20}"


def _contexts(world: World) -> tuple[list[list[int]], Predictions, list[str]]:
    """The world's documents, its clustered predictions in order of document and position, and their truth."""
    reader = world.store.reader
    documents = [tokens for (tokens,) in reader.rows("SELECT tokens FROM document ORDER BY id")]
    first = world.store.behaviours.clusterings()[0].id
    rows = reader.rows(
        """SELECT c.document, c.position, c.answer, -ln(c.p), c.truth
           FROM behaviour_context c JOIN behaviour b ON b.id = c.behaviour
           WHERE b.clustering = ? ORDER BY c.document, c.position""",
        [first],
    )
    *columns, truth = zip(*rows, strict=True)
    return documents, Predictions(*map(np.array, columns)), list(truth)


if __name__ == "__main__":
    main()

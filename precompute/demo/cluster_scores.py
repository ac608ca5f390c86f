"""Stage `cluster-scores`: how well clusters find the planted behaviours, on three samples of the text."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from explorer_engine.behaviours.cluster import clustered
from explorer_engine.behaviours.filter import Predictions, confident_predictions, examples_of, tokens_before
from explorer_engine.behaviours.options import BehaviourOptions
from explorer_engine.behaviours.represent.kinds import represented
from explorer_engine.behaviours.score import scores, token_clusters
from explorer_engine.behaviours.values import Scores
from explorer_engine.files import whole
from precompute.demo.planted import PlantedChoice
from precompute.engine.stage import Stage
from precompute.kept import read_values
from precompute.progress import bars
from precompute.source import Source
from precompute.stages.behaviours import clustering_work

__all__ = ["SAMPLES", "read_scores", "stage"]

SAMPLES = {
    "balanced": "as many of each",
    "natural": "as often as in the text",
    "all roles": "left-out roles in",
}
"""Sample → what it is, in words."""


def stage(options: BehaviourOptions, source: Source, planted: PlantedChoice) -> Stage:
    """SAMPLE.json with the scores of each clustering's clusters, and of clusters by tokens alone."""
    job = _ClusterScores(options, source, planted)
    decides = {**asdict(options), **asdict(planted.recipe)}
    return Stage(
        "cluster-scores", 2, decides, source.places, job.run, lambda: [list(SAMPLES)],
        lambda of: clustering_work(options, of, planted.most).times(len(SAMPLES)),
    )  # fmt: skip


def read_scores(folder: Path, sample: str) -> Mapping[str, Scores]:
    """What clusters are made by → their scores: the clusterings in order, `tokens`, `token identity`."""
    found = read_values(folder / f"{sample}.json")
    return {name: Scores(**values) for name, values in found.items()}


@dataclass(frozen=True)
class _ClusterScores:
    """A unit is a sample."""

    options: BehaviourOptions
    source: Source
    planted: PlantedChoice

    def run(self, unit: str, folder: Path) -> None:
        o, source = self.options, self.source
        everything = confident_predictions(
            source.model, source.documents, max_loss=o.max_loss, min_context=o.min_context, progress=bars()
        )
        predictions, truth = self._sample(unit, everything)
        examples = examples_of(source.documents, predictions, o.context)
        clusters = {}
        for clustering in o.clusterings:
            matrix = represented(source.model, source.dictionaries, examples, clustering, o, bars())
            clusters[clustering.id] = clustered(matrix, clustering, o).cluster
        first = clusters[o.clusterings[0].id]
        before = tokens_before(source.documents, predictions)
        clusters["tokens"] = token_clusters(predictions.answer, before, len(np.unique(first)), o.seed)
        clusters["token identity"] = predictions.answer
        found = {name: asdict(scores(number, truth)) for name, number in clusters.items()}
        with whole(folder / f"{unit}.json") as partial:
            partial.write_text(json.dumps(found, indent=1))

    def _sample(self, unit: str, everything: Predictions) -> tuple[Predictions, Sequence[str]]:
        match unit:
            case "natural":
                return self.planted.natural(everything)
            case "all roles":
                return self.planted.all_roles(everything)
            case _:
                return self.planted(everything)

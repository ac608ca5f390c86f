"""Stage `behaviours`: confident predictions, clustered by what they rest on, scored against planted truth."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import numpy as np

from explorer_engine.behaviours import (
    Agreement,
    CircuitFigures,
    Predictions,
    Representation,
    agreement,
    angular_similarity,
    circuit_figures,
    confident_predictions,
    examples_of,
    feature_activations,
    linear_effects,
    spectral_clusters,
)
from explorer_engine.behaviours.rows import (
    behaviour_rows,
    by_certainty,
    context_rows,
    neighbour_rows,
    similarity_rows,
)
from explorer_engine.circuits.circuit import Circuit
from explorer_engine.circuits.discovery import discover
from explorer_engine.circuits.faithfulness import sweep_counts
from explorer_engine.circuits.options import CircuitOptions, SweepOptions
from explorer_engine.circuits.rows import CircuitEntry, to_rows
from explorer_engine.store import shards
from precompute.demo.corpus.roles import PLANTED
from precompute.demo.inputs import Made, load_made
from precompute.demo.language_model import (
    LanguageModelRecipe,
    checkpoint_steps,
    load_checkpoint,
    token_losses,
)
from precompute.demo.quality import figure, write_figures
from precompute.progress import progress, reporter

__all__ = ["BehaviourRecipe", "make_behaviours"]


@dataclass(frozen=True)
class BehaviourRecipe:
    """How behaviours are found."""

    max_loss: float = 0.3
    """Nats: what counts as a confident prediction."""
    per_role: int = 60
    """Most contexts taken of one planted behaviour: otherwise boilerplate of biographies is half of all."""
    clusters: int = 20
    context: int = 64
    """Tokens before the answer that effects are computed on."""
    circuit_contexts: int = 16
    """Contexts behind one behaviour's circuit, the most certain ones."""
    circuit_nodes: int = 50
    edge_threshold: float = 0.005
    activations_at: int = 1
    """The second clustering takes activations at so many positions before the answer."""
    planted: dict[str, str] = field(default_factory=lambda: dict(PLANTED))
    """Role → label of the behaviours whose contexts are clustered."""
    seed: int = 0


SWEPT = (1, 2, 5, 10, 15, 20, 30, 50, 100, 200)
"""Sizes at which a behaviour's circuit is tested."""
FIRST_ID = 100
"""Behaviours of the second clustering count from here."""
CLUSTERINGS = {
    "effects": (
        "SAE effects, all positions summed",
        "linear effects of SAE features on −log p, zero ablation",
    ),
    "activations": (
        "SAE activations, last position",
        "activations of SAE features where the answer is predicted",
    ),
}


def make_behaviours(
    recipe: BehaviourRecipe, lm_recipe: LanguageModelRecipe, work: Path, folder: Path
) -> None:
    """Shards of the clusterings, their behaviours with contexts, circuits and training-loss curves."""
    made = load_made(work)
    predictions, truth = _planted_predictions(recipe, made)
    examples = examples_of(made.documents, predictions, recipe.context)
    representations = {
        "effects": linear_effects(
            made.model, made.dictionaries, examples, progress=reporter("effects of features")
        ),
        "activations": feature_activations(
            made.model, made.dictionaries, examples, last=recipe.activations_at
        ),
    }
    target, assigned = folder / "shards", {}
    scores = {}
    for k, (name, representation) in enumerate(representations.items()):
        similarity = angular_similarity(representation.matrix)
        clusters = spectral_clusters(similarity, recipe.clusters, recipe.seed)
        scores[name], assigned[name] = agreement(clusters, predictions.answer, truth), clusters
        found = _Clustered(name, FIRST_ID * k, predictions, truth, clusters)
        circuits = _circuits(recipe, made, found, target)
        _write(found, representation, similarity, circuits, target)
    rows = (_clustering_row(recipe, len(truth), *item) for item in scores.items())
    shards.write(target, "clustering", rows)
    shards.write(target, "training_loss", _loss_curves(lm_recipe, work, made, predictions, assigned))
    best = scores["effects"]
    note = (
        f"{recipe.clusters} clusters of {len(predictions)} contexts of {len(set(truth))} planted behaviours"
    )
    write_figures(
        [
            figure("behaviours", "agreement with planted truth (NMI)", best.nmi, note),
            figure("behaviours", "agreement with planted truth (purity)", best.purity, note),
            figure("behaviours", "token identity alone (NMI)", best.nmi_token_identity),
            figure("behaviours", "token identity alone (purity)", best.purity_token_identity),
        ],
        folder,
    )


@dataclass(frozen=True, eq=False)
class _Clustered:
    """One clustering of the predictions."""

    name: str
    first_id: int
    """Id of its first behaviour."""
    predictions: Predictions
    truth: list[str]
    clusters: np.ndarray

    def label(self, cluster: int) -> tuple[str, str]:
        """What a cluster is called, and on what grounds: the truths that most of its contexts share."""
        own = Counter(self.truth[i] for i in np.flatnonzero(self.clusters == cluster))
        total = own.total()
        first, *others = own.most_common(3)
        named = [first, *(other for other in others if first[1] < 0.7 * total and other[1] >= 0.15 * total)]
        words = [first[0], *(name[0].lower() + name[1:] for name, _ in named[1:])]
        shares = ", ".join(f"{n / total:.2f}" for _, n in named)
        return "; ".join(words), f"planted truth: share {shares}"


def _write(
    found: _Clustered,
    representation: Representation,
    similarity: np.ndarray,
    circuits: Mapping[int, tuple[str, CircuitFigures]],
    target: Path,
) -> None:
    """Shards of the behaviours of one clustering."""
    predictions, clusters, truth = found.predictions, found.clusters, found.truth
    first_id = found.first_id
    rows = []
    for row in behaviour_rows(found.name, predictions, clusters, circuits=circuits, first_id=first_id):
        label, source = found.label(int(str(row["id"])) - first_id)
        rows.append(row | {"label": label, "label_source": source})
    tables = {
        "behaviour": rows,
        "behaviour_context": context_rows(predictions, clusters, truth=truth, first_id=first_id),
        "behaviour_similarity": similarity_rows(similarity, predictions, clusters, first_id=first_id),
        "behaviour_neighbour": neighbour_rows(representation.matrix, clusters, first_id=first_id),
    }
    for table, content in tables.items():
        shards.write(target, table, content, found.name)


def _clustering_row(recipe: BehaviourRecipe, n: int, name: str, scores: Agreement) -> dict[str, object]:
    title, words = CLUSTERINGS[name]
    row = {"id": name, "title": title, "representation": words, "n_clusters": recipe.clusters}
    return row | {"n_samples": n, **vars(scores)}


def _planted_predictions(recipe: BehaviourRecipe, made: Made) -> tuple[Predictions, list[str]]:
    """Confident, correct, new predictions of planted roles, at most `per_role` of each, and their labels."""
    everything = confident_predictions(
        made.model, made.documents, max_loss=recipe.max_loss, progress=reporter("confident predictions")
    )
    by_role: dict[str, list[int]] = {}
    for row, (document, position) in enumerate(
        zip(everything.document.tolist(), everything.position.tolist(), strict=True)
    ):
        by_role.setdefault(made.roles(document, position), []).append(row)
    rng = Random(recipe.seed)
    chosen: list[int] = []
    for role in recipe.planted:
        rows = by_role.get(role, [])
        chosen += sorted(rng.sample(rows, min(recipe.per_role, len(rows))))
    chosen.sort()
    kept = everything[np.array(chosen)]
    truth = [
        recipe.planted[made.roles(d, p)]
        for d, p in zip(kept.document.tolist(), kept.position.tolist(), strict=True)
    ]
    return kept, truth


def _circuits(
    recipe: BehaviourRecipe, made: Made, clustered: _Clustered, target: Path
) -> dict[int, tuple[str, CircuitFigures]]:
    """One zero-ablation, summed circuit a cluster, written with its faithfulness; ids and figures."""
    entries, figures = [], {}
    predictions, first_id = clustered.predictions, clustered.first_id
    options = CircuitOptions(
        metric="log-prob",
        baseline="zero",
        aggregation="sum",
        n_nodes=recipe.circuit_nodes,
        edge_threshold=recipe.edge_threshold,
    )
    for cluster in progress(np.unique(clustered.clusters).tolist(), "circuits of behaviours"):
        own = by_certainty(predictions, clustered.clusters, cluster)[: recipe.circuit_contexts]
        examples = examples_of(made.documents, predictions[own], recipe.context)
        found = discover(made.model, made.dictionaries, examples, options)
        label, id = clustered.label(cluster)[0], f"behaviour-{first_id + cluster}"
        curve = sweep_counts(
            made.model,
            made.dictionaries,
            found.averages,
            examples,
            SWEPT,
            SweepOptions(ablation="zero"),
            metric="log-prob",
        )
        entries.append(
            CircuitEntry(
                id, label, "behaviour", found.circuit, first_id + cluster, faithfulness={"features": curve}
            )
        )
        figures[cluster] = (id, _figures(found.circuit))
    for table, rows in to_rows(entries).items():
        shards.write(target, table, rows, f"behaviours-{first_id}")
    return figures


def _figures(circuit: Circuit) -> CircuitFigures:
    return circuit_figures(
        [node.effect for node in circuit.nodes if not node.is_error],
        [node.effect for node in circuit.nodes if node.is_error],
        [edge.weight for edge in circuit.edges],
    )


def _loss_curves(
    recipe: LanguageModelRecipe,
    work: Path,
    made: Made,
    predictions: Predictions,
    clusters: Mapping[str, np.ndarray],
) -> Iterator[dict[str, object]]:
    """Rows of `training_loss` at each checkpoint: the mean over a behaviour's answers and over all tokens."""
    used, row = np.unique(predictions.document, return_inverse=True)
    steps = checkpoint_steps(recipe.steps)
    for step in progress(steps, "training-loss curves"):
        model = load_checkpoint(recipe, work / "language-model" / "checkpoints", step)
        losses = np.concatenate([loss for loss, _ in token_losses(model, made.windows.tokens[used])])
        yield {"behaviour": None, "step": step, "loss": float(losses.mean())}
        own = losses[row, predictions.position - 1]
        for k, found in enumerate(clusters.values()):
            for cluster in np.unique(found).tolist():
                mean = float(own[found == cluster].mean())
                yield {"behaviour": FIRST_ID * k + cluster, "step": step, "loss": mean}

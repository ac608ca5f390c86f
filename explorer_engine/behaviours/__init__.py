"""What the model predicts for one reason: filter predictions, represent, cluster, score, rank them."""

from explorer_engine.behaviours.cluster import angular_similarity, choose_n_clusters, spectral_clusters
from explorer_engine.behaviours.filter import Predictions, confident_predictions, examples_of, new_bigrams
from explorer_engine.behaviours.rank import (
    CircuitFigures,
    circuit_figures,
    relative_maximum,
    relative_softmax,
)
from explorer_engine.behaviours.represent import Representation, feature_activations, linear_effects
from explorer_engine.behaviours.score import Agreement, agreement, dominant, purity

__all__ = [
    "Agreement",
    "CircuitFigures",
    "Predictions",
    "Representation",
    "agreement",
    "angular_similarity",
    "choose_n_clusters",
    "circuit_figures",
    "confident_predictions",
    "dominant",
    "examples_of",
    "feature_activations",
    "linear_effects",
    "new_bigrams",
    "purity",
    "relative_maximum",
    "relative_softmax",
    "spectral_clusters",
]

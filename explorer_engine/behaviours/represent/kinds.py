"""The kinds of representations by name: what they are in words, and how one is computed."""

from __future__ import annotations

from explorer_engine.behaviours.options import BehaviourOptions, ClusteringOptions, RepresentedBy
from explorer_engine.behaviours.represent.dense import dense_activations, dense_effects
from explorer_engine.behaviours.represent.features import feature_activations, linear_effects
from explorer_engine.behaviours.represent.gradients import parameter_gradients
from explorer_engine.behaviours.represent.positions import POSITIONS
from explorer_engine.behaviours.similarity import Rows
from explorer_engine.data import Examples
from explorer_engine.dictionaries import Dictionaries
from explorer_engine.models import LanguageModel
from explorer_engine.progress import Progress

__all__ = ["represented", "title_of", "words_of"]

_KINDS: dict[RepresentedBy, tuple[str, str]] = {
    "effects": ("SAE effects", "linear effects of SAE features on −log p, zero ablation"),
    "activations": ("SAE activations", "activations of SAE features"),
    "dense-effects": ("Dense effects", "linear effects of the sites’ dimensions on −log p, zero ablation"),
    "dense-activations": ("Dense activations", "values of the sites’ dimensions"),
    "gradients": ("Parameter gradients", "gradients of −log p by the layers’ parameters, projected"),
}
"""Name → title, and what a context is represented by."""


def represented(
    model: LanguageModel,
    dictionaries: Dictionaries,
    examples: Examples,
    clustering: ClusteringOptions,
    options: BehaviourOptions,
    progress: Progress | None = None,
) -> Rows:
    """[n,C] the examples as a clustering represents them; dense kinds are of the sites with a dictionary."""
    last = POSITIONS[clustering.positions][1]
    match clustering.represented_by:
        case "effects":
            return linear_effects(model, dictionaries, examples, last=last, progress=progress)
        case "activations":
            return feature_activations(model, dictionaries, examples, last=last, progress=progress)
        case "dense-effects":
            return dense_effects(model, dictionaries, examples, last=last, progress=progress)
        case "dense-activations":
            return dense_activations(model, dictionaries, examples, last=last, progress=progress)
        case "gradients":
            return parameter_gradients(
                model, examples, k=options.projection, seed=options.seed, progress=progress
            )


def title_of(clustering: ClusteringOptions) -> str:
    """What a clustering is called: `SAE effects, all positions summed`."""
    method = "" if clustering.method == "auto" else f", {clustering.method}"
    return f"{_KINDS[clustering.represented_by][0]}, {POSITIONS[clustering.positions][0]}{method}"


def words_of(clustering: ClusteringOptions) -> str:
    """What a context is represented by, in words."""
    return f"{_KINDS[clustering.represented_by][1]}; {POSITIONS[clustering.positions][0]}"

"""A prediction by the gradient of its loss by the model's parameters, projected at random (App. H.2, H.3)."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor, nn
from torch.func import functional_call

from explorer_engine.attribution.metrics import LogProb
from explorer_engine.data import Examples
from explorer_engine.models import LanguageModel
from explorer_engine.progress import Progress, told

__all__ = ["SignProjection", "layer_parameters", "parameter_gradients"]


class SignProjection:
    """A sparse random projection to k dimensions, of tensors by name: entries −1, 0 and +1.

    Each number of a tensor is added, with a sign, to one of the k sums (a column of the matrix has one entry
    that is not 0), so that inner products are kept: that of two projections is x·y on average, with a
    variance of at most (|x|²|y|² + (x·y)²)/k. The matrix is never there: of each tensor there are the sum and
    the sign of every number, 5 bytes. They depend on the seed and on the order of the tensors alone.
    """

    def __init__(self, sizes: Mapping[str, int], k: int, seed: int = 0) -> None:
        """`sizes`: how many numbers each tensor has."""
        self.k = k
        self._places = {}
        seeds = np.random.SeedSequence(seed).spawn(len(sizes))
        for (name, size), own in zip(sizes.items(), seeds, strict=True):
            rng = np.random.default_rng(own)
            sums = torch.from_numpy(rng.integers(k, size=size, dtype=np.int32))
            signs = torch.from_numpy(2 * rng.integers(2, size=size, dtype=np.int8) - 1)
            self._places[name] = (sums, signs)

    def __call__(self, tensors: Mapping[str, Tensor]) -> Tensor:
        """[k] the projection of the tensors, taken as one long vector."""
        out = next(iter(tensors.values())).new_zeros(self.k)
        for name, (sums, signs) in self._places.items():
            value = tensors[name].reshape(-1)
            out.index_add_(0, sums.to(value.device), value * signs.to(value))
        return out


def layer_parameters(model: LanguageModel) -> dict[str, nn.Parameter]:
    """Parameters of the layers by name, those of normalisations left out.

    So without embeddings of tokens and positions and without the unembedding, as in App. H.
    """
    norms = {
        id(parameter)
        for module in model.hf.modules()
        if type(module).__name__.endswith("Norm")
        for parameter in module.parameters()
    }
    layers = {id(parameter) for layer in model.layers for parameter in layer.parameters()}
    return {name: p for name, p in model.hf.named_parameters() if id(p) in layers - norms}


def parameter_gradients(
    model: LanguageModel,
    examples: Examples,
    *,
    k: int = 30_000,
    seed: int = 0,
    progress: Progress | None = None,
) -> np.ndarray:
    """[n,k] float32: the gradient of −log p(answer) by the `layer_parameters`, projected to k dimensions.

    One backward pass an example, without padding. The model stays as it is. Raises InputError for examples
    without answers.
    """
    metric = LogProb()
    given = {name: p.detach().requires_grad_() for name, p in layer_parameters(model).items()}
    project = SignProjection({name: p.numel() for name, p in given.items()}, k, seed)
    out = np.zeros((len(examples), k), dtype=np.float32)
    for row in told(range(len(examples)), progress, "gradients of parameters"):
        example = examples[row : row + 1].trimmed().to(model.device)
        with torch.enable_grad():
            logits = functional_call(model.hf, given, (example.tokens,), {"use_cache": False}).logits
            found = torch.autograd.grad(metric(logits[:, -1], example).sum(), list(given.values()))
        out[row] = project(dict(zip(given, found, strict=True))).float().cpu().numpy()
    return out

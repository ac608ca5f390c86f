"""What is known of a dictionary without its tensors: which it is and how good it is."""

from __future__ import annotations

from dataclasses import dataclass

from explorer_engine.sites import Site

__all__ = ["DictionaryQuality", "SplicedQuality"]

# Here and not on the classes, which need torch. A kind that is not listed is written as it is named.
_WRITTEN = {"relu": "ReLU", "jumprelu": "JumpReLU", "topk": "TopK", "batchtopk": "BatchTopK"}


@dataclass(frozen=True)
class DictionaryQuality:
    """One dictionary and the figures of the paper's App. B.3; None where one was not measured."""

    site: Site
    kind: str
    n_features: int
    width: int
    variance_explained: float | None = None
    """Share of the site's variance that the reconstruction explains: 1 is all of it."""
    l0: float | None = None
    """Features active on a token, on average."""
    l1: float | None = None
    """Sum of the activations on a token, on average."""
    alive: float | None = None
    """Share of features active at least once on the evaluation tokens."""
    ce_delta: float | None = None
    """Cross-entropy with the site replaced by its reconstruction, minus the model's: nats."""
    ce_recovered: float | None = None
    """1 − ce_delta / (cross-entropy with the site set to zero − the model's)."""
    ce_recovered_mean: float | None = None
    """The same with the site set to its mean over the evaluation tokens: a smaller ruin than zero."""

    @property
    def kind_written(self) -> str:
        """The kind as one writes it in text: ReLU, JumpReLU."""
        return _WRITTEN.get(self.kind, self.kind)


@dataclass(frozen=True)
class SplicedQuality:
    """What the model loses with every site replaced by its reconstruction at once. In nats."""

    ce_model: float
    """Cross-entropy of the model as it is."""
    ce_delta: float
    """Cross-entropy with all dictionaries spliced in, minus the model's."""

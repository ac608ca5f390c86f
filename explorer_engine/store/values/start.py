"""What the Start page and the report show: the world, its provenance, its densities, what is missing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

__all__ = ["DensitySummary", "NamesSummary", "WorldSummary", "Provenance", "Missing"]


@dataclass(frozen=True)
class WorldSummary:
    """What this world is: one model, its dictionaries, the data, and how much was computed."""

    title: str
    summary: str
    """One sentence."""
    model: str
    family: str
    n_layers: int
    width: int
    n_parameters: int
    vocabulary: int
    data: str
    n_tokens: int
    """Tokens behind densities and contexts."""
    n_documents: int
    n_dictionaries: int
    n_features: int
    """Over all dictionaries."""
    n_behaviours: int
    n_circuits: int


@dataclass(frozen=True)
class DensitySummary:
    """How many features are active on more than some share of the tokens."""

    n_features: int
    """With a dashboard."""
    n_dense: int
    share: float | None
    """Of the |effect| of feature nodes, over all circuits, what these carry; None without circuits."""


@dataclass(frozen=True)
class NamesSummary:
    """How well patterns name the features of one kind of site."""

    kind: str
    """"embed", "attn", "mlp" or "resid"."""
    n_features: int
    """That a pattern was looked for."""
    n_named: int
    """Whose pattern does well enough to be a name."""
    accuracy: tuple[float, ...]
    """Balanced accuracy, by quantile: 10, 25, 50, 75 and 90 % of these features."""
    correlation: tuple[float, ...]
    """Of predicted with true activation, likewise."""


@dataclass(frozen=True)
class Provenance:
    """How an artefact was made, and the command that makes it again."""

    artefact: str
    command: str
    parameters: dict[str, object]
    seed: int | None
    model_hash: str | None
    dictionaries_hash: str | None
    data: str | None
    code_version: str
    made_at: datetime
    """UTC, without a zone."""
    seconds: float


@dataclass(frozen=True)
class Missing:
    """Something that this world could hold and does not."""

    what: str
    detail: str
    command: str | None
    """Makes it, where this world records how."""

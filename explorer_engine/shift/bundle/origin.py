"""What a bundle says of where it comes from; costs no torch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from explorer_engine.store.opinions import Votes

__all__ = ["Origin"]


@dataclass(frozen=True)
class Origin:
    """What a bundle says that a session does not know."""

    model: str | Path
    """Folder of the model, or its id on the hub."""
    model_name: str
    """What the model is called."""
    spurious_to: str
    """To whom the ablated features are spurious: a person's name, "the majority of those who judged"."""
    votes: Mapping[str, Votes] = field(default_factory=dict)
    """Who said what of the features, by feature: "resid_2/31"."""
    labels: Mapping[str, str] = field(default_factory=dict)
    """What features are called, by feature."""
    discreet: bool = False
    """Whether strangers may have the file: it does not say where on this machine the model lies."""

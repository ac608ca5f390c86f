"""What several tests of SHIFT compute of the small world."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from explorer_engine.shift import ShiftSession, TextSet, classifier_effects
from explorer_engine.sites import Site


def effects_of(small: Any, session: ShiftSession, **options: Any) -> Any:
    return classifier_effects(
        small.model, small.dictionaries, session.probe, small.task.site, small.texts.ambiguous, **options
    )


def values_at(small: Any, site: Site, texts: TextSet) -> list[Tensor]:
    """[S,d] of each text."""
    return [
        small.model.activations(torch.tensor([text]), torch.ones(1, len(text)).bool(), [site])[site][0]
        for text in texts.tokens
    ]

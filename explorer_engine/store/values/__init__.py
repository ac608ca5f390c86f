"""What the store answers with: frozen values, tokens decoded to text, one class a thing on a page.

Text from the data or from a person is not escaped here; whoever draws it escapes it.
"""

from __future__ import annotations

from explorer_engine.store.values.behaviours import (
    BehaviourContext,
    BehaviourRow,
    Neighbour,
)
from explorer_engine.store.values.circuits import CircuitGraph, CircuitSummary
from explorer_engine.store.values.comparisons import (
    AlikeCircuit,
    CircuitGroup,
    GroupedCircuit,
    MatchedBehaviours,
)
from explorer_engine.store.values.features import CircuitMembership, FeatureCard, FeaturePattern, FeatureRow
from explorer_engine.store.values.lists import ListPlace, Page
from explorer_engine.store.values.start import (
    DensitySummary,
    Missing,
    NamesSummary,
    Provenance,
    WorldSummary,
)
from explorer_engine.store.values.tokens import ContextBin, TokenShare, TokenStrip, TokenWeight

__all__ = [
    "Page",
    "ListPlace",
    "WorldSummary",
    "Provenance",
    "Missing",
    "DensitySummary",
    "NamesSummary",
    "TokenShare",
    "TokenWeight",
    "TokenStrip",
    "ContextBin",
    "BehaviourRow",
    "BehaviourContext",
    "Neighbour",
    "CircuitSummary",
    "CircuitGraph",
    "CircuitGroup",
    "GroupedCircuit",
    "AlikeCircuit",
    "MatchedBehaviours",
    "FeatureRow",
    "FeatureCard",
    "FeaturePattern",
    "CircuitMembership",
]

"""Dictionaries (sparse autoencoders): their kinds, where they are read from, how they are trained and judged.

The names below are imported on first use, so that reading a store, whose values stand beside, costs no torch.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from explorer_engine.dictionaries.base import Dictionaries, Dictionary
    from explorer_engine.dictionaries.kinds.gated import GatedDictionary
    from explorer_engine.dictionaries.kinds.identity import IdentityDictionary
    from explorer_engine.dictionaries.kinds.jumprelu import JumpReluDictionary
    from explorer_engine.dictionaries.kinds.relu import ReluDictionary
    from explorer_engine.dictionaries.kinds.topk import BatchTopKDictionary, TopKDictionary
    from explorer_engine.dictionaries.loading import describe_dictionaries, load_dictionaries
    from explorer_engine.dictionaries.registry import build
    from explorer_engine.dictionaries.sources.ours import save_dictionaries

__all__ = [
    "BatchTopKDictionary",
    "Dictionaries",
    "Dictionary",
    "GatedDictionary",
    "IdentityDictionary",
    "JumpReluDictionary",
    "ReluDictionary",
    "TopKDictionary",
    "build",
    "describe_dictionaries",
    "load_dictionaries",
    "save_dictionaries",
]

_HOMES = {
    "BatchTopKDictionary": "kinds.topk",
    "Dictionaries": "base",
    "Dictionary": "base",
    "GatedDictionary": "kinds.gated",
    "IdentityDictionary": "kinds.identity",
    "JumpReluDictionary": "kinds.jumprelu",
    "ReluDictionary": "kinds.relu",
    "TopKDictionary": "kinds.topk",
    "build": "registry",
    "describe_dictionaries": "loading",
    "load_dictionaries": "loading",
    "save_dictionaries": "sources.ours",
}


def __getattr__(name: str) -> Any:
    """Import a name from the module that holds it (PEP 562)."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)

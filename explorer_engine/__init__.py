"""Sparse feature circuits as a library: find them, test them, edit with them. Nothing here knows the app.

The names below are the public interface. Imported on first use, so reading a store costs no torch.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from explorer_engine.ablation import feature_edits
    from explorer_engine.attribution.nodes import node_effects
    from explorer_engine.circuits.circuit import Circuit
    from explorer_engine.circuits.discovery import discover, find_circuit
    from explorer_engine.circuits.faithfulness import sweep
    from explorer_engine.circuits.options import CircuitOptions, SweepOptions
    from explorer_engine.data import Examples
    from explorer_engine.dictionaries import load_dictionaries
    from explorer_engine.errors import InputError
    from explorer_engine.formats.circuit_json import read_circuit, write_circuit
    from explorer_engine.formats.clusters import read_cluster
    from explorer_engine.formats.pairs import read_pairs
    from explorer_engine.models import load_model
    from explorer_engine.sites import FeatureRef, Site
    from explorer_engine.world.world import open_world, verify_world

__all__ = [
    "load_model",
    "load_dictionaries",
    "read_pairs",
    "read_cluster",
    "find_circuit",
    "discover",
    "node_effects",
    "sweep",
    "feature_edits",
    "read_circuit",
    "write_circuit",
    "open_world",
    "verify_world",
    "Circuit",
    "CircuitOptions",
    "SweepOptions",
    "Examples",
    "FeatureRef",
    "InputError",
    "Site",
]

_HOMES = {
    "load_model": "models",
    "load_dictionaries": "dictionaries",
    "read_pairs": "formats.pairs",
    "read_cluster": "formats.clusters",
    "find_circuit": "circuits.discovery",
    "discover": "circuits.discovery",
    "node_effects": "attribution.nodes",
    "sweep": "circuits.faithfulness",
    "feature_edits": "ablation",
    "read_circuit": "formats.circuit_json",
    "write_circuit": "formats.circuit_json",
    "open_world": "world.world",
    "verify_world": "world.world",
    "Circuit": "circuits.circuit",
    "CircuitOptions": "circuits.options",
    "SweepOptions": "circuits.options",
    "Examples": "data",
    "FeatureRef": "sites",
    "InputError": "errors",
    "Site": "sites",
}


def __getattr__(name: str) -> Any:
    """Import a public name from the module that holds it (PEP 562)."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)

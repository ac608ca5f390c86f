"""The address of the Circuit page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from app.address import View

__all__ = ["CircuitView"]


@dataclass(frozen=True)
class CircuitView(View):
    """Which circuit, what of it is drawn, and which node is selected."""

    PAGE: ClassVar[str] = "circuit"
    circuit: str | None = None
    node: str | None = None
    """Id of the selected node, None = nothing selected."""
    nodes: float | None = None
    """Node threshold, None = the circuit's own."""
    edges: float | None = None
    errors: bool = True
    """Whether SAE errors are drawn."""
    summed: bool = False
    """Whether a position-resolved circuit is drawn with its positions added up."""
    tested: str | None = None
    """What the faithfulness shown is tested on, None = the circuit's first."""
    ablated: str | None = None
    """What is ablated for it, in the words of `Sweep.ablated`; None = the circuit's first."""

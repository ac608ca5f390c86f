"""The address of the Compare page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from app.address import View

__all__ = ["CompareView"]


@dataclass(frozen=True)
class CompareView(View):
    """Which two circuits, how they are drawn, which node is selected; or which circuits the matrix holds."""

    PAGE: ClassVar[str] = "compare"
    a: str | None = None
    """Id of the first circuit; None: the matrix, and pairs to begin with."""
    b: str | None = None
    """Of the second; None: the one that has most in common with the first."""
    world_b: str | None = None
    """Key of the world that the second is of; None = this one."""
    show: str = "drawing"
    """`drawing`, both as one; `sides`, side by side."""
    node: str | None = None
    """Id of the selected node, with the number of its column for a position."""
    nodes: int = 30
    """So many of each circuit's strongest nodes are drawn."""
    edges: int = 60
    """So many of each circuit's strongest edges."""
    errors: bool = True
    """Whether SAE errors are drawn."""
    summed: bool = False
    """Whether positions are summed where both circuits have them apart."""
    which: str = "all"
    """Which nodes are listed: `all`, `both`, `here`, `there`."""
    kind: str | None = None
    """Which circuits the matrix holds, `CircuitGroup.id`; None = the first."""
    by: str = "features"
    """What its cells are: `features`, `shared`, `weighted`."""
    page: int = 1
    """Which of them, where there are many."""

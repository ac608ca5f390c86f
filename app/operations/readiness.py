"""Whether the app can do its work now: its worlds answer, judgements can be said, the worker is not stuck."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from streamlit import runtime
from streamlit.runtime.stats import ACTIVE_SESSIONS_FAMILY

from app import world, worlds
from app.discreet import discreet
from app.workers import engine
from explorer_engine.errors import InputError

__all__ = ["Readiness", "figures", "readiness"]

_OPEN = "open"
_STUCK = 600.0
"""Seconds at one piece of work after which the worker counts as stuck."""


@dataclass(frozen=True)
class Readiness:
    """What was found, in words."""

    worlds: dict[str, str]
    """World → `open`, or why it cannot be opened."""
    judgements: dict[str, str]
    """World that is open → `open`, or why nothing can be said."""
    live_waiting: int
    """Questions to the model that wait."""
    live_busy_seconds: float
    """How long the longest work at the model has been going on."""

    @property
    def ready(self) -> bool:
        """Whether visitors can be served: also where judging is off, or one world of several is broken."""
        return _OPEN in self.worlds.values() and self.live_busy_seconds < _STUCK

    def told(self) -> dict[str, object]:
        """All of it, for JSON."""
        return {"ready": self.ready, **asdict(self)}


def readiness() -> Readiness:
    """Look at everything anew; each world's store is asked for something."""
    found: dict[str, str] = {}
    judgements: dict[str, str] = {}
    for which in worlds.listed():
        try:
            opened = world.opened(which)
            opened.store.start.world()
            judgements[which.key] = discreet(world.judgements_of(opened).closed or _OPEN)
            found[which.key] = _OPEN
        except InputError as error:
            found[which.key] = discreet(str(error))
    workers = engine.workers()
    busy = max((worker.busy_for for worker in workers), default=0.0)
    return Readiness(found, judgements, sum(worker.waiting for worker in workers), round(busy, 3))


def figures() -> dict[str, float]:
    """What Prometheus asks for: it, and the number of sessions."""
    now = readiness()
    return {
        "ready": float(now.ready),
        "worlds_closed": sum(said != _OPEN for said in now.worlds.values()),
        "judgements_closed": sum(said != _OPEN for said in now.judgements.values()),
        "live_waiting": now.live_waiting,
        "live_busy_seconds": now.live_busy_seconds,
        "sessions": _sessions(),
    }


def _sessions() -> float:
    """Open tabs."""
    if not runtime.exists():
        return 0.0
    stats = runtime.get_instance().stats_mgr.get_stats([ACTIVE_SESSIONS_FAMILY])
    return float(sum(getattr(stat, "value", 0) for stat in stats.get(ACTIVE_SESSIONS_FAMILY, ())))

"""Figures of what the app does, for Prometheus: counted always, given out where the setting says so.

No figure holds what anybody said, nor who: labels are names of pages, of kinds of work and of stores.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import wraps
from typing import ParamSpec, TypeVar

from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

__all__ = ["REGISTRY", "judgement", "live_work", "measured", "report_now", "store_error"]

P = ParamSpec("P")
R = TypeVar("R")

REGISTRY = CollectorRegistry()
_SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
_RERUNS = Histogram(
    "circuit_explorer_rerun_seconds",
    "A page made anew, by page",
    ["page"],
    registry=REGISTRY,
    buckets=_SECONDS,
)
_LIVE = Histogram(
    "circuit_explorer_live_seconds", "Work of the model, by kind of work", ["work"], registry=REGISTRY,
    buckets=_SECONDS,
)  # fmt: skip
_WAITED = Histogram(
    "circuit_explorer_live_wait_seconds", "From a question to the begin of its work", registry=REGISTRY,
    buckets=_SECONDS,
)  # fmt: skip
_JUDGEMENTS = Counter(
    "circuit_explorer_judgements",
    "Statements of people, by what came of them",
    ["outcome"],
    registry=REGISTRY,
)
_STORE_ERRORS = Counter(
    "circuit_explorer_store_errors", "Times that a store could not be opened", ["store"], registry=REGISTRY
)


def measured(page: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """A decorator: how long the function that makes this page takes, whatever way it ends."""
    reruns = _RERUNS.labels(page)

    def around(make: Callable[P, R]) -> Callable[P, R]:
        @wraps(make)
        def timed(*args: P.args, **options: P.kwargs) -> R:
            with reruns.time():
                return make(*args, **options)

        return timed

    return around


def live_work(work: str, waited: float, took: float) -> None:
    """Something that the model did: its kind, and seconds."""
    _WAITED.observe(waited)
    _LIVE.labels(work).observe(took)


def judgement(written: bool) -> None:
    """Something that a person said: kept, or refused."""
    _JUDGEMENTS.labels("written" if written else "refused").inc()


def store_error(store: str) -> None:
    """A store could not be opened: `world` or `judgements`."""
    _STORE_ERRORS.labels(store).inc()


def report_now(figures: Callable[[], dict[str, float]]) -> None:
    """Give out what is so at the moment of asking: name without prefix → figure."""
    REGISTRY.register(_Now(figures))


class _Now(Collector):
    """Asks when it is asked."""

    def __init__(self, figures: Callable[[], dict[str, float]]) -> None:
        self._figures = figures

    def describe(self) -> list[GaugeMetricFamily]:
        """Nothing beforehand: to be registered asks for no figure."""
        return []

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """A gauge for each."""
        for name, figure in self._figures().items():
            yield GaugeMetricFamily(f"circuit_explorer_{name}", name.replace("_", " "), value=figure)

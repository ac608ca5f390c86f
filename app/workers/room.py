"""Room for models in memory: however many worlds are open, few of them are loaded at once."""

from __future__ import annotations

from concurrent.futures import Future
from threading import Lock
from typing import Protocol

__all__ = ["Room", "Tenant"]


class Tenant(Protocol):
    """A worker that can hold a model."""

    @property
    def used(self) -> float:
        """When it last did something; later = more recently."""
        ...

    def unload(self) -> Future[None]:
        """Let go of the model after what is being done; done when it is gone."""
        ...


class Room:
    """At most `most` workers hold their model; who was idle longest makes place, after what it is doing."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._inside: list[Tenant] = []
        self._turn, self._lock = Lock(), Lock()

    def enter(self, tenant: Tenant) -> None:
        """Called by a worker that is about to load; waits until there is room.

        A worker inside never waits here, so what it is doing ends.
        """
        with self._turn:
            while True:
                with self._lock:
                    if tenant in self._inside:
                        return
                    if len(self._inside) < self._most:
                        self._inside.append(tenant)
                        return
                    leaving = min(self._inside, key=lambda other: other.used)
                    self._inside.remove(leaving)
                leaving.unload().result()

    def leave(self, tenant: Tenant) -> None:
        """Called by a worker that ends; one that is not inside may."""
        with self._lock:
            if tenant in self._inside:
                self._inside.remove(tenant)

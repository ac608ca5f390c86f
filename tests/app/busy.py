"""Somebody else's job, which holds a worker until a test lets it go."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

__all__ = ["Busy"]


@dataclass(frozen=True)
class Busy:
    """A job that says when it has begun and lasts until it is let go."""

    begun: threading.Event = field(default_factory=threading.Event)
    go: threading.Event = field(default_factory=threading.Event)
    yields = 0.0

    def run(self, loaded, turn):
        self.begun.set()
        assert self.go.wait(60)

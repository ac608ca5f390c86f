"""Readiness and metrics on a port of their own: `/ready` and `/metrics`; whoever reaches it may read both."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from threading import Thread
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from prometheus_client import make_wsgi_app
from prometheus_client.exposition import ThreadingWSGIServer

from app.operations import metrics
from app.operations.readiness import figures, readiness
from explorer_engine.errors import InputError

__all__ = ["serve"]

_METRICS = make_wsgi_app(metrics.REGISTRY)


def serve(host: str, port: int) -> WSGIServer:
    """Answer there from now on, in a thread of its own. Raises InputError where the port cannot be had."""
    try:
        server = make_server(host, port, _answer, ThreadingWSGIServer, _Quiet)
    except (OSError, OverflowError) as problem:
        raise InputError(f"--operations {host}:{port}: {problem}: name another address") from None
    metrics.report_now(figures)
    Thread(target=server.serve_forever, name="operations", daemon=True).start()
    return server


def _answer(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
    match environ["PATH_INFO"]:
        case "/metrics":
            return _METRICS(environ, start)
        case "/ready":
            found = readiness()
            status = "200 OK" if found.ready else "503 Service Unavailable"
            start(
                status, [("Content-Type", "application/json; charset=utf-8"), ("Cache-Control", "no-store")]
            )
            return [json.dumps(found.told(), ensure_ascii=False).encode()]
    start("404 Not Found", [("Content-Type", "text/plain; charset=utf-8")])
    return [b"/ready or /metrics\n"]


class _Quiet(WSGIRequestHandler):
    """Every scrape in the log would be all there is in it."""

    def log_message(self, *_: object) -> None:
        """Nothing."""

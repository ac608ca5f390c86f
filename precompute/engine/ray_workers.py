"""Units on Ray: its workers on this machine, or those of a cluster that runs already."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from explorer_engine.errors import InputError
from precompute.engine.ledger import Spent
from precompute.engine.stage import Stage
from precompute.engine.workers import ATTEMPTS, MakeStages, died, do_unit
from precompute.progress import quiet

__all__ = ["RayWorkers"]

ROOT = Path(__file__).parents[2]


class RayWorkers:
    """`count` Ray actors, each of which makes the stages once; a GPU each where the cluster has any.

    All machines must see work folder, model, dictionaries, text and this code at the same paths.
    """

    def __init__(self, make: MakeStages, count: int, address: str | None = None) -> None:
        """Start Ray here, or join the cluster at `address` (`auto`: the one of this machine).

        Raises InputError where Ray is not installed or no cluster answers.
        """
        try:
            import ray
        except ImportError:
            raise InputError("--engine ray: pip install -r requirements-cluster.txt first") from None
        self._ray, self.count = ray, count
        try:
            ray.init(
                address,
                num_cpus=count if address is None else None,
                include_dashboard=False if address is None else None,
                runtime_env={"env_vars": {"PYTHONPATH": str(ROOT)}},
                log_to_driver=False,
                logging_level=logging.ERROR,
            )
        except (ConnectionError, ValueError, RuntimeError) as problem:
            reason = " ".join(str(problem).split())
            raise InputError(f"--address {address}: no Ray cluster answers ({reason}): start one") from None
        gpus = 1 if ray.cluster_resources().get("GPU", 0) >= count else 0
        actor = ray.remote(num_cpus=1, num_gpus=gpus, max_restarts=-1, max_task_retries=ATTEMPTS - 1)(_Worker)
        self._actors = [actor.remote(make, Path.cwd()) for _ in range(count)]

    def run(self, stage: str, folder: Path, units: Sequence[str]) -> Iterator[tuple[str, Spent]]:
        """As Workers.run."""
        ray, idle, waiting = self._ray, list(self._actors), list(units)
        running: dict[Any, tuple[Any, str]] = {}
        while waiting or running:
            while waiting and idle:
                actor, unit = idle.pop(), waiting.pop(0)
                running[actor.do.remote(stage, folder, unit)] = actor, unit
            (first,), _ = ray.wait(list(running), num_returns=1)
            actor, unit = running.pop(first)
            try:
                spent = ray.get(first)
            except ray.exceptions.RayActorError:
                raise InputError(died(stage, [unit])) from None
            except ray.exceptions.RayTaskError as problem:
                raise problem.cause from None
            idle.append(actor)
            yield unit, spent

    def close(self) -> None:
        """Let the workers go; a cluster that was there before stays."""
        self._ray.shutdown()


class _Worker:
    """An actor: the stages, made once."""

    def __init__(self, make: MakeStages, folder: Path) -> None:
        import torch

        os.chdir(folder)
        quiet()
        torch.set_num_threads(1)
        self._stages: Sequence[Stage] = make()

    def do(self, stage: str, folder: Path, unit: str) -> Spent:
        """Do one unit."""
        return do_unit(self._stages, stage, folder, unit)

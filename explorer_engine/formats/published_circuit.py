"""Circuits as the paper's code keeps them: a `.pt` file of nodes and edges by site (in only).

`nodes` maps sites to effects of all features, `edges` pairs of sites to sparse weights. Nothing but tensors
and one class with plain values is read; a file that asks for more is refused.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import torch
from torch import Tensor

from explorer_engine.circuits.circuit import Circuit, Edge, Node
from explorer_engine.dictionaries.files.archive import check_archive
from explorer_engine.dictionaries.files.tensors import reason
from explorer_engine.dictionaries.files.torch_file import check_plain
from explorer_engine.errors import InputError
from explorer_engine.sites import OUTPUT, FeatureRef, Site

__all__ = ["read_published"]

_MOST_NODES, _MOST_EDGES = 100_000, 300_000
"""A file of a few megabytes can hold millions."""
_THEIRS = "activation_utils.SparseAct"


class _SparseAct:
    """Stands for the class of that name: `act` [F] or [S,F], `resc` [1] or [S,1]."""

    act: Tensor | None = None
    resc: Tensor | None = None


def read_published(file: str | Path, model: str, node_threshold: float, edge_threshold: float) -> Circuit:
    """The circuit of a published file: nodes with |effect| and edges with |weight| above the thresholds.

    Positions are apart where effects are [S,F], else summed. Raises InputError for a file of another form or
    one that is damaged.
    """
    path = Path(file)
    found = _load(path)
    sizes: dict[Site, int] = {}
    nodes: list[Node] = []
    edges: list[Edge] = []
    try:
        for name, act in found["nodes"].items():
            if name == OUTPUT:
                continue
            site, effects = Site.parse(name), _effects(act, path)
            sizes[site] = effects.shape[-1] - 1
            at = (effects.abs() > node_threshold).nonzero()
            _check_count(len(nodes) + len(at), _MOST_NODES, "effects", "node", path)
            for *position, column in at.tolist():
                ref = FeatureRef.at_column(site, column, sizes[site])
                effect = float(effects[(*position, column)])
                nodes.append(Node(site, ref.index, position[0] if position else None, effect))
        known = {node.id for node in nodes} | {OUTPUT}
        for edge in _edges(found["edges"], sizes, edge_threshold, path):
            if edge.source in known and edge.target in known:
                edges.append(edge)
    except (AttributeError, IndexError, KeyError, TypeError, ValueError, RuntimeError) as problem:
        if isinstance(problem, InputError):
            said = str(problem)
            raise InputError(said if said.startswith(str(path)) else f"{path}: {said}") from None
        raise InputError(
            f"{path}: nodes or edges are not as the paper's code keeps them ({reason(problem)}): "
            "give another file"
        ) from None
    apart = any(node.position is not None for node in nodes)
    return Circuit(
        nodes=tuple(sorted(nodes, key=lambda node: (node.site, node.position or 0, str(node.feature)))),
        edges=tuple(edges),
        model=model,
        dictionaries="",
        metric="unknown",
        method={"name": "ig"},
        aggregation="none" if apart else "sum",
        node_selection="averaged",
        baseline="patch",
        n_examples=len(found["examples"]) if isinstance(found.get("examples"), list) else 1,
        node_threshold=node_threshold,
        edge_threshold=edge_threshold,
        data={"file": path.name},
    )


def _load(path: Path) -> Mapping[str, Any]:
    """What the file holds. Raises InputError for one that cannot be read, or that holds something else."""
    try:
        with ZipFile(path) as archive:
            check_archive(archive, path, compressed=False)
        with torch.serialization.safe_globals([(_SparseAct, _THEIRS)]):
            found = torch.load(path, map_location="cpu", weights_only=True)
    except InputError:
        raise
    except Exception as problem:  # what a stranger's pickle can raise has no end
        raise InputError(
            f"{path} cannot be read without running code of its own ({reason(problem)})"
        ) from None
    if not isinstance(found, Mapping) or not {"nodes", "edges"} <= found.keys():
        raise InputError(f"{path}: has no nodes and edges: expected a circuit of the paper's code")
    return found


def _effects(act: Any, path: Path) -> Tensor:
    """[F+1] or [S,F+1], the error's last."""
    for tensor in (act.act, act.resc):
        check_plain(tensor, "an effect", path)
    effects = torch.cat([act.act, act.resc], dim=-1).float()
    if effects.ndim not in (1, 2) or not bool(effects.isfinite().all()):
        raise InputError(f"effects of the shape {tuple(effects.shape)}, or with NaN or Inf: make it again")
    return effects


def _edges(
    edges: Mapping[str, Mapping[str, Tensor]], sizes: Mapping[Site, int], threshold: float, path: Path
) -> Iterator[Edge]:
    """Weights by source and target: [F_target+1, F_source+1] or [S, F_target+1, S, F_source+1]; those to the
    output [F+1] or [S, F+1]."""
    count = 0
    for source, targets in edges.items():
        for target, weights in targets.items():
            weights = _sparse(weights, path)
            keep = weights.values().abs() > threshold
            count += int(keep.sum())
            _check_count(count, _MOST_EDGES, "weights", "edge", path)
            half = weights.ndim if target == OUTPUT else weights.ndim // 2
            places, values = weights.indices()[:, keep].T.tolist(), weights.values()[keep].tolist()
            for at, weight in zip(places, values, strict=True):
                to = OUTPUT if target == OUTPUT else _name(target, at[:half], sizes)
                yield Edge(_name(source, at[-half:], sizes), to, weight)


def _sparse(weights: Tensor, path: Path) -> Tensor:
    """As a sparse tensor whose values are in the file, one a place, each place within its shape."""
    if not weights.is_sparse:
        check_plain(weights, "a weight", path)
        return weights.to_sparse().coalesce()
    for part in (weights._indices(), weights._values()):
        check_plain(part, "a weight", path)
    bounds = torch.tensor(weights.shape)[:, None]
    if not bool(((weights._indices() >= 0) & (weights._indices() < bounds)).all()):
        raise InputError("a weight stands outside of its tensor: make it again")
    return weights.coalesce()


def _check_count(count: int, most: int, what: str, threshold: str, path: Path) -> None:
    if count > most:
        raise InputError(
            f"{path}: more than {most:,} {what} above the threshold: give a larger --{threshold}-threshold"
        )


def _name(site: str, at: list[int], sizes: Mapping[Site, int]) -> str:
    """A node's id, of its position (where they are apart) and column."""
    *position, column = at
    ref = FeatureRef.at_column(Site.parse(site), column, sizes[Site.parse(site)])
    return f"{ref}@{position[0]}" if position else str(ref)

"""Attribution graphs of Neuronpedia and circuit-tracer as circuits, and ours as the circuits that they were.

Their features are of no dictionary of ours: nodes and errors stand at foreign sites (`~transcoder_3`). They
tell no effect on the output: here it is the sum of the weights of a node's links out, of one without any that
of its links in. The logit that the graph is for is the output.
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from explorer_engine.circuits.circuit import Circuit, Edge, Node
from explorer_engine.errors import InputError
from explorer_engine.formats.attribution_graph import ALL, GENERATOR
from explorer_engine.formats.circuit_head import head_from_json
from explorer_engine.formats.circuit_json import check_positions
from explorer_engine.formats.fields import entries, number, text, whole_number
from explorer_engine.sites import ERROR, OUTPUT, ForeignSite, any_site

__all__ = ["SUMS", "circuit_of_graph", "is_graph"]

SUMS = "attribution graph"
"""The name of the method of such a circuit."""
_SIGN = "positive: the weights of a node's links out add up to more than nothing"
_OURS = re.compile(
    r"(embed|(?:attn|mlp|resid)_[0-9]{1,4}|~[a-z0-9-]{1,24}(?:_[0-9]{1,4})?)_([0-9]{1,18}|error)_[0-9]{1,18}$"
)
_KINDS = {"cross layer transcoder": "transcoder", "mlp reconstruction": "transcoder", "embedding": "token"}
_LOGIT = "logit"


@dataclass(frozen=True)
class _Entry:
    """A node of the file."""

    id: str
    kind: str
    layer: int
    feature: int
    position: int
    label: str
    values: Mapping[str, Any]


def is_graph(values: Any) -> bool:
    """Whether a JSON file is meant to be one."""
    return isinstance(values, dict) and {"nodes", "links", "metadata"} <= values.keys()


def circuit_of_graph(values: Any, name: str) -> Circuit:
    """The circuit of a graph; raises InputError that names `name` and the field that is not as it must be."""
    meta = values["metadata"]
    if not isinstance(meta, dict):
        raise InputError(f"{name}: metadata is no table of values by name: make the file again")
    found = [
        _entry(item, f"{name}: nodes[{i}]")
        for i, item in enumerate(entries(values["nodes"], f"{name}: nodes"))
    ]
    known = {entry.id for entry in found}
    if len(known) != len(found):
        twice = next(id for id, count in Counter(entry.id for entry in found).items() if count > 1)
        raise InputError(f"{name}: node_id {twice[:60]!r} is that of two nodes: make the file again")
    output = _output(found)
    links = _links(values["links"], known, name)
    ours = _is_ours(meta)
    head = _head(meta, output, ours, name)
    summed = head["aggregation"] == "sum"
    effects = _sums(links)
    nodes = {
        entry.id: _our_node(entry, summed, name) if ours else _foreign_node(entry, effects[entry.id])
        for entry in found
        if entry is not output
    }
    check_positions(list(nodes.values()), head, name)
    ids = {id: node.id for id, node in nodes.items()} | ({} if output is None else {output.id: OUTPUT})
    edges = tuple(Edge(ids[edge.source], ids[edge.target], edge.weight) for edge in links)
    try:
        return Circuit(nodes=tuple(nodes.values()), edges=edges, **head)
    except InputError as problem:
        raise InputError(f"{name}: {problem}: make it again") from None


def _entry(item: Any, where: str) -> _Entry:
    if not isinstance(item, dict):
        raise InputError(f"{where} is no table of values by name: make the file again")
    id, kind = (text(item.get(field), f"{where}.{field}") for field in ("node_id", "feature_type"))
    position = whole_number(item.get("ctx_idx"), f"{where}.ctx_idx")
    layer = item.get("layer")
    layer = int(layer) if isinstance(layer, str) and re.fullmatch(r"[0-9]{1,4}", layer) else layer
    layer = -1 if layer == "E" else whole_number(layer, f"{where}.layer")
    if layer > 9999:
        raise InputError(f"{where}.layer is {layer}: expected less than 10000: make the file again")
    label = text(item.get("clerp") or "", f"{where}.clerp")
    feature = 0 if _is_error(kind) or _OURS.match(id) else _feature(id, position, item, where)
    return _Entry(id, kind.lower(), layer, feature, position, label, item)


def _feature(id: str, position: int, item: Mapping[str, Any], where: str) -> int:
    """The number between layer and position in the node's id; `feature` itself may pair it with the layer."""
    parts = id.split("_")
    if len(parts) == 3 and parts[2] == str(position) and re.fullmatch(r"[0-9]{1,18}", parts[1]):
        return int(parts[1])
    return whole_number(item.get("feature"), f"{where}.feature")


def _links(values: Any, known: set[str], name: str) -> list[Edge]:
    found = []
    for i, item in enumerate(entries(values, f"{name}: links")):
        where = f"{name}: links[{i}]"
        if not isinstance(item, dict):
            raise InputError(f"{where} is no table of values by name: make the file again")
        source, target = (text(item.get(end), f"{where}.{end}") for end in ("source", "target"))
        for end in (source, target):
            if end not in known:
                raise InputError(f"{where} leads to {end[:60]!r}, which is no node: make the file again")
        found.append(Edge(source, target, number(item.get("weight"), f"{where}.weight")))
    return found


def _output(found: Sequence[_Entry]) -> _Entry | None:
    """The logit that the graph is for: the target, else the most probable."""
    logits = [entry for entry in found if entry.kind == _LOGIT]

    def rank(entry: _Entry) -> tuple[bool, float]:
        found = entry.values.get("token_prob")
        told = found if isinstance(found, float) and math.isfinite(found) else 0.0
        return entry.values.get("is_target_logit") is True, told

    return max(logits, key=rank, default=None)


def _sums(links: Sequence[Edge]) -> Mapping[str, float]:
    """By node the sum of the weights of its links out, else of those in."""
    out: dict[str, float] = defaultdict(float)
    into: dict[str, float] = defaultdict(float)
    for edge in links:
        out[edge.source] += edge.weight
        into[edge.target] += edge.weight
    return defaultdict(float, into | out)


def _is_ours(meta: Mapping[str, Any]) -> bool:
    info = meta.get("info")
    generator = info.get("generator") if isinstance(info, dict) else None
    return isinstance(generator, dict) and generator.get("name") == GENERATOR


def _head(meta: Mapping[str, Any], output: _Entry | None, ours: bool, name: str) -> dict[str, Any]:
    """What the circuit is of: all of it where we wrote the graph, else what the file tells."""
    if ours and "circuit" in meta:
        return head_from_json(meta["circuit"], f"{name}: metadata.circuit")
    tokens = tuple(
        text(token, f"{name}: a token")
        for token in entries(meta.get("prompt_tokens"), f"{name}: metadata.prompt_tokens")
    )
    summed = ours and tokens == (ALL,)
    slug = text(meta.get("slug") or "", f"{name}: metadata.slug")
    return {
        "model": text(meta.get("scan") or "", f"{name}: metadata.scan"),
        "dictionaries": "",
        "metric": (output and output.label.strip()) or _LOGIT,
        "method": {"name": "unknown" if ours else SUMS},
        "aggregation": "sum" if summed else "none",
        "node_selection": "averaged",
        "baseline": "unknown",
        "n_examples": 1,
        "node_threshold": 0.0,
        "edge_threshold": 0.0,
        "data": {"title": slug} if slug else {},
        "tokens": None if summed else tokens,
        "provenance": {} if ours else {"sign": _SIGN},
    }


def _our_node(entry: _Entry, summed: bool, name: str) -> Node:
    """A node that `attribution_graph` wrote: site and feature stand in its id, the label behind them."""
    found = _OURS.match(entry.id)
    if found is None:
        raise InputError(
            f"{name}: node_id {entry.id[:60]!r} is none of Circuit Explorer: make the file again"
        )
    effect = number(entry.values.get("effect"), f"{name}: the effect of {entry.id}")
    feature = ERROR if found[2] == ERROR else int(found[2])
    node = Node(any_site(found[1]), feature, None if summed else entry.position, effect)
    return replace(node, label=entry.label.removeprefix(str(node.ref))[1:] or None)


def _foreign_node(entry: _Entry, effect: float) -> Node:
    kind = entry.kind.removesuffix("error").strip() if _is_error(entry.kind) else entry.kind
    word = _KINDS.get(kind) or re.sub(r"[^a-z0-9]+", "-", kind).strip("-")[:24] or "node"
    feature = ERROR if _is_error(entry.kind) else entry.feature
    return Node(ForeignSite(word, entry.layer), feature, entry.position, effect, entry.label.strip() or None)


def _is_error(kind: str) -> bool:
    return kind.lower().endswith("error")

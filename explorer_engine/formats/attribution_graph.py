"""Circuits as attribution graphs, for the viewers of Neuronpedia and circuit-tracer.

Their nodes stand at a token and a layer. A circuit with positions summed has one column, ALL; a site's kind,
for which they have no place, is in the node's name. What else a circuit is stands in `metadata.circuit`, so
that `attribution_graph_in` gives it back whole.
"""

from __future__ import annotations

import re
from typing import Any

from explorer_engine.circuits.circuit import Circuit, Node
from explorer_engine.formats.circuit_head import head_to_json
from explorer_engine.sites import OUTPUT

__all__ = ["ALL", "GENERATOR", "attribution_graph"]

ALL = "all positions, summed"
"""The one token of a circuit with positions summed."""
GENERATOR = "Circuit Explorer"
"""What such a graph names as its maker."""
_VERSION = 1


def attribution_graph(circuit: Circuit, name: str) -> dict[str, Any]:
    """The graph as plain values; `name` becomes its slug.

    A node's `effect` stands beside what the viewers know; `influence` is its share of all nodes' |effect|.
    """
    tokens = [ALL] if circuit.tokens is None else list(circuit.tokens)
    total = sum(abs(node.effect) for node in circuit.nodes) or 1.0
    layers = 1 + max((node.site.layer for node in circuit.nodes), default=0)
    last = len(tokens) - 1
    ids = {node.id: _id(node, node.position or 0) for node in circuit.nodes}
    output = {
        **_node(f"{layers}_{OUTPUT}_{last}", f"{layers}_{OUTPUT}-0", str(layers), 0, last, last),
        "feature_type": "logit",
        "is_target_logit": True,
        "clerp": circuit.metric,
    }
    ids[OUTPUT] = output["node_id"]
    return {
        "metadata": {
            "slug": re.sub(r"[^\w-]+", "-", name).strip("-") or "circuit",
            "scan": circuit.model,
            "transcoder_list": [],
            "prompt_tokens": tokens,
            "prompt": "".join(tokens),
            "node_threshold": 1.0,
            "schema_version": _VERSION,
            "info": {
                "description": f"{circuit.sign}. Mean of {circuit.n_examples} examples.",
                "generator": {"name": GENERATOR},
            },
            "pruning_settings": {
                "node_threshold": circuit.node_threshold,
                "edge_threshold": circuit.edge_threshold,
            },
            "circuit": head_to_json(circuit),
        },
        "qParams": {
            "pinnedIds": [],
            "supernodes": [],
            "linkType": "both",
            "clickedId": "",
            "sg_pos": "",
        },
        "nodes": [*(_of(node, last, total) for node in circuit.nodes), output],
        "links": [
            {"source": ids[edge.source], "target": ids[edge.target], "weight": edge.weight}
            for edge in circuit.edges
        ],
    }


def _of(node: Node, last: int, total: float) -> dict[str, Any]:
    position = node.position or 0
    id, js = _id(node, position), f"{_id(node, position)}-{last - position}"
    layer = "E" if node.site.layer < 0 else str(node.site.layer)
    feature = -1 if node.is_error else int(node.feature)
    kind = "embedding" if node.site.layer < 0 else "cross layer transcoder"
    return {
        **_node(id, js, layer, feature, position, last),
        "feature_type": "mlp reconstruction error" if node.is_error else kind,
        "clerp": f"{node.ref} {node.label}" if node.label else str(node.ref),
        "influence": abs(node.effect) / total,
        "effect": node.effect,
    }


def _node(id: str, js: str, layer: str, feature: int, position: int, last: int) -> dict[str, Any]:
    return {
        "node_id": id,
        "feature": feature,
        "layer": layer,
        "ctx_idx": position,
        "reverse_ctx_idx": last - position,
        "jsNodeId": js,
        "run_idx": 0,
        "token_prob": 0.0,
        "is_target_logit": False,
        "influence": None,
        "activation": None,
    }


def _id(node: Node, position: int) -> str:
    return f"{node.site}_{node.feature}_{position}"

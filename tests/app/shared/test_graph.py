"""What the browser gets of a drawing: every node and edge as data."""

from __future__ import annotations

import json

from app.shared import graph
from explorer_engine.circuits.circuit import Edge, Node
from explorer_engine.drawing.circuit import draw, rows_of
from explorer_engine.sites import Site
from tests.explorer_engine.circuits.small import circuit


def node(site: str, feature: int | None) -> Node:
    return Node(Site.parse(site), "error" if feature is None else feature, None, 0.5)


def test_pyvis_carries_every_node_and_edge_as_data():
    nodes = (node("embed", 3), node("embed", 4), node("resid_0", None))
    edges = (Edge("embed/3", "resid_0/error", -0.4), Edge("resid_0/error", "y", 0.2))
    tokens = {nodes[1].ref: ("<script>alert(1)</script>",)}
    part = circuit(nodes, edges)
    net = graph.network(draw(part, rows_of(nodes), {"embed/3": "<i>x</i>"}, tokens, "log p"))
    found, edges, *_, options = net.get_network_data()
    by_id = {n["id"]: n for n in found}
    assert by_id["embed/3"]["label"] == "<i>x</i>" and not by_id["embed/3"]["mono"]
    assert by_id["embed/4"]["label"] == "<script>alert(1)</script>" and by_id["embed/4"]["mono"]
    assert by_id["resid_0/error"]["kind"] == "error" and by_id["y"]["kind"] == "y"
    drawn = {(e["from"], e["to"], e["w"]) for e in edges}
    assert drawn == {("embed/3", "resid_0/error", -0.4), ("resid_0/error", "y", 0.2)}
    assert json.loads(options)["physics"] == {"enabled": False}

"""A circuit's picture: every node and edge drawn, no box over another, names are text, ups go up."""

from __future__ import annotations

import random
from itertools import combinations

import pytest

from explorer_engine.circuits.circuit import Edge, Node
from explorer_engine.drawing.circuit import draw, rows_of
from explorer_engine.drawing.picture import picture
from explorer_engine.sites import Site
from tests.explorer_engine.circuits.small import circuit
from tests.markup import parse

HOSTILE = '<script>alert(1)</script>"\u202e'


def drawing(n: int, tokens: list[str] | None = None, seed: int = 0):
    choose = random.Random(seed)
    sites = ["embed", "mlp_0", "resid_0", "resid_1"]
    nodes = tuple(
        Node(
            Site.parse(site),
            "error" if i == 6 else i,
            choose.randrange(len(tokens)) if tokens else None,
            choose.uniform(-1, 1),
        )
        for site in sites
        for i in range(n)
    )
    edges = tuple(
        Edge(a.id, b.id, choose.uniform(-1, 1))
        for a, b in zip(nodes, nodes[n:], strict=False)
        if a.site < b.site
    )
    names = {nodes[0].ref: (HOSTILE,)}
    return draw(circuit(nodes, edges), rows_of(nodes), {}, names, HOSTILE, tokens, HOSTILE), nodes, edges


@pytest.mark.parametrize("tokens", [None, ["the", " keys", HOSTILE, " are"]])
@pytest.mark.parametrize("n", [1, 5, 14])
def test_all_is_drawn_and_no_box_stands_on_another(n: int, tokens: list[str] | None) -> None:
    found, nodes, edges = drawing(n, tokens)
    made = parse(picture(found)).everything()
    boxes = [
        [float(box.attributes[name]) for name in ("x", "y", "width", "height")]
        for group in made
        if group.tag == "g"
        for box in group.children
        if box.tag == "rect"
    ]
    assert len(boxes) == sum(not node.is_error for node in nodes) + 1
    assert len([e for e in made if "edge" in e.attributes.get("class", "").split()]) == len(edges)
    width = float(made[0].attributes["viewbox"].split()[2])
    for x, _, w, _ in boxes:
        assert x >= 0 and x + w <= width
    for (x, y, w, h), (u, v, s, t) in combinations(boxes, 2):
        assert x + w <= u + 0.2 or u + s <= x + 0.2 or y + h <= v + 0.2 or v + t <= y + 0.2


def test_names_are_text_and_links_are_as_asked() -> None:
    found, nodes, _ = drawing(3)
    made = picture(found, lambda id: "there.html" if id == nodes[0].id else None)
    elements = parse(made).everything()
    assert "script" not in {e.tag for e in elements} and "\u202e" not in made
    assert [e.attributes["href"] for e in elements if e.tag == "a"] == ["there.html"]


def test_one_circuit_has_one_picture() -> None:
    assert picture(drawing(9)[0]) == picture(drawing(9)[0])

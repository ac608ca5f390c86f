"""The circuit drawing: rows are sites, no boxes overlap, columns hold their positions, names are harmless."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest

from explorer_engine.circuits.circuit import Edge, Node
from explorer_engine.drawing.circuit import draw, plain_name, rows_of
from explorer_engine.drawing.layout import Box, lanes_for, place
from explorer_engine.sites import Site, sites_of
from tests.explorer_engine.circuits.small import circuit

REFERENCE = 780


def random_boxes(n: int, rows: int, seed: int, lanes: int = 1):
    draw_ = random.Random(seed)
    boxes = [
        Box(f"b{i}", draw_.randrange(rows), draw_.uniform(20, 90), draw_.randrange(lanes)) for i in range(n)
    ]
    links = [
        (a.id, b.id, draw_.random())
        for a in boxes
        for b in boxes
        if b.row == a.row + 1 and draw_.random() < 0.3
    ]
    return boxes, links


def crossings(places, links):
    """Counted the plain way: pairs of links between the same two rows whose ends are in opposite order."""
    total = 0
    for i, (a, b, _) in enumerate(links):
        for c, d, _ in links[i + 1 :]:
            if places[a].row == places[c].row and places[b].row == places[d].row:
                total += (places[a].x - places[c].x) * (places[b].x - places[d].x) < 0
    return total


@pytest.mark.parametrize("seed", range(4))
def test_boxes_of_a_row_do_not_overlap_and_stay_inside(seed):
    boxes, links = random_boxes(40, 9, seed)
    places = place(boxes, links)
    width = {b.id: b.width / REFERENCE for b in boxes}
    for row in range(9):
        line = sorted((b.id for b in boxes if b.row == row), key=lambda k: places[k].x)
        for left, right in pairwise(line):
            assert places[right].x - places[left].x >= (width[left] + width[right]) / 2
    assert all(0 <= p.x <= 1 for p in places.values())


def test_rows_are_as_given_and_the_layout_is_the_same_every_time():
    boxes, links = random_boxes(30, 6, 1)
    places = place(boxes, links)
    assert {b.id: b.row for b in boxes} == {k: p.row for k, p in places.items()}
    assert places == place(boxes, list(reversed(links)))


@pytest.mark.parametrize("seed", range(4))
def test_the_sweeps_remove_most_crossings(seed):
    boxes, links = random_boxes(36, 8, seed)
    strong = [(a, b, w) for a, b, w in links if w > 0.7]
    assert crossings(place(boxes, strong), strong) <= 0.5 * crossings(place(boxes, strong, sweeps=0), strong)


def test_boxes_stay_in_the_lane_of_their_position():
    boxes, links = random_boxes(60, 8, 3, lanes=6)
    lanes = lanes_for(boxes, [30.0] * 6)
    assert lanes[0][0] == 0 and lanes[-1][1] == pytest.approx(1)
    places = place(boxes, links, lanes)
    for box in boxes:
        low, high = lanes[box.lane]
        assert low <= places[box.id].x <= high


def node(site: str, feature: int | None, position: int | None = None) -> Node:
    return Node(Site.parse(site), "error" if feature is None else feature, position, 0.5)


def test_a_label_comes_before_tokens_and_control_characters_are_shown():
    plain, tokens = node("mlp_0", 1), (" she", "her", "\n")
    assert plain_name(plain, None, tokens) == "she her ⏎"
    assert plain_name(plain, "pronouns", tokens) == "pronouns"
    assert plain_name(node("mlp_0", None), None, ()) == "error of mlp_0"
    assert plain_name(node("mlp_0", 4), None, ()) == "4"
    hostile = plain_name(plain, None, ("\u202egnorw", "<b>"))
    assert "\u202e" not in hostile and "<b>" in hostile
    assert "\u202e" not in plain_name(plain, "\u202egnorw", tokens)


def test_rows_go_from_embed_to_the_output():
    nodes = [node(str(site), 1) for site in reversed(sites_of(2))]
    rows = rows_of(nodes)
    assert [row.name for row in rows] == [
        "embed", "attn_0", "mlp_0", "resid_0", "attn_1", "mlp_1", "resid_1", "y",
    ]  # fmt: skip
    assert [row.layer for row in rows] == [-1, 0, 0, 0, 1, 1, 1, 2]


def test_positions_become_columns_titled_by_the_tokens():
    nodes = (node("embed", 3, 1), node("resid_0", 4, 2))
    part = circuit(nodes, (Edge("embed/3@1", "resid_0/4@2", -0.4),))
    tokens = ["<s>", " keys", "\n"]
    drawing = draw(part, rows_of(nodes), {}, {}, "m", tokens, "One of two")
    assert drawing.title == "One of two"
    assert [lane.title for lane in drawing.lanes] == ["<s>", "keys", "⏎"]
    marks = {m.id: m for m in drawing.marks}
    assert (marks["embed/3@1"].lane, marks["resid_0/4@2"].lane, marks["y"].lane) == (1, 2, 2)
    one = draw(part, rows_of(nodes), {}, {}, "m", None)
    assert [lane.title for lane in one.lanes] == [""] and {m.lane for m in one.marks} == {0}

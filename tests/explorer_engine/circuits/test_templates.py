"""Templates: subject with subject, last with last, the rest counted; circuits in common columns."""

from __future__ import annotations

from explorer_engine.circuits.circuit import Edge, Node
from explorer_engine.circuits.templates import Column, Template, align, in_columns, template
from explorer_engine.sites import Site
from tests.explorer_engine.circuits.small import circuit

RC = Template(("The", " keys", " that", " the", " girls", " fear"), 1)
PP = Template(("The", " monkeys", " above", " the", " trucks"), 1)
SIMPLE = Template(("The", " turtle"), 1)
WITHIN = Template(("The", " doctor", " that", " the", " book"), 4)


def pairs(columns) -> list[tuple[int | None, int | None]]:
    return [(column.here, column.there) for column in columns]


def test_subject_and_last_token_stand_with_their_like():
    assert pairs(align(RC, PP)) == [(0, 0), (1, 1), (2, 2), (3, 3), (4, None), (5, 4)]
    assert pairs(align(PP, RC)) == [(0, 0), (1, 1), (2, 2), (3, 3), (None, 4), (4, 5)]


def test_a_subject_that_is_the_last_token_stands_with_the_subject():
    assert pairs(align(SIMPLE, WITHIN)) == [(None, 0), (None, 1), (None, 2), (0, 3), (1, 4)]
    assert pairs(align(SIMPLE, RC))[:2] == [(0, 0), (1, 1)]
    assert pairs(align(SIMPLE, RC))[2:] == [(None, 2), (None, 3), (None, 4), (None, 5)]


def test_every_position_stands_once_and_in_order():
    for here in (RC, PP, SIMPLE, WITHIN):
        for there in (RC, PP, SIMPLE, WITHIN):
            columns = align(here, there)
            assert [c.here for c in columns if c.here is not None] == list(range(len(here.tokens)))
            assert [c.there for c in columns if c.there is not None] == list(range(len(there.tokens)))
        assert pairs(align(here, here)) == [(i, i) for i in range(len(here.tokens))]


def test_without_a_subject_positions_are_counted_from_the_end():
    assert pairs(align(Template(("a", "b", "c"), None), SIMPLE)) == [(0, None), (1, 0), (2, 1)]


def test_a_template_is_read_from_a_pair():
    nodes = (Node(Site("embed", -1), 1, 4, 0.5),)
    example: dict[str, object] = {"clean": ["The", " key", " is"], "patch": ["The", " keys", " is"]}
    found = template(circuit(nodes, tokens=("The", " key", " is", "", "")), example)
    assert found.changed == 1
    assert template(circuit(nodes)).changed is None and len(template(circuit(nodes)).tokens) == 5
    assert template(circuit(nodes), {"clean": ["a"], "patch": None}).changed is None


def test_positions_become_columns():
    embed = Site("embed", -1)
    whole = circuit(
        (Node(embed, 1, 1, 0.5), Node(embed, 1, 4, 0.2)),
        (Edge("embed/1@1", "embed/1@4", 0.1), Edge("embed/1@4", "y", 0.3)),
    )
    columns = (Column(0, 0), Column(1, 1), Column(None, 2), Column(4, 3))
    moved = in_columns(whole, [column.here for column in columns])
    assert [node.id for node in moved.nodes] == ["embed/1@1", "embed/1@3"]
    assert [(edge.source, edge.target) for edge in moved.edges] == [
        ("embed/1@1", "embed/1@3"),
        ("embed/1@3", "y"),
    ]
    assert [node.id for node in in_columns(whole, [1]).nodes] == ["embed/1@0"]

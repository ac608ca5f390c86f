"""Circuits of the tiny world against the method by its definition: whole models and autograd."""

from __future__ import annotations

import json

import pytest
import torch
from torch import Tensor

from explorer_engine.data import Examples, pad_left
from explorer_engine.sites import Site
from tests.explorer_engine.reference import Reference
from tests.precompute.tiny_world import FEATURES, SITES, near, rows


def _log_prob(logits: Tensor, _, examples: Examples) -> Tensor:
    return -logits.log_softmax(-1).gather(1, examples.answer[:, None]).squeeze(1)


def _difference(logits: Tensor, _, examples: Examples) -> Tensor:
    row = torch.arange(len(logits))
    return logits[row, examples.patch_answer] - logits[row, examples.answer]


def _nodes(built, circuit: str) -> dict[tuple[str, int | None, int | None], float]:
    found = rows(built.store, "SELECT * FROM circuit_node WHERE circuit = ? AND site <> 'y'", circuit)
    return {(row["site"], row["feature"], row["position"]): row["effect"] for row in found}


def _check_effects(nodes, tables: dict[str, Tensor], n: int, threshold: float) -> None:
    """Stored nodes are those of [positions, features + error] tables whose effect passes the threshold."""
    assert len(nodes) == pytest.approx(n, abs=2)
    expected = {}
    for site, table in tables.items():
        for position, column in (table.abs() > threshold * 0.99).nonzero().tolist():
            feature = None if column == FEATURES else column
            expected[site, feature, position] = float(table[position, column])
    assert nodes.keys() <= expected.keys()
    assert len(expected) <= len(nodes) + 2
    for node, effect in nodes.items():
        assert effect == pytest.approx(expected[node], rel=5e-3, abs=5e-4), node


def _midpoints(circuit, site: Site) -> tuple[list[float], list[float]]:
    """The points that a circuit says its effects at a site were integrated over."""
    n = json.loads(circuit["provenance"])["points"][str(site)]
    assert circuit["rule"] == "midpoint" and 1 <= n <= circuit["steps"]
    return [(k + 0.5) / n for k in range(n)], [1 / n] * n


def _at_zero(nodes):
    """Nodes with positions summed, as those of tables with one row."""
    return {(site, feature, 0): effect for (site, feature, _), effect in nodes.items()}


def _pairs(built, model, structure: str) -> Examples:
    lines = [json.loads(line) for line in (built.world / "pairs" / f"{structure}.jsonl").open()]
    ids = {
        key: torch.tensor([model.tokenizer.encode(line[key]) for line in lines])
        for key in ("clean_prefix", "patch_prefix", "clean_answer", "patch_answer")
    }
    tokens = ids["clean_prefix"]
    return Examples(
        tokens,
        torch.ones_like(tokens, dtype=torch.bool),
        answer=ids["clean_answer"][:, 0],
        patch=ids["patch_prefix"],
        patch_answer=ids["patch_answer"][:, 0],
    )


def test_circuits_of_pairs_hold_the_effects_of_their_definition(built, model, dictionaries):
    found = rows(
        built.store, "SELECT * FROM circuit WHERE kind = 'contrast' AND summed_of IS NULL ORDER BY id"
    )
    assert len(found) == 4
    for circuit in found:
        structure = circuit["id"].split("-", 1)[1]
        pairs = _pairs(built, model, structure)
        assert len(pairs) == circuit["n_examples"] == 6
        assert circuit["example"] and len(circuit["tokens"]) == pairs.length
    reference = Reference(model, dictionaries, pairs, _difference)
    tables = {}
    for site in dictionaries:
        f, e = reference.effects(site, *_midpoints(circuit, site))
        tables[str(site)] = torch.cat([f, e.unsqueeze(-1)], -1).mean(0)
    _check_effects(_nodes(built, circuit["id"]), tables, 30, circuit["node_threshold"])
    (beside,) = rows(built.store, "SELECT * FROM circuit WHERE summed_of = ?", circuit["id"])
    assert (beside["aggregation"], beside["tokens"]) == ("sum", None)
    assert beside["title"] != circuit["title"]
    summed = {site: table.sum(0, keepdim=True) for site, table in tables.items()}
    _check_effects(_at_zero(_nodes(built, beside["id"])), summed, 30, beside["node_threshold"])


def _contexts(built, documents: list[list[int]], behaviour: int, held_out: bool) -> Examples:
    """Of the 2 · 4 most certain contexts every other one."""
    found = rows(
        built.store, "SELECT * FROM behaviour_context WHERE behaviour = ? ORDER BY rank LIMIT 8", behaviour
    )[held_out::2]
    tokens, mask = pad_left(
        [documents[r["document"]][max(0, r["position"] - 16) : r["position"]] for r in found]
    )
    return Examples(tokens, mask, answer=torch.tensor([row["answer"] for row in found]))


def test_circuits_of_behaviours_hold_the_effects_of_their_definition(built, model, dictionaries, documents):
    (circuit,) = rows(built.store, "SELECT * FROM circuit WHERE behaviour = 101")
    examples = _contexts(built, documents, 101, held_out=False)
    assert circuit["n_examples"] == len(examples)
    reference = Reference(model, dictionaries, examples, _log_prob, zero=True)
    tables, mask = {}, examples.mask.unsqueeze(-1)
    for site in dictionaries:
        f, e = reference.effects(site, *_midpoints(circuit, site))
        both = torch.cat([f, e.unsqueeze(-1)], -1) * mask
        tables[str(site)] = both.sum(1).mean(0, keepdim=True)
    nodes = _at_zero(_nodes(built, circuit["id"]))
    _check_effects(nodes, tables, len(nodes), circuit["node_threshold"])


def test_edges_lead_forward_between_nodes(built):
    order = {site: k for k, site in enumerate([*SITES, "y"])}
    site = {(r["circuit"], r["id"]): r["site"] for r in rows(built.store, "SELECT * FROM circuit_node")}
    found = rows(
        built.store, "SELECT e.*, c.edge_threshold FROM circuit_edge e JOIN circuit c ON c.id = e.circuit"
    )
    assert {row["circuit"] for row in found} == {
        row["id"] for row in rows(built.store, "SELECT id FROM circuit")
    }
    for row in found:
        source, target = (site[row["circuit"], row[end]] for end in ("source", "target"))
        assert order[source] < order[target]
        assert target == "y" or abs(row["weight"]) > row["edge_threshold"]


def test_faithfulness_is_what_is_left_when_all_else_is_ablated(built, model, dictionaries, documents):
    """Points of a behaviour's sweeps: nodes outside set to 0 on contexts held out, by the whole model."""
    found = rows(
        built.store,
        """SELECT f.* FROM faithfulness f JOIN circuit c ON c.id = f.circuit
           WHERE c.behaviour = 101 AND unit = 'features' ORDER BY start_layer, errors, n_nodes""",
    )
    assert {row["tested_on"] for row in found} == {"held-out contexts"}
    for row in rows(built.store, "SELECT * FROM faithfulness"):
        scale = row["m_model"] - row["m_empty"]
        assert row["faithfulness"] == near((row["m_circuit"] - row["m_empty"]) / scale)
        assert row["completeness"] == near((row["m_complement"] - row["m_empty"]) / scale)
    nodes = _nodes(built, "behaviour-101")
    contexts = _contexts(built, documents, 101, held_out=True)
    reference = Reference(model, dictionaries, contexts, _log_prob, zero=True)

    def m(kept: set[tuple[str, int | None]], start_layer: int) -> float:
        changes = {}
        for site in dictionaries:
            if site.layer >= start_layer:
                features = torch.tensor([(str(site), j) in kept for j in range(FEATURES)])

                def change(x: Tensor, site=site, features=features) -> Tensor:
                    f, e = reference.split(site, x)
                    return reference.join(site, f * features, e * ((str(site), None) in kept))

                changes[site] = change
        with torch.no_grad():
            return float(reference.m(changes).mean())

    strongest = sorted(nodes, key=lambda node: -abs(nodes[node]))
    for start, errors in ((-1, "circuit"), (1, "circuit"), (-1, "remove")):
        sweep = [row for row in found if (row["start_layer"], row["errors"]) == (start, errors)]
        assert [row["n_nodes"] for row in sweep][:4] == [1, 2, 5, 10]
        deep = [(site, j) for site, j, _ in strongest if Site.parse(site).layer >= start]
        for row in (row for row in sweep[:3] if row["n_nodes"] <= len(deep)):
            kept = {node for node in deep[: row["n_nodes"]] if errors == "circuit" or node[1] is not None}
            assert row["m_circuit"] == near(m(kept, start))
            assert row["m_empty"] == near(m(set(), start))
        with torch.no_grad():
            assert sweep[0]["m_model"] == near(float(reference.m({}).mean()))


def test_every_circuit_carries_every_sweep_on_all_that_it_is_tested_on(built):
    ways = {("features", -1, "circuit"), ("features", 1, "circuit"), ("features", -1, "remove")}
    ways |= {("neurons", -1, "circuit"), ("neurons", 1, "circuit")}
    for kind, tests in (
        ("contrast", {"other pairs", "shifted pairs"}),
        ("behaviour", {"held-out contexts"}),
        ("classifier", {"other ambiguous texts"}),
    ):
        for circuit in rows(built.store, "SELECT id, n_examples FROM circuit WHERE kind = ?", kind):
            found = rows(
                built.store,
                "SELECT DISTINCT unit, start_layer, errors, tested_on FROM faithfulness WHERE circuit = ?",
                circuit["id"],
            )
            if kind == "behaviour" and circuit["n_examples"] == 1:
                continue  # nothing may be held out of one context
            assert {row["tested_on"] for row in found} == tests
            assert {(r["unit"], r["start_layer"], r["errors"]) for r in found} == ways
            assert len(found) == len(ways) * len(tests)


def test_the_size_of_a_behaviours_circuit_is_on_its_curve_with_nothing_left_whole(built):
    found = rows(
        built.store,
        """SELECT c.id, count(DISTINCT n.id) - 1 AS stored, any_value(f.n_nodes) AS measured
           FROM circuit c JOIN circuit_node n ON n.circuit = c.id
           LEFT JOIN faithfulness f ON f.circuit = c.id AND f.threshold = c.node_threshold
               AND f.unit = 'features' AND f.start_layer = -1 AND f.errors = 'circuit'
           WHERE c.kind = 'behaviour' GROUP BY c.id""",
    )
    assert found and all(row["stored"] == row["measured"] for row in found)

"""Whole circuits: thresholds, batches, selection rules, aggregation, the output's edges."""

from __future__ import annotations

import copy
from dataclasses import replace

import pytest
import torch

from explorer_engine.attribution.nodes import node_effects
from explorer_engine.circuits.discovery import discover, discover_both, find_circuit
from explorer_engine.circuits.effects import average_effects
from explorer_engine.circuits.options import CircuitOptions
from explorer_engine.data import Examples
from explorer_engine.dictionaries import IdentityDictionary
from explorer_engine.errors import InputError
from explorer_engine.models import LanguageModel
from explorer_engine.sites import Site
from tests.explorer_engine.reference import Reference
from tests.explorer_engine.test_attribution import difference
from tests.explorer_engine.tiny import (
    FAMILIES,
    mixed_dictionaries,
    random_dictionary,
    tiny_examples,
    tiny_model,
)
from tests.golden.load import golden_dictionaries, golden_examples, golden_model

OPTIONS = {"steps": 2, "node_threshold": 0.3, "edge_threshold": 0.05}


def test_the_threshold_can_be_chosen_when_the_effects_are_known():
    model, examples = tiny_model("gpt_neox"), tiny_examples((6, 4, 5))
    dictionaries, options = mixed_dictionaries(model), CircuitOptions(aggregation="sum", steps=2)
    found = discover(
        model, dictionaries, examples, options, choose=lambda averages: averages.threshold_for(9)
    )
    expected = find_circuit(model, dictionaries, examples, replace(options, n_nodes=9))
    assert (found.circuit.nodes, found.circuit.edges) == (expected.nodes, expected.edges)
    assert found.circuit.provenance["options"]["node_threshold"] == found.circuit.node_threshold


@pytest.mark.parametrize("selection", ["averaged", "per-example"])
def test_both_circuits_of_one_set_are_those_found_one_by_one(selection):
    model, examples = tiny_model("gpt2"), tiny_examples((5, 5, 5, 5))
    dictionaries = mixed_dictionaries(model)
    options = CircuitOptions(
        steps=8, rule="midpoint", quadrature_error=0.05, node_selection=selection, n_nodes=20,
        edge_threshold=0.02, batch_size=3,
    )  # fmt: skip
    both = discover_both(model, dictionaries, examples, options)
    for found, aggregation in zip(both, ("none", "sum"), strict=True):
        alone = discover(model, dictionaries, examples, replace(options, aggregation=aggregation))
        ours, theirs = found.circuit.strongest_first(), alone.circuit.strongest_first()
        assert [n.id for n in ours.nodes] == [n.id for n in theirs.nodes] and len(ours.nodes) == 20
        assert [n.effect for n in ours.nodes] == pytest.approx([n.effect for n in theirs.nodes])
        assert ours.edges and {(e.source, e.target) for e in ours.edges} == {
            (e.source, e.target) for e in theirs.edges
        }
        assert [e.weight for e in ours.edges] == pytest.approx([e.weight for e in theirs.edges])
        assert (ours.aggregation, ours.tokens, ours.node_threshold) == (
            theirs.aggregation, theirs.tokens, pytest.approx(theirs.node_threshold),
        )  # fmt: skip
        assert found.steps == alone.steps
        for site, table in alone.averages.tables.items():
            torch.testing.assert_close(found.averages.tables[site], table)


def test_averages_in_bfloat16_do_not_stall_over_many_examples():
    few = golden_examples()
    many = few[torch.arange(len(few)).repeat(100)]
    tables = []
    for examples, size in ((few, None), (many, 80)):
        model, dictionaries = golden_model(), golden_dictionaries()
        low = LanguageModel(copy.deepcopy(model.hf).to(torch.bfloat16), name="golden")
        dictionaries = {site: d.to(dtype=torch.bfloat16) for site, d in dictionaries.items()}
        averages = average_effects(
            low, dictionaries, examples, CircuitOptions(method="attribution", batch_size=size)
        )
        tables.append(torch.cat([averages.tables[site].double().flatten() for site in model.sites]))
    assert float((tables[0] - tables[1]).norm() / tables[0].norm()) < 0.02


@pytest.mark.parametrize(
    ("family", "aggregation"),
    [*((family, "none") for family in FAMILIES), ("gpt_neox", "sum"), ("gemma2", "sum"), ("opt", "sum")],
)
def test_every_family_gives_a_circuit_that_obeys_its_thresholds(family, aggregation):
    model, examples = tiny_model(family), tiny_examples((6, 4, 5))
    found = discover(
        model, mixed_dictionaries(model), examples, CircuitOptions(aggregation=aggregation, **OPTIONS)
    )
    circuit = found.circuit
    assert circuit.nodes
    assert circuit.edges
    assert all(abs(node.effect) > 0.3 for node in circuit.nodes)
    assert all(abs(edge.weight) > 0.05 for edge in circuit.edges if edge.target != "y")
    assert all((node.position is None) == (aggregation == "sum") for node in circuit.nodes)
    assert len(circuit.nodes) == found.averages.count(0.3)
    last = {node.id: node.effect for node in circuit.nodes if node.site == Site("resid", 2)}
    assert {e.source: e.weight for e in circuit.edges if e.target == "y"} == last
    sites = {id: node.site for id, node in circuit.by_id.items()} | {"y": Site("resid", 99)}
    assert all(sites[edge.source] < sites[edge.target] for edge in circuit.edges)


@pytest.mark.parametrize("selection", ["averaged", "per-example"])
@pytest.mark.parametrize("aggregation", ["none", "sum"])
def test_batches_do_not_change_a_circuit(selection, aggregation):
    model, examples = tiny_model("gpt_neox"), tiny_examples((6, 4, 5, 6, 3))
    dictionaries = mixed_dictionaries(model)
    one, many = (
        find_circuit(
            model,
            dictionaries,
            examples,
            CircuitOptions(aggregation=aggregation, node_selection=selection, batch_size=size, **OPTIONS),
        )
        for size in (5, 2)
    )
    assert [node.id for node in one.nodes] == [node.id for node in many.nodes]
    assert [n.effect for n in one.nodes] == pytest.approx([n.effect for n in many.nodes])
    ours, theirs = ({(e.source, e.target): e.weight for e in c.edges} for c in (one, many))
    assert ours == pytest.approx(theirs)


def test_per_example_selection_leaves_out_what_does_not_pass_there():
    model, examples = tiny_model("gpt_neox"), tiny_examples((6, 6, 6))
    dictionaries = mixed_dictionaries(model)
    options = OPTIONS | {"edge_threshold": 0.0}
    averaged, selected = (
        find_circuit(model, dictionaries, examples, CircuitOptions(node_selection=rule, **options))
        for rule in ("averaged", "per-example")
    )
    assert averaged.nodes == selected.nodes
    # by hand: an example where no downstream node passes has no edges at all
    effects = [node_effects(model, dictionaries, examples[b : b + 1], steps=2) for b in range(3)]
    weights = {(e.source, e.target): e.weight for e in selected.edges}
    single = [
        find_circuit(
            model, dictionaries, examples[b : b + 1], CircuitOptions(**(options | {"node_threshold": 0.0}))
        )
        for b in range(3)
    ]
    edges = [{(e.source, e.target): e.weight for e in c.edges} for c in single]
    for edge in selected.edges:
        if edge.target == "y":
            continue
        target = selected.by_id[edge.target]
        own = [
            float(e.error(target.site)[0, target.position])
            if target.is_error
            else float(e.dense(target.site)[0, target.position, target.feature])
            for e in effects
        ]
        expected = sum(edges[b].get((edge.source, edge.target), 0.0) for b in range(3) if abs(own[b]) > 0.3)
        assert weights[edge.source, edge.target] == pytest.approx(expected / 3)


def test_asking_for_a_number_of_nodes():
    model, examples = tiny_model("llama"), tiny_examples()
    found = discover(model, mixed_dictionaries(model), examples, CircuitOptions(n_nodes=17, steps=1))
    assert len(found.circuit.nodes) == 17
    assert found.circuit.node_threshold == found.averages.threshold_for(17)


def test_neurons_have_no_error_nodes_and_the_edges_into_the_stream_add_up_to_its_effect():
    model, examples = tiny_model("gpt_neox"), tiny_examples()
    dictionaries = {s: IdentityDictionary(model.width(s), torch.float64) for s in model.sites}
    options = CircuitOptions(method="attribution", node_threshold=0.0, edge_threshold=0.0)
    circuit = find_circuit(model, dictionaries, examples, options)
    assert not any(node.is_error for node in circuit.nodes)
    # a layer's output is the sum of its input and its two parts, so their direct effects through it are its
    # own
    parts = sum(e.weight for e in circuit.edges if e.target.startswith("resid_2/"))
    whole = sum(node.effect for node in circuit.nodes if node.site == Site("resid", 2))
    assert parts == pytest.approx(whole)


def test_the_output_is_reached_from_the_last_sites_there_are():
    """Without a dictionary at the last residual site, the metric's edges are its direct derivatives."""
    model, examples = tiny_model("gpt_neox sequential"), tiny_examples()
    dictionaries = mixed_dictionaries(model, missing=("resid_2",))
    circuit = find_circuit(
        model, dictionaries, examples, CircuitOptions(**(OPTIONS | {"edge_threshold": 0.0}))
    )
    sources = {e.source.split("/")[0] for e in circuit.edges if e.target == "y"}
    assert sources <= {"resid_1", "attn_2", "mlp_2"}
    assert len(sources) > 1
    reference = Reference(model, dictionaries, examples, difference)
    edge = next(e for e in circuit.edges if e.target == "y" and e.source.startswith("attn_2/"))
    node = circuit.by_id[edge.source]
    f, e = (x.detach().requires_grad_() for x in reference.clean[node.site])
    held = Site("mlp", 2)
    m = reference.m(
        {
            node.site: lambda _: reference.join(node.site, f, e),
            held: lambda _: reference.join(held, *reference.clean[held]),
        }
    )
    by_f, by_e = torch.autograd.grad(m.sum(), [f, e])
    delta_f, delta_e = (
        b - a for a, b in zip(reference.clean[node.site], reference.patch[node.site], strict=True)
    )
    weight = (by_e * delta_e).sum(-1) if node.is_error else (by_f * delta_f)[..., node.feature]
    assert edge.weight == pytest.approx(float(weight[:, node.position].mean()), abs=1e-9)


def test_a_float32_run_agrees_with_float64():
    double = golden_model()
    single = LanguageModel(copy.deepcopy(double.hf).float(), name="single")
    dictionaries = {site: d.to(dtype=torch.float32) for site, d in golden_dictionaries().items()}
    ours, theirs = (
        find_circuit(m, d, golden_examples())
        for m, d in ((single, dictionaries), (double, golden_dictionaries()))
    )
    assert [n.id for n in ours.nodes] == [n.id for n in theirs.nodes]
    assert [n.effect for n in ours.nodes] == pytest.approx([n.effect for n in theirs.nodes], abs=1e-5)


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ({"node_threshold": -0.1}, "node threshold"),
        ({"edge_threshold": float("nan")}, "edge threshold"),
        ({"metric": "loss"}, "metric"),
        ({"baseline": "mean"}, "baseline"),
        ({"rule": "simpson"}, "rule"),
        ({"steps": 0}, "steps"),
        ({"quadrature_error": -0.1}, "quadrature error"),
        ({"aggregation": "max"}, "aggregation"),
        ({"node_selection": "all"}, "node selection"),
        ({"batch_size": 0}, "batch size"),
        ({"method": "igg"}, "method 'igg': expected ig, attribution or exact: did you mean ig"),
    ],
)
def test_unknown_choices_are_told(option, message):
    with pytest.raises(InputError, match=message):
        CircuitOptions(**option)


def test_dictionaries_and_examples_that_do_not_fit_are_told():
    model, examples = tiny_model("gpt_neox"), tiny_examples()
    dictionaries = mixed_dictionaries(model)
    site = Site("mlp", 1)
    with pytest.raises(InputError, match=r"mlp_1.*width 9.*16"):
        find_circuit(model, dictionaries | {site: random_dictionary("relu", 9, 5, 0)}, examples)
    with pytest.raises(InputError, match="layers 0 to 2"):
        find_circuit(model, {Site("mlp", 7): random_dictionary("relu", 16, 5, 0)}, examples)
    with pytest.raises(InputError, match="one dtype"):
        find_circuit(model, {s: d.to(dtype=torch.float32) for s, d in dictionaries.items()}, examples)
    with pytest.raises(InputError, match="none given"):
        find_circuit(model, {}, examples)
    alone = Examples(examples.tokens, examples.mask, examples.answer)
    with pytest.raises(InputError, match="no patch prompts"):
        find_circuit(model, dictionaries, alone, CircuitOptions(baseline="patch"))
    with pytest.raises(InputError, match="no patch answers"):
        find_circuit(model, dictionaries, alone, CircuitOptions(metric="logit-diff"))
    broken = random_dictionary("relu", 16, 5, 0)
    broken.decoder[0, 0] = float("nan")
    broken.encoder_bias[:] = 10
    with pytest.raises(InputError, match=r"mlp_1.*NaN or Inf"):
        find_circuit(model, dictionaries | {site: broken}, examples)


def test_it_tells_how_far_it_is_and_records_its_options():
    model, heard = tiny_model("gpt_neox"), []
    options = CircuitOptions(batch_size=2, steps=1, node_threshold=0.3)
    circuit = find_circuit(
        model,
        mixed_dictionaries(model),
        tiny_examples((6, 4, 5)),
        options,
        progress=lambda *a: heard.append(a),
    )
    assert heard == [(n, 2, what) for what in ("node effects", "edge effects") for n in (0, 1, 2)]
    assert CircuitOptions(**circuit.provenance["options"]) == options

"""Faithfulness and completeness against a plain run that decodes masked features at every site."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import product

import pytest
import torch
from torch import Tensor

from explorer_engine.circuits.curve import log_thresholds
from explorer_engine.circuits.discovery import discover
from explorer_engine.circuits.effects import average_effects
from explorer_engine.circuits.faithfulness import default_start_layer, sweep
from explorer_engine.circuits.options import CircuitOptions, SweepOptions
from explorer_engine.errors import InputError
from explorer_engine.sites import Site
from tests.explorer_engine.reference import Reference
from tests.explorer_engine.test_attribution import difference, tolerance
from tests.explorer_engine.tiny import FAMILIES, mixed_dictionaries, tiny_examples, tiny_model

RAGGED = (6, 4, 5, 6)


def plain(model, dictionaries, averages, examples, threshold, errors, start, ablation, complement) -> float:
    """m of the circuit above `threshold` (or its complement) by its definition; reference = patch prompts."""
    reference = Reference(model, dictionaries, examples, difference)
    weight = examples.mask.double() / examples.mask.double().sum(0)
    changes = {}
    for site in dictionaries:
        if site.layer < start:
            continue
        table = averages.tables[site].abs() > threshold
        keep, keep_error = table[:, :-1], table[:, -1:]
        if complement:
            keep, keep_error = ~keep, ~keep_error
        if errors == "keep" or (errors == "residual-only" and site.kind == "resid"):
            keep_error = torch.ones_like(keep_error)
        elif errors != "circuit":
            keep_error = torch.zeros_like(keep_error)
        other_f, other_e = reference.patch[site]
        if ablation == "mean":
            other_f = (other_f * weight.unsqueeze(-1)).sum(0)
            other_e = (other_e * weight.unsqueeze(-1)).sum(0)
        elif ablation == "zero":
            other_f, other_e = torch.zeros_like(other_f[0]), torch.zeros_like(other_e[0])

        def change(x: Tensor, site=site, k=keep, ke=keep_error, of=other_f, oe=other_e) -> Tensor:
            f, e = reference.split(site, x)
            return reference.join(site, torch.where(k, f, of), torch.where(ke, e, oe))

        changes[site] = change
    with torch.no_grad():
        return float(reference.m(changes).mean())


@pytest.mark.parametrize(
    ("family", "errors"),
    [
        *((family, "circuit") for family in FAMILIES),
        *product(("gpt_neox", "gemma2", "opt"), ("keep", "remove", "residual-only")),
    ],
)
def test_sweep_is_its_definition(family, errors):
    model, examples = tiny_model(family), tiny_examples(RAGGED)
    dictionaries = mixed_dictionaries(model)
    aggregation = "none" if errors in ("circuit", "residual-only") else "sum"
    averages = average_effects(
        model, dictionaries, examples, CircuitOptions(aggregation=aggregation, steps=1)
    )
    thresholds = [averages.threshold_for(n) for n in (300, 60, 8)]
    for ablation, start in (("mean", -1), ("zero", 1)):
        rows = sweep(
            model,
            dictionaries,
            averages,
            examples,
            thresholds,
            SweepOptions(ablation=ablation, errors=errors, start_layer=start),
        )
        args = (model, dictionaries, averages, examples)
        for row in rows:
            inside, outside = (
                plain(*args, row.threshold, errors, start, ablation, complement)
                for complement in (False, True)
            )
            empty = plain(*args, math.inf, errors, start, ablation, False)
            found = torch.tensor([row.m_circuit, row.m_complement, row.m_empty], dtype=torch.float64)
            torch.testing.assert_close(
                found, torch.tensor([inside, outside, empty], dtype=torch.float64), **tolerance(model)
            )
            assert row.faithfulness == pytest.approx((inside - empty) / (row.m_model - empty), rel=1e-3)


def test_a_circuit_of_everything_is_the_model_and_nothing_is_empty():
    model, examples = tiny_model("gpt_neox"), tiny_examples((6, 6, 6))
    dictionaries = mixed_dictionaries(model)
    averages = average_effects(
        model, dictionaries, examples, CircuitOptions(aggregation="sum", method="attribution")
    )
    for table in averages.tables.values():
        table[:] = 1.0
    row_all, row_none = sweep(
        model, dictionaries, averages, examples, [0.5, 2.0], SweepOptions(start_layer=-1)
    )
    assert row_all.m_circuit == pytest.approx(row_all.m_model)
    assert (row_all.faithfulness, row_all.completeness) == (pytest.approx(1), pytest.approx(0, abs=1e-9))
    assert (row_none.faithfulness, row_none.completeness) == (pytest.approx(0), pytest.approx(1))
    assert row_none.n_nodes == 0


def test_resampling_takes_one_other_prompt_and_is_reproducible():
    model, examples = tiny_model("gpt_neox"), tiny_examples((6, 6))
    dictionaries = mixed_dictionaries(model)
    averages = average_effects(model, dictionaries, examples, CircuitOptions(steps=1))
    options = SweepOptions(ablation="resample", start_layer=-1)
    donor = examples[1:].patched()
    (row,) = sweep(model, dictionaries, averages, examples[:1], [math.inf], options, reference=donor)
    reference = Reference(model, dictionaries, examples[:1], difference)
    values = reference.values(examples.patch[1:])
    expected = reference.m({site: lambda x, site=site: values[site] for site in dictionaries})
    assert row.m_circuit == pytest.approx(float(expected))
    seeds = [
        sweep(model, dictionaries, averages, examples, [0.1], replace(options, seed=s))[0].m_empty
        for s in (0, 0, 1, 2, 3)
    ]
    assert seeds[0] == seeds[1]
    assert len(set(seeds)) > 1


def test_a_circuit_gives_the_same_rows_as_the_effects_it_came_from():
    model, examples = tiny_model("gpt_neox"), tiny_examples((6, 6, 6))
    dictionaries = mixed_dictionaries(model)
    for aggregation in ("none", "sum"):
        found = discover(
            model,
            dictionaries,
            examples,
            CircuitOptions(aggregation=aggregation, node_threshold=0.05, steps=2),
        )
        thresholds = [0.05, 0.1, 0.4]
        rows = [sweep(model, dictionaries, c, examples, thresholds) for c in (found.circuit, found.averages)]
        for ours, theirs in zip(*rows, strict=True):
            assert ours.m_circuit == pytest.approx(theirs.m_circuit)
            assert ours.m_complement == pytest.approx(theirs.m_complement)
            assert (ours.n_nodes, ours.n_errors) == (theirs.n_nodes, theirs.n_errors)


@pytest.mark.parametrize("ablation", ["mean", "zero", "resample"])
def test_batches_do_not_change_a_sweep(ablation):
    model, examples = tiny_model("llama"), tiny_examples(RAGGED)
    dictionaries = mixed_dictionaries(model)
    averages = average_effects(
        model, dictionaries, examples, CircuitOptions(aggregation="sum", method="attribution")
    )
    one, many = (
        sweep(
            model,
            dictionaries,
            averages,
            examples,
            [0.05, 0.5],
            SweepOptions(ablation=ablation, batch_size=size),
        )
        for size in (4, 1)
    )
    for ours, theirs in zip(one, many, strict=True):
        for name in ("m_model", "m_empty", "m_circuit", "m_complement"):
            assert getattr(ours, name) == pytest.approx(getattr(theirs, name), abs=1e-5)


def test_default_thresholds_and_start_layer():
    thresholds = log_thresholds()
    assert (len(thresholds), thresholds[0], thresholds[-1]) == (15, pytest.approx(1e-4), pytest.approx(1))
    assert thresholds[1] / thresholds[0] == pytest.approx(thresholds[9] / thresholds[8])
    assert default_start_layer(tiny_model("gpt_neox")) == 1


def test_bad_input_is_told():
    model, examples = tiny_model("gpt_neox"), tiny_examples((6, 6, 6))
    dictionaries = mixed_dictionaries(model)
    circuit = discover(model, dictionaries, examples, CircuitOptions(node_threshold=0.1, steps=1)).circuit
    with pytest.raises(InputError, match=r"found with 0\.1"):
        sweep(model, dictionaries, circuit, examples, [0.01])
    with pytest.raises(InputError, match="must be 0 or more"):
        sweep(model, dictionaries, circuit, examples, [-1.0])
    with pytest.raises(InputError, match="start layer 9"):
        sweep(model, dictionaries, circuit, examples, [0.1], SweepOptions(start_layer=9))
    with pytest.raises(InputError, match="does not exist with these dictionaries"):
        sweep(model, dictionaries, circuit, tiny_examples((3, 3, 3)), [0.1])
    fewer = {site: d for site, d in dictionaries.items() if site != Site("resid", 2)}
    with pytest.raises(InputError, match="no dictionary at resid_2"):
        sweep(model, fewer, circuit, examples, [0.1])
    for option in ({"ablation": "median"}, {"errors": "some"}):
        with pytest.raises(InputError, match="expected"):
            SweepOptions(**option)

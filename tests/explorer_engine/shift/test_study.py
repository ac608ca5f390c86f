"""A classifier's study on a small world whose truth is planted, and the circuit of its probe."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
import torch

from explorer_engine.circuits.curve import Sweep
from explorer_engine.errors import InputError
from explorer_engine.shift import (
    Draw,
    GenericTexts,
    Reading,
    ShiftSession,
    Study,
    StudyOptions,
    TaskWords,
    classifier_circuit,
    study_classifier,
)
from explorer_engine.sites import FeatureRef
from tests.explorer_engine.shift.computed import effects_of, values_at

WORDS = TaskWords((frozenset({"he"}), frozenset({"she"})), {"nurse": frozenset({"ward"})})


def contexts(refs: Sequence[FeatureRef]) -> dict[FeatureRef, list[str]]:
    """Of the first feature contexts that follow one gender, of the others none that tell anything."""
    return {ref: ["a day and she"] * 4 if ref == refs[0] else ["a day"] * 4 for ref in refs}


@pytest.fixture(scope="module")
def study(small: Any) -> Any:
    texts = small.texts.balanced
    generic = GenericTexts(texts.tokens[:400], texts.attribute[:400], texts.label[:400])
    heard: list[tuple[int, int, str]] = []
    found = study_classifier(
        small.model,
        small.dictionaries,
        small.task,
        [Draw(small.texts)],
        StudyOptions(features=25, circuit_texts=80, probes=2, ablation="zero"),
        generic=generic,
        reading=Reading(WORDS, contexts),
        progress=lambda *told: heard.append(told),
    )
    last = {what: (done, total) for done, total, what in heard}
    assert last["rows of the table"] == (14, 14) and last["features alone"] == (25, 25)
    assert {"texts", "effects on the probe", "activations of features"} <= set(last)
    assert all(done == total for done, total in last.values())
    return found


def test_a_study_puts_it_all_together(small: Any, session: ShiftSession, study: Study) -> None:
    assert torch.equal(study.probes[0].weight, session.probe.weight) and len(study.probes) == 2
    top = effects_of(small, session).top(25)
    assert [(f.ref, f.effect) for f in study.features] == [(e.ref, e.push) for e in top]
    judged = {f.ref for f in study.features if f.spurious}
    assert {ref for ref in small.planted if any(f.ref == ref for f in study.features)} <= judged
    first = study.features[0]
    assert first.alone == pytest.approx(session.alone([first.ref])[first.ref], abs=5)
    assert len(first.groups) == 4
    assert first.mean == pytest.approx(session.values([first.ref], "mean")[first.ref])
    assert [f.readers for f in study.features] == [1.0, *[0.0] * 24]
    runs = {run.name: run for run in study.runs}
    assert runs["shift"].n_ablated == len(judged)
    assert runs["shift"].accuracies.attribute.value < runs["original"].accuracies.attribute.value


def test_a_study_without_texts_of_many_labels_judges_nothing(small: Any, study: Study) -> None:
    options = StudyOptions(features=5)
    found = study_classifier(
        small.model, small.dictionaries, small.task, [Draw(small.texts)], options=options
    )
    assert [run.name for run in found.runs] == ["original", "original", "oracle", "attribute probe"]
    assert all(f.spurious is None and f.readers is None for f in found.features)
    assert [f.ref for f in found.features] == [f.ref for f in study.features[:5]]
    means = [[group.mean for group in f.groups] for f in found.features]
    assert means == [pytest.approx([group.mean for group in f.groups]) for f in study.features[:5]]


def test_the_circuit_of_a_probe_says_what_it_stands_on(small: Any, session: ShiftSession) -> None:
    """Without a feature that the classifier stands on its metric is lower: a negative effect, by its sign."""
    whole = StudyOptions(features=25, circuit_texts=10_000)
    found = study_classifier(small.model, small.dictionaries, small.task, [Draw(small.texts)], whole)
    entry = classifier_circuit(small.model, small.dictionaries, found)
    circuit = entry.circuit
    assert circuit.sign.startswith("negative: the classifier stands on it")
    support = effects_of(small, session)
    features = [node for node in circuit.nodes if not node.is_error]
    assert features and all(node.site <= small.task.site for node in circuit.nodes)
    for node in features:
        assert node.effect == pytest.approx(-support.of(node.ref).support)
        assert abs(node.effect) >= found.least_support
    assert min(node.effect for node in features) < 0
    assert {sweep.tested_on for sweep in entry.faithfulness} == {"same texts"}, "all of them were taken"


def test_the_circuit_of_a_probe_is_tested_on_the_ambiguous_texts_that_follow(
    small: Any, study: Study
) -> None:
    n, m = 12, 7
    few = replace(study, options=replace(study.options, circuit_texts=n, tested_texts=m))
    entry = classifier_circuit(small.model, small.dictionaries, few)
    kinds = {(s.unit, s.start_layer, s.errors) for s in entry.faithfulness}
    assert entry.circuit.n_examples == n and len(kinds) == len(entry.faithfulness)
    assert {unit for unit, *_ in kinds} == {"features", "neurons"}
    assert {s.tested_on for s in entry.faithfulness} == {"other ambiguous texts"}
    texts, probe, site = study.texts.ambiguous.take(range(n, n + m)), study.probes[0], small.task.site
    signs = 2 * texts.label.to(probe.weight) - 1
    pooled = torch.stack([x.mean(0) for x in values_at(small, site, texts)])
    whole = signs * (pooled @ probe.weight + probe.bias)
    empty = signs * (small.dictionaries[site].decoder_bias @ probe.weight + probe.bias)
    curve = entry.faithfulness[Sweep("other ambiguous texts")]
    assert curve[-1].n_nodes > 1
    for point in curve:
        assert point.m_model == pytest.approx(float(whole.mean()), rel=1e-4)
        assert point.m_empty == pytest.approx(float(empty.mean()), rel=1e-4, abs=1e-6)


def test_wrong_options_are_told_with_the_nearest_choice() -> None:
    with pytest.raises(InputError, match=r"method 'atribution'.*did you mean attribution\?"):
        StudyOptions(method="atribution")  # type: ignore[arg-type]
    with pytest.raises(InputError, match="features 0: must be 1 or more"):
        StudyOptions(features=0)
    with pytest.raises(InputError, match="edge threshold nan"):
        StudyOptions(edge_threshold=float("nan"))

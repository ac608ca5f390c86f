"""SHIFT on a small world whose truth is planted: effects, annotator, the session, and the table."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor

from explorer_engine.circuits.curve import Sweep
from explorer_engine.errors import InputError
from explorer_engine.models import LanguageModel
from explorer_engine.shift import (
    Cancelled,
    ClassifierTask,
    Draw,
    GenericTexts,
    Reading,
    ShiftSession,
    Study,
    StudyOptions,
    TableInput,
    TaskTexts,
    TaskWords,
    TextSet,
    WordsDeleted,
    classifier_circuit,
    classifier_effects,
    concept_bottleneck,
    group_means,
    neuron_effects,
    pooled_features,
    shift_table,
    study_classifier,
    verdicts_of,
)
from explorer_engine.sites import FeatureRef, Site


@pytest.fixture(scope="module")
def session(small: Any) -> Any:
    found = ShiftSession(small.model, small.dictionaries, small.task, small.texts)
    yield found
    found.close()


def effects_of(small: Any, session: ShiftSession, **options: Any) -> Any:
    return classifier_effects(
        small.model, small.dictionaries, session.probe, small.task.site, small.texts.ambiguous, **options
    )


def values_at(small: Any, site: Site, texts: TextSet) -> list[Tensor]:
    """[S,d] of each text."""
    return [
        small.model.activations(torch.tensor([text]), torch.ones(1, len(text)).bool(), [site])[site][0]
        for text in texts.tokens
    ]


def test_effects_at_the_probes_own_site_are_exact(small: Any, session: ShiftSession) -> None:
    site, texts = small.task.site, small.texts.ambiguous
    dictionary = small.dictionaries[site]
    found = effects_of(small, session)
    pooled = torch.stack([dictionary.encode(x).mean(0) for x in values_at(small, site, texts)])
    adds = pooled * (dictionary.decoder @ session.probe.weight)
    torch.testing.assert_close(found.push[site], adds.mean(0))
    torch.testing.assert_close(found.support[site], (adds * (2 * texts.label - 1)[:, None]).mean(0))


def test_effects_in_bfloat16_do_not_stall_over_many_texts(small: Any, session: ShiftSession) -> None:
    model = LanguageModel(copy.deepcopy(small.model.hf).bfloat16(), small.model.tokenizer, "low")
    dictionaries = {site: d.to(dtype=torch.bfloat16) for site, d in small.dictionaries.items()}
    probe = session.probe
    few = small.texts.balanced.take(range(16))
    many = small.texts.balanced.take([row for row in range(16) for _ in range(100)])
    site = small.task.site
    for found in (
        lambda texts: classifier_effects(model, dictionaries, probe, site, texts, batch=16).push,
        lambda texts: neuron_effects(model, probe, site, texts, target="label", batch=16)[0].push,
        lambda texts: neuron_effects(model, probe, site, texts, target="label", batch=16)[1],
    ):
        once, often = (torch.cat(list(found(texts).values())).double() for texts in (few, many))
        assert float((once - often).norm() / once.norm()) < 0.02


def test_effects_can_leave_the_first_position_out(small: Any, session: ShiftSession) -> None:
    site, texts = small.task.site, small.texts.ambiguous
    dictionary = small.dictionaries[site]
    found = effects_of(small, session, skip_first=True)
    pooled = torch.stack([dictionary.encode(x)[1:].sum(0) / len(x) for x in values_at(small, site, texts)])
    torch.testing.assert_close(
        found.push[site], (pooled * (dictionary.decoder @ session.probe.weight)).mean(0)
    )


def test_the_strongest_effects_are_the_words_that_tell(small: Any, session: ShiftSession) -> None:
    found = effects_of(small, session, method="ig", steps=5)
    embed = {s: e for s, e in found.support.items() if s.kind == "embed"}
    strongest = torch.cat(list(embed.values())).abs().topk(12).indices.tolist()
    assert len({ref.index for ref in small.planted} & set(strongest)) >= 7
    top = found.top(20)
    assert [abs(e.support) for e in top] == sorted((abs(e.support) for e in top), reverse=True)
    male, female = found.of(small.planted[0]), found.of(small.planted[-1])
    assert male.push < 0 < female.push and male.support > 0 and female.support > 0
    assert set(small.planted) <= set(found.active())


def test_effects_on_the_attribute_take_its_sign(small: Any, session: ShiftSession) -> None:
    texts = small.texts.balanced
    flipped = TextSet(texts.tokens, texts.attribute, texts.label)
    options = {
        "model": small.model,
        "dictionaries": small.dictionaries,
        "probe": session.probe,
        "site": small.task.site,
    }
    a = classifier_effects(texts=texts, target="attribute", **options)
    b = classifier_effects(texts=flipped, target="label", **options)
    for site in a.support:
        torch.testing.assert_close(a.support[site], b.support[site])


def test_neuron_effects_at_the_probes_own_site_are_exact(small: Any, session: ShiftSession) -> None:
    site, texts = small.task.site, small.texts.balanced
    found, means = neuron_effects(small.model, session.probe, site, texts, target="attribute")
    values = values_at(small, site, texts)
    torch.testing.assert_close(means[site], torch.cat(values).mean(0))
    adds = torch.stack([(x - means[site]).mean(0) for x in values]) * session.probe.weight
    torch.testing.assert_close(found.support[site], (adds * (2 * texts.attribute - 1)[:, None]).mean(0))
    assert all(s.kind != "embed" for s in found.support)


def test_the_annotator_finds_the_planted_words_and_no_others(small: Any) -> None:
    refs = [FeatureRef(Site("embed", -1), token) for token in range(30)]
    texts = small.texts.balanced
    pooled = pooled_features(small.model, small.dictionaries, refs, texts.tokens)
    share = torch.tensor([[text.count(token) / len(text) for token in range(30)] for text in texts.tokens])
    torch.testing.assert_close(pooled, share.double() * 6, atol=2e-3, rtol=0)
    verdicts = verdicts_of(refs, pooled, texts.attribute, texts.label)
    assert tuple(v.ref for v in verdicts if v.spurious) == small.planted
    assert verdicts[8].attribute > 0.15 and abs(verdicts[16].attribute) < 0.15 < abs(verdicts[16].label)
    assert verdicts_of(refs, pooled, texts.attribute, texts.attribute)[8].spurious is False, (
        "told by a label as well"
    )


def test_group_means_are_those_of_the_groups(small: Any) -> None:
    texts = small.texts.test
    pooled = pooled_features(small.model, small.dictionaries, [small.planted[0]], texts.tokens)
    (found,) = group_means(pooled, texts)
    assert [(g.label, g.attribute) for g in found] == [(0, 0), (0, 1), (1, 0), (1, 1)]
    male_professors = pooled[(texts.label == 0) & (texts.attribute == 0), 0]
    assert found[0].mean == pytest.approx(float(male_professors.mean()))
    assert found[0].active == pytest.approx(float((male_professors > 0).double().mean()))
    assert found[1].mean == found[1].active == 0


def test_removing_the_planted_words_frees_the_classifier(small: Any, session: ShiftSession) -> None:
    before, after = session.original, session.evaluate(small.planted)
    assert before.accuracies.attribute.value > 0.85 and before.accuracies.worst.value < 0.4
    assert abs(after.accuracies.attribute.value - 0.5) < 0.06
    assert after.accuracies.label.value > before.accuracies.label.value + 0.15
    assert after.accuracies.worst.value > before.accuracies.worst.value + 0.3
    assert after.n_ablated == 8
    changed = session.flips(after)
    assert sum(f.became_right for f in changed) > 2 * sum(not f.became_right for f in changed)
    again = session.evaluate(small.planted, retrain=True)
    assert again.accuracies.attribute.value < 0.6 and again.accuracies.label.value > 0.75


def test_a_session_answers_the_same_whatever_was_asked_before(small: Any, session: ShiftSession) -> None:
    refs = ["resid_1/3", "embed/8", "mlp_0/2"]
    first = session.evaluate(refs)
    session.evaluate(["embed/9"], retrain=True)
    assert torch.equal(session.evaluate([FeatureRef.parse(ref) for ref in reversed(refs)]).p, first.p)
    assert torch.equal(session.evaluate([]).p, session.original.p)
    fresh = ShiftSession(small.model, small.dictionaries, small.task, small.texts, session.probes)
    try:
        torch.testing.assert_close(fresh.evaluate(refs).p, first.p)
        torch.testing.assert_close(
            fresh.evaluate(refs, retrain=True).p, session.evaluate(refs, retrain=True).p
        )
    finally:
        fresh.close()


def test_retraining_reports_progress_and_can_be_stopped(small: Any, session: ShiftSession) -> None:
    heard: list[tuple[int, int, str]] = []
    session.evaluate(["embed/21"], retrain=True, progress=lambda *told: heard.append(told))
    n = len(small.texts.ambiguous) + len(small.texts.balanced)
    assert heard == sorted(heard) and heard[-1] == (n, n, "texts")
    session.evaluate(["embed/21"], retrain=True, progress=lambda *told: heard.append(told))
    assert heard[-1] == (n, n, "texts"), "what is remembered is done at once"
    with pytest.raises(Cancelled):
        session.evaluate(["embed/22"], retrain=True, cancelled=lambda: True)
    assert session.evaluate(["embed/22"], retrain=True).n_ablated == 1, "works again afterwards"
    with pytest.raises(InputError, match="resid_1/999"):
        session.evaluate(["resid_1/999"])
    with pytest.raises(InputError, match="is not a feature"):
        session.evaluate(["resid_1"])


def test_what_still_counts_adds_up_and_no_longer_tells_the_attribute(
    small: Any, session: ShiftSession
) -> None:
    def per_word(ablated: Any) -> tuple[float, float]:
        """Mean contribution of a male and of a female word."""
        sums: tuple[list[float], list[float]] = ([], [])
        for found in session.counts(range(16), ablated):
            text = small.texts.balanced.tokens[found.text]
            assert found.tokens.shape == (len(text),)
            for token, value in zip(text, found.tokens.tolist(), strict=True):
                if 4 <= token < 12:
                    sums[token >= 8].append(value)
        return sum(sums[0]) / len(sums[0]), sum(sums[1]) / len(sums[1])

    male, female = per_word([])
    male_after, female_after = per_word(small.planted)
    assert male < 0 < female
    assert abs(female_after - male_after) < 0.1 * (female - male)
    refs = ["resid_0/3", "mlp_1/5", "attn_0/7"]
    after = session.evaluate(refs)
    for found in session.counts([0, 9, 17], refs):
        assert float(found.tokens.sum()) == pytest.approx(found.logit - found.empty, rel=0.1, abs=0.05)
        assert float(torch.sigmoid(torch.tensor(found.logit))) == pytest.approx(float(after.p[found.text]))


def test_alone_is_the_change_by_one_feature(small: Any, session: ShiftSession) -> None:
    ref = small.planted[2]
    expected = session.evaluate([ref]).accuracies.label.value - session.original.accuracies.label.value
    assert session.alone([ref, "embed/25"])[ref] == pytest.approx(100 * expected)


def test_concepts_are_cosines_with_centred_keyword_vectors(small: Any, session: ShiftSession) -> None:
    pooled = session.pooled("test")
    found = concept_bottleneck(small.model, small.task.site, ["w12", "w13", "w16"], pooled)
    words = torch.stack(
        [values_at(small, small.task.site, TextSet.of([[t]], [0], [0]))[0][0] for t in (12, 13, 16)]
    )
    centred = words - words.mean(0)
    expected = torch.nn.functional.normalize(pooled, dim=1) @ torch.nn.functional.normalize(centred, dim=1).T
    torch.testing.assert_close(found, expected)


def without(words: set[int], texts: TextSet) -> TextSet:
    """The texts without some words."""
    left = tuple(tuple(t for t in text if t not in words) for text in texts.tokens)
    return TextSet(left, texts.label, texts.attribute)


def test_the_table_has_every_row_and_the_truth_shows_in_it(small: Any, session: ShiftSession) -> None:
    circuit = [effect.ref for effect in effects_of(small, session).top(40)]
    gone = {int(ref.index) for ref in small.planted}
    given = TableInput(
        circuit,
        effects_of(small, session).active(),
        spurious=small.planted,
        embedding=small.planted,
        readers=[frozenset(small.planted), frozenset(small.planted[:6])],
        words_deleted=WordsDeleted(without(gone, small.texts.ambiguous), without(gone, small.texts.test)),
        keywords=[f"w{t}" for t in range(12, 20)],
    )
    table = {row.name: row for row in shift_table([(session, given)], "zero") if row.split == "test"}
    assert {name: row.needs for name, row in table.items()} == {
        "original": "nothing",
        "random": "nothing",
        "cbp": "words of the label",
        "words deleted": "words of the attribute",
        "words deleted+retrain": "words of the attribute",
        "readers": "words of the attribute",
        "readers+retrain": "words of the attribute",
        "embedding features": "labels",
        "embedding features+retrain": "labels",
        "shift": "labels",
        "shift+retrain": "labels",
        "neuron skyline": "balanced labels",
        "feature skyline": "balanced labels",
        "oracle": "balanced labels",
        "attribute probe": "balanced labels",
        "attribute probe after shift": "balanced labels",
    }
    value = {name: row.accuracies.label.value for name, row in table.items()}
    assert value["oracle"] > 0.85 and value["shift"] > value["original"] + 0.15
    assert value["words deleted"] > value["original"] + 0.15
    assert abs(value["random"] - value["original"]) < 0.12
    assert table["embedding features"].accuracies == table["shift"].accuracies
    own = [
        session.evaluate(refs, split="test").accuracies.label.value
        for refs in (small.planted, small.planted[:6])
    ]
    assert value["readers"] == pytest.approx(sum(own) / 2), "the mean over readers"
    told = {name: table[name].accuracies.attribute.value for name in table}
    assert told["attribute probe"] > 0.9 > told["attribute probe after shift"]


def test_rows_without_their_input_are_left_out(small: Any, session: ShiftSession) -> None:
    circuit = [effect.ref for effect in effects_of(small, session).top(10)]
    rows = shift_table([(session, TableInput(circuit, circuit))], "zero")
    assert [row.name for row in rows] == ["original", "original", "oracle", "attribute probe"]
    assert [row.split for row in rows] == ["development", "test", "test", "test"]


def test_figures_of_several_draws_of_texts_are_means_over_them(small: Any, session: ShiftSession) -> None:
    circuit = [effect.ref for effect in effects_of(small, session).top(10)]
    given = TableInput(circuit, circuit, spurious=small.planted)
    fewer = TaskTexts(small.texts.ambiguous, small.texts.balanced, small.texts.test.take(range(100)))
    other = ShiftSession(small.model, small.dictionaries, small.task, fewer)
    try:
        one, two = (shift_table([(of, given)], "zero") for of in (session, other))
        both = shift_table([(session, given), (other, given)], "zero")
    finally:
        other.close()
    assert [row.name for row in both] == [row.name for row in one]
    assert both[0] == one[0] and both[0].split == "development", "of the texts that are shown"
    for a, b, mean in zip(one[1:], two[1:], both[1:], strict=True):
        pair = a.accuracies.label.value, b.accuracies.label.value
        assert mean.accuracies.label.value == pytest.approx(sum(pair) / 2)
        assert mean.accuracies.label.low <= min(pair) and max(pair) <= mean.accuracies.label.high
        assert mean.note == f"{a.note}; 2 draws of texts"
        assert mean.draws == (*a.draws, *b.draws)


def test_mean_ablation_leaves_what_all_texts_have(small: Any, session: ShiftSession) -> None:
    ref = small.planted[0]
    pooled = pooled_features(small.model, small.dictionaries, [ref], small.texts.ambiguous.tokens)
    mean = session.values([ref], "mean")[ref]
    assert mean == pytest.approx(float(pooled.mean())) and mean > 0
    assert session.values([ref], "zero") == {ref: 0.0}
    zero, to_mean = (session.evaluate([ref], ablation=to) for to in ("zero", "mean"))
    assert not torch.equal(zero.p, to_mean.p)
    given = ShiftSession(
        small.model, small.dictionaries, small.task, small.texts, session.probes, means={ref: 0.0}
    )
    try:
        torch.testing.assert_close(given.evaluate([ref], ablation="mean").p, zero.p)
    finally:
        given.close()


def test_figures_are_means_over_probes_and_nothing_is_read_on_the_test_texts_unasked(small: Any) -> None:
    found = ShiftSession(small.model, small.dictionaries, small.task, small.texts, n_probes=3)
    try:
        logits = found.logits(small.planted)
        assert logits.shape == (3, len(small.texts.balanced))
        alone = [
            ShiftSession(small.model, small.dictionaries, small.task, small.texts, [probe])
            for probe in found.probes
        ]
        own = [one.evaluate(small.planted).accuracies.label.value for one in alone]
        assert found.evaluate(small.planted).accuracies.label.value == pytest.approx(sum(own) / 3)
        for one in alone:
            one.close()
        tested = found.logits(small.planted, split="test")
        assert tested.shape == (3, len(small.texts.test))
        assert found.n_probes == len({probe.bias for probe in found.probes}) == 3
    finally:
        found.close()


def test_a_task_needs_all_groups_and_a_residual_site(small: Any) -> None:
    t, texts = small.task, small.texts
    one_sided = TaskTexts(texts.ambiguous, texts.balanced, texts.ambiguous)
    with pytest.raises(InputError, match="task small: no test text is female professor"):
        ShiftSession(small.model, small.dictionaries, t, one_sided)
    with pytest.raises(InputError, match="the probe reads mlp_1: choose a resid site"):
        ClassifierTask("bad", Site("mlp", 1), t.classes, t.attributes)


def test_a_task_says_its_groups_and_its_title() -> None:
    task = ClassifierTask("mail", Site("resid", 0), ("spam", "iPhone offers"), ("old", "new"))
    assert task.groups == ("old spam", "new spam", "old iPhone offers", "new iPhone offers")
    assert task.title == "Spam or iPhone offers?"
    assert ClassifierTask("mail", task.site, ("NASA", "ESA"), task.attributes).title == "NASA or ESA?"


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

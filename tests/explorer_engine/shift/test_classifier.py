"""SHIFT on a small world whose truth is planted: annotator, the session, and the table."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from explorer_engine.errors import InputError
from explorer_engine.shift import (
    Cancelled,
    ClassifierTask,
    ShiftSession,
    TableInput,
    TaskTexts,
    TextSet,
    WordsDeleted,
    concept_bottleneck,
    group_means,
    pooled_features,
    shift_table,
    verdicts_of,
)
from explorer_engine.sites import FeatureRef, Site
from tests.explorer_engine.shift.computed import effects_of, values_at


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

"""Effects on a probe: exact at its own site, signed, and strongest where the planted words are."""

from __future__ import annotations

import copy
from typing import Any

import torch

from explorer_engine.models import LanguageModel
from explorer_engine.shift import (
    ShiftSession,
    TextSet,
    classifier_effects,
    neuron_effects,
)
from tests.explorer_engine.shift.computed import effects_of, values_at


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

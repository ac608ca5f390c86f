"""Direct effects against finite differences, neighbours against all cosines."""

from __future__ import annotations

import pytest
import torch
from torch.nn import functional

from explorer_engine.dashboards import features
from explorer_engine.dashboards.effects import direct_effects, norm_jacobian
from explorer_engine.dashboards.neighbours import decoder_neighbours
from explorer_engine.sites import Site
from tests.explorer_engine.tiny import FAMILIES, VOCABULARY, random_dictionary, tiny_model

DOCUMENTS = torch.randint(VOCABULARY, (6, 10), generator=torch.Generator().manual_seed(1)).tolist()


@pytest.mark.parametrize("family", ["gpt_neox", "gemma2", "llama", "phi"])
def test_direct_effects_are_the_slope_of_the_logits(family: str) -> None:
    assert family in FAMILIES
    model = tiny_model(family)
    site, last = Site("resid", 1), Site("resid", 2)
    dictionary = random_dictionary("relu", 16, 7, seed=0)
    tokens = torch.tensor(DOCUMENTS[:2])
    streams = model.activations(tokens, torch.ones_like(tokens, dtype=torch.bool), [last])[last].reshape(
        -1, 16
    )
    found = direct_effects(model, site, dictionary, norm_jacobian(model, streams), k=VOCABULARY)
    step = 1e-4
    for j in range(7):
        change = step * dictionary.decoder[j]
        # half the difference of two steps; the cap on the logits is left out on both sides
        raised, lowered = (model.unembed(model.norm(streams + sign * change)) for sign in (1, -1))
        slope = ((raised - lowered) / (2 * step)).mean(0)
        slope = slope - slope.mean()
        order = slope.argsort(descending=True)
        tolerance = 1e-6 if family == "gpt_neox" else 2e-2  # RMSNorm computes in float32
        assert found.promoted_logits[j] == pytest.approx(slope[order].numpy(), abs=tolerance)
        assert found.suppressed_logits[j] == pytest.approx(slope[order.flip(0)].numpy(), abs=tolerance)
        if family == "gpt_neox":
            assert found.promoted[j].tolist() == order.tolist()


@pytest.mark.parametrize("chunk", [3, 100])
def test_neighbours_are_the_largest_cosines_of_equal_width(chunk: int) -> None:
    sites = [Site("embed", -1), Site("attn", 0), Site("resid", 0)]
    dictionaries = {
        site: random_dictionary("relu", width, n, seed=i)
        for i, (site, width, n) in enumerate(zip(sites, (16, 8, 16), (7, 5, 10), strict=True))
    }
    found = decoder_neighbours(dictionaries, k=4, chunk=chunk)
    names = [(0, j) for j in range(7)] + [(2, j) for j in range(10)]
    rows = torch.cat([dictionaries[sites[0]].decoder, dictionaries[sites[2]].decoder]).float()
    cosine = functional.normalize(rows, dim=1) @ functional.normalize(rows, dim=1).T
    cosine.fill_diagonal_(-2)
    for i, (place, j) in enumerate(names):
        neighbours = found[sites[place]]
        best = cosine[i].topk(4)
        assert neighbours.cosine[j] == pytest.approx(best.values.numpy(), abs=1e-6)
        seen = [
            (str(neighbours.sites[s]), int(f))
            for s, f in zip(neighbours.site[j], neighbours.feature[j], strict=True)
        ]
        assert seen == [(str(sites[names[k][0]]), names[k][1]) for k in best.indices.tolist()]
    alone = found[sites[1]]
    assert alone.sites == (sites[1],) and all(j not in row for j, row in enumerate(alone.feature.tolist()))
    listed = list(features.neighbours(sites[1], alone))
    assert len(listed) == 20 and {(n.of.site, n.ref.site) for n in listed} == {(sites[1], sites[1])}
    assert [n.rank for n in listed[:5]] == [0, 1, 2, 3, 0]

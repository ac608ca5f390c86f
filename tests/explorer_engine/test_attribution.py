"""Node and edge effects against their definitions: every family, kind, metric and baseline."""

from __future__ import annotations

import re

import pytest
import torch
from torch import Tensor

from explorer_engine.attribution.averages import SiteNodes
from explorer_engine.attribution.edges import edge_sums
from explorer_engine.attribution.gradients import quadrature
from explorer_engine.attribution.metrics import LogitMetric, Metric, ProbeLogit
from explorer_engine.attribution.nodes import node_effects
from explorer_engine.data import Examples
from explorer_engine.dictionaries import Dictionaries
from explorer_engine.errors import InputError
from explorer_engine.models import LanguageModel
from explorer_engine.sites import Site
from tests.explorer_engine.reference import Reference
from tests.explorer_engine.tiny import FAMILIES, mixed_dictionaries, tiny_examples, tiny_model
from tests.golden.load import golden_dictionaries, golden_examples, golden_model

RAGGED = (6, 4, 5)


def tolerance(model: LanguageModel) -> dict[str, float]:
    """float64's, or what float32 leaves of it (RMSNorm and GPT-Neo's scores are always computed in it)."""
    exact = model.family.name in ("gpt_neox", "gpt2", "opt", "phi")
    return {"atol": 1e-11, "rtol": 1e-9} if exact else {"atol": 1e-5, "rtol": 1e-4}


def difference(logits: Tensor, _: dict, examples: Examples) -> Tensor:
    rows = torch.arange(len(logits))
    return logits[rows, examples.patch_answer] - logits[rows, examples.answer]


def surprise(logits: Tensor, _: dict, examples: Examples) -> Tensor:
    return torch.nn.functional.cross_entropy(logits, examples.answer, reduction="none")


def minus_logit(logits: Tensor, _: dict, examples: Examples) -> Tensor:
    return -logits[torch.arange(len(logits)), examples.answer]


class StreamNorm(Metric):
    """The squared length of `resid_1` at the last position."""

    name, sign, site = "norm", "positive: its change makes it longer", Site("resid", 1)

    def __call__(self, values: Tensor, examples: Examples) -> Tensor:
        return (values[:, -1] ** 2).sum(-1)


def assert_effects(effects, reference: Reference, points) -> None:
    mask, within = reference.examples.mask, tolerance(reference.model)
    for site in reference.dictionaries:
        features, error = reference.effects(site, *points)
        real = mask.unsqueeze(-1)
        torch.testing.assert_close(effects.dense(site), features * real, **within)
        torch.testing.assert_close(effects.error(site), error * mask, **within)


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("zero", [False, True])
def test_integrated_gradients_are_their_definition(family, zero):
    model, examples = tiny_model(family), tiny_examples(RAGGED)
    dictionaries = mixed_dictionaries(model)
    metric, by_hand = ("log-prob", surprise) if zero else ("logit-diff", difference)
    effects = node_effects(
        model, dictionaries, examples, steps=3, metric=metric, baseline="zero" if zero else "patch"
    )
    assert_effects(effects, Reference(model, dictionaries, examples, by_hand, zero), quadrature(3, "left"))


@pytest.mark.parametrize("family", FAMILIES)
def test_first_order_is_the_gradient_at_the_clean_run(family):
    model, examples = tiny_model(family), tiny_examples(RAGGED)
    dictionaries = mixed_dictionaries(model, missing=("embed", "mlp_1"))
    effects = node_effects(model, dictionaries, examples, method="attribution", metric="logit")
    assert_effects(effects, Reference(model, dictionaries, examples, minus_logit), ([0.0], [1.0]))


def test_gauss_and_midpoint_rules_converge_to_the_integral():
    model, examples = tiny_model("gpt2"), tiny_examples()
    site = Site("resid", 1)
    dictionaries = {site: mixed_dictionaries(model)[site]}
    effects = [
        node_effects(model, dictionaries, examples, steps=n, rule=rule).dense(site)
        for n, rule in ((2000, "left"), (12, "gauss"), (4, "gauss"), (10, "left"), (40, "midpoint"))
    ]
    far = [float((effects[0] - other).abs().max()) for other in effects[1:]]
    assert far[0] < 2e-3 * float(effects[0].abs().max())
    assert far[1] < far[2] and far[3] < far[2]


def test_quadrature_integrates_polynomials():
    for n in (2, 3, 5):
        times, weights = quadrature(n, "gauss")
        for power in range(2 * n):
            integral = sum(w * t**power for t, w in zip(times, weights, strict=True))
            assert integral == pytest.approx(1 / (power + 1), abs=1e-12)
    assert quadrature(4, "left") == ([0, 0.25, 0.5, 0.75], [0.25] * 4)
    assert quadrature(2, "midpoint") == ([0.25, 0.75], [0.5] * 2)


@pytest.mark.parametrize("family", ["gpt_neox", "gpt_neox sequential", "gemma2"])
@pytest.mark.parametrize("zero", [False, True])
def test_exact_effects_are_patched_runs(family, zero):
    model, examples = tiny_model(family), tiny_examples(RAGGED)
    dictionaries = mixed_dictionaries(model)
    effects = node_effects(
        model,
        dictionaries,
        examples,
        method="exact",
        steps=1,
        metric="logit-diff",
        baseline="zero" if zero else "auto",
    )
    reference = Reference(model, dictionaries, examples, difference, zero)
    generator = torch.Generator().manual_seed(1)
    for site in dictionaries:
        entries = effects.sites[site].features
        for i in torch.randperm(len(entries.token), generator=generator)[:4].tolist():
            b, s = divmod(int(entries.token[i]), examples.length)
            exact = reference.exact(site, b, s, int(entries.feature[i]))
            assert float(effects.sites[site].effect[i]) == pytest.approx(exact, abs=tolerance(model)["atol"])
        if dictionaries[site].has_error:
            assert float(effects.error(site)[1, 4]) == pytest.approx(
                reference.exact(site, 1, 4, None), abs=tolerance(model)["atol"]
            )


def test_any_function_of_the_logits_and_a_probe_can_be_the_metric():
    model, examples = tiny_model("gpt_neox"), tiny_examples(RAGGED)
    dictionaries = mixed_dictionaries(model)

    def entropy(logits: Tensor, _: object, examples: Examples | None = None) -> Tensor:
        return -(logits.softmax(-1) * logits.log_softmax(-1)).sum(-1)

    effects = node_effects(
        model, dictionaries, examples, steps=2, metric=LogitMetric(entropy, name="entropy")
    )
    assert_effects(effects, Reference(model, dictionaries, examples, entropy), quadrature(2, "left"))

    weight = torch.linspace(-1, 1, 16, dtype=torch.float64)
    early = {site: d for site, d in dictionaries.items() if site.layer <= 1}
    label = torch.tensor([1, 0, 1])
    labelled = Examples(examples.tokens, examples.mask, patch=examples.patch, label=label)

    def probe(_: Tensor, values: dict[Site, Tensor], __: Examples) -> Tensor:
        pooled = torch.stack(
            [v[m].mean(0) for v, m in zip(values[Site("resid", 1)], examples.mask, strict=True)]
        )
        return (pooled @ weight + 0.7) * torch.tensor([1.0, -1.0, 1.0])

    metric = ProbeLogit(Site("resid", 1), weight, 0.7, signed=True)
    for method, points in (("ig", quadrature(2, "left")), ("attribution", ([0.0], [1.0]))):
        effects = node_effects(model, dictionaries, labelled, steps=2, metric=metric, method=method)
        assert set(effects.sites) == set(early)
        assert_effects(effects, Reference(model, early, labelled, probe), points)

    effects = node_effects(model, dictionaries, labelled, steps=2, metric=StreamNorm())
    by_hand = lambda _, values, __: (values[Site("resid", 1)][:, -1] ** 2).sum(-1)  # noqa: E731
    assert_effects(effects, Reference(model, early, labelled, by_hand), quadrature(2, "left"))


def test_padding_changes_nothing_and_has_no_effect():
    for family in FAMILIES:
        model = tiny_model(family)
        dictionaries = mixed_dictionaries(model)
        ragged = tiny_examples(RAGGED)
        together = node_effects(model, dictionaries, ragged, steps=2)
        for b, length in enumerate(RAGGED):
            alone = node_effects(model, dictionaries, ragged[b : b + 1].trimmed(), steps=2)
            for site in dictionaries:
                found = together.dense(site)[b]
                torch.testing.assert_close(found[-length:], alone.dense(site)[0], **tolerance(model))
                assert not bool(found[:-length].any())
                assert not bool(together.error(site)[b, :-length].any())


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("aggregation", ["none", "sum"])
def test_edges_are_whole_model_derivatives_with_the_other_sites_held(family, aggregation):
    model = tiny_model(family)
    assert_edges(model, aggregation, mixed_dictionaries(model))


@pytest.mark.parametrize(
    "missing", [("attn_1",), ("mlp_1", "resid_0"), ("embed", "attn_0"), ("resid_1", "attn_2")]
)
@pytest.mark.parametrize("family", ["gpt_neox", "gemma2"])
def test_edges_pass_through_sites_without_a_dictionary(family, missing):
    model = tiny_model(family)
    assert_edges(model, "sum", mixed_dictionaries(model, missing))


def direct_pairs(model: LanguageModel, sites: list[Site]) -> list[tuple[Site, Site]]:
    """Pairs with no residual site between; in a parallel layer the MLP does not see the layer's attention."""

    def apart(up: Site, down: Site) -> bool:
        beside = model.parallel and (up.kind, down.kind) == ("attn", "mlp") and up.layer == down.layer
        return beside or any(up < site < down for site in sites if site.kind == "resid")

    return [(up, down) for down in sites for up in sites if up < down and not apart(up, down)]


def assert_edges(model: LanguageModel, aggregation: str, dictionaries: Dictionaries) -> None:
    examples = tiny_examples(RAGGED)
    effects = node_effects(model, dictionaries, examples, steps=2)
    reference = Reference(model, dictionaries, examples, difference)
    position, mask = 4, examples.mask
    nodes = {}
    for site, dictionary in dictionaries.items():
        active = effects.dense(site).abs().sum((0, 1)).sort(descending=True).indices[:2].sort().values
        error = torch.tensor([dictionary.n_features] if dictionary.has_error else [], dtype=torch.long)
        feature = torch.cat([active, error])
        nodes[site] = SiteNodes(feature, None if aggregation == "sum" else torch.full_like(feature, position))
    edges = edge_sums(model, dictionaries, effects, nodes)
    pairs = [pair for pair in edges if pair[1] != "y"]
    assert pairs == direct_pairs(model, sorted(dictionaries))
    for up, down in pairs:
        by_f, by_e = reference.gradients(down, *quadrature(2, "left"))
        for k, feature in enumerate(nodes[down].feature.tolist()):
            weight_f, weight_e = torch.zeros_like(by_f), torch.zeros_like(by_e)
            where = mask.clone()
            if aggregation == "none":
                where[:, torch.arange(examples.length) != position] = False
            if feature < by_f.shape[-1]:
                weight_f[..., feature] = by_f[..., feature] * where
            else:
                weight_e[:] = by_e * where.unsqueeze(-1)
            from_f, from_e = reference.edge(up, down, weight_f, weight_e)
            by_node = torch.cat([from_f * mask.unsqueeze(-1), (from_e * mask).unsqueeze(-1)], -1)
            by_node = by_node.sum(0)[position] if aggregation == "none" else by_node.sum((0, 1))
            torch.testing.assert_close(edges[up, down][k], by_node[nodes[up].feature], **tolerance(model))


@pytest.mark.parametrize(
    ("choice", "message"),
    [
        ({"method": "foo"}, "method 'foo': expected ig, attribution or exact"),
        ({"rule": "gaus"}, "rule 'gaus': expected left, midpoint or gauss: did you mean gauss"),
        ({"baseline": "mean"}, "baseline 'mean': expected auto, patch or zero"),
        ({"metric": "loss"}, "metric 'loss': expected auto, logit-diff, log-prob or logit"),
        ({"steps": 0}, "steps 0"),
    ],
)
def test_unknown_choices_are_told(choice, message):
    with pytest.raises(InputError, match=re.escape(message)):
        node_effects(golden_model(), golden_dictionaries(), golden_examples(), **choice)


def test_correlation_of_integrated_gradients_with_exact_effects():
    """The approximation the method stands on, on the golden model: later sites agree almost perfectly."""
    model, dictionaries, examples = golden_model(), golden_dictionaries(), golden_examples()
    exact = node_effects(model, dictionaries, examples, method="exact")
    ig = node_effects(model, dictionaries, examples)
    bars = {"embed": 0.6, "0": 0.8, "1": 0.9, "2": 0.99}
    for site in dictionaries:
        moved = exact.dense(site) != 0
        pair = torch.stack([exact.dense(site)[moved], ig.dense(site)[moved]])
        assert float(torch.corrcoef(pair)[0, 1]) > bars[str(site).rpartition("_")[2]]

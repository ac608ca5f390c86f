"""Stored faithfulness and completeness come out of ablating node by node (the paper, §3.2)."""

from __future__ import annotations

from functools import cache

import pytest
import torch

from tests.independent import world
from tests.independent.plain.effects import Metric, logit_difference, minus_log_p
from tests.independent.plain.faithfulness import Ablated, Node, faithfulness, means, metric_of, zeros
from tests.independent.plain.model import by_length, layer, run

CONTEXT = 64
"""Tokens before the answer in a behaviour's contexts (the recipe, where the store does not say)."""
PARTS = {"other pairs": "-tested", "shifted pairs": "-shifted"}
"""What a circuit of pairs is tested on → what ends the name of that file."""
CLOSE = 1e-4
"""Largest difference of m (in shares of m(M) − m(∅)), faithfulness and completeness: float32."""


def sweeps(kind: str) -> list[world.Row]:
    """The sweeps over features of all circuits of a kind, with what their circuit was found on."""
    return world.rows(
        "SELECT DISTINCT c.id, c.behaviour, c.n_examples, f.start_layer, f.errors, f.tested_on"
        " FROM faithfulness f JOIN circuit c ON c.id = f.circuit WHERE c.kind = ? AND f.unit = 'features'"
        " ORDER BY ALL",
        kind,
    )


def curve(sweep: world.Row) -> list[world.Row]:
    """The measured sizes whose nodes are all among the stored ones, smallest circuit first."""
    return world.rows(
        "SELECT f.* FROM faithfulness f JOIN circuit c ON c.id = f.circuit"
        " WHERE f.circuit = ? AND f.start_layer = ? AND f.errors = ? AND f.tested_on = ?"
        " AND f.unit = 'features' AND f.threshold >= c.node_threshold ORDER BY f.n_nodes",
        *(sweep[name] for name in ("id", "start_layer", "errors", "tested_on")),
    )


def ablated_sites(start_layer: int) -> list[str]:
    """−1 is the embedding's layer: nothing is left whole."""
    return [site for site in world.dictionaries() if layer(site) >= start_layer]


def check(point: world.Row, nodes: set[Node], m: dict[str, float]) -> None:
    """One stored point against the recomputed means of the metric."""
    assert (len(nodes), sum(n[1] is None for n in nodes)) == (point["n_nodes"], point["n_errors"])
    scale = abs(m["model"] - m["empty"])
    for name, value in m.items():
        assert value == pytest.approx(point[f"m_{name}"], abs=CLOSE * scale), name
    ours = [faithfulness(m[part], m["model"], m["empty"]) for part in ("circuit", "complement")]
    assert ours == pytest.approx([point["faithfulness"], point["completeness"]], abs=CLOSE)


def of(sweep: world.Row) -> str:
    return "{id}, {tested_on}, from {start_layer}, errors {errors}".format(**sweep)


@pytest.mark.parametrize("sweep", sweeps("contrast"), ids=of)
def test_contrastive_circuits_under_mean_ablation(sweep):
    """Nodes outside are set to their mean over the test pairs' patch prompts, position by position.

    Tested on pairs of their own file; in worlds without such files on as many pairs as the circuit was found
    on, those that follow them.
    """
    assert world.recorded("circuits", "ablation", "mean") == "mean"
    n, name = sweep["n_examples"], sweep["id"].removeprefix("agreement-").removesuffix("-summed")
    own = f"{name}{PARTS[sweep['tested_on']]}"
    test = {key: t[:n] for key, t in world.pairs(own).items()} if world.has_pairs(own) else {
        key: t[n : 2 * n] for key, t in world.pairs(name).items()
    }  # fmt: skip
    sites = ablated_sites(sweep["start_layer"])
    to = means(world.model(), {site: world.dictionaries()[site] for site in sites}, test["patch"])
    metric = logit_difference(test["answer"], test["patch_answer"])
    points = curve(sweep)
    for point in (points[len(points) // 2], points[-1]):
        nodes = {node for node in world.nodes(sweep["id"], point["threshold"]) if node[0] in to}
        check(point, nodes, _measure(test["clean"], metric, to, nodes, sweep["errors"]))


@cache
def telling_behaviour() -> str:
    """The circuit of the behaviour whose stored sizes differ most in faithfulness: rows of 0 tell nothing."""
    found = world.rows(
        "SELECT c.id FROM circuit c JOIN faithfulness f ON f.circuit = c.id"
        " WHERE c.kind = 'behaviour' AND f.threshold >= c.node_threshold AND f.unit = 'features'"
        " GROUP BY ALL ORDER BY stddev_pop(f.faithfulness) DESC, c.id"
    )
    return found[0]["id"]


@pytest.mark.parametrize("sweep", [s for s in sweeps("behaviour") if s["id"] == telling_behaviour()], ids=of)
def test_a_behaviour_circuit_under_zero_ablation(sweep):
    """Nodes outside are set to 0; m = −log p(answer)."""
    length = world.recorded("behaviours", "context", CONTEXT)
    _, (prompts, answers) = world.parted_contexts(sweep, length)
    to = {site: zeros(world.dictionaries())[site] for site in ablated_sites(sweep["start_layer"])}
    points = curve(sweep)
    for point in (points[len(points) // 2], points[-1]):
        nodes = {node for node in world.nodes(sweep["id"], point["threshold"]) if node[0] in to}
        m = dict.fromkeys(("model", "empty", "circuit", "complement"), 0.0)
        for chosen, tokens in by_length(prompts):
            part = _measure(tokens, minus_log_p(answers[chosen]), to, nodes, sweep["errors"])
            m = {name: m[name] + part[name] * len(chosen) / len(prompts) for name in m}
        check(point, nodes, m)


@torch.no_grad()
def _measure(
    prompts: torch.Tensor, metric: Metric, to: dict[str, Ablated], nodes: set[Node], errors: str
) -> dict[str, float]:
    """Mean m of the model, of no node kept, of the circuit and of its complement.

    With errors `remove`, neither circuit nor complement keeps an error node: the one has none, and what the
    complement leaves out is every error node besides the circuit's features.
    """
    model, dictionaries = world.model(), world.dictionaries()
    assert errors in ("circuit", "remove")

    def kept(own: set[Node], complement: bool = False) -> float:
        if errors == "remove":
            own = {node for node in own if node[1] is not None}
            own |= {(site, None, None) for site in to} if complement else set()
        return float(metric_of(model, dictionaries, to, own, prompts, metric, complement).mean())

    return {
        "model": float(metric(run(model, prompts, {})).mean()),
        "empty": kept(set()),
        "circuit": kept(nodes),
        "complement": kept(nodes, complement=True),
    }

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
START_LAYER_OF_CONTRASTS = 1
"""Sites below are neither ablated nor counted (the recipe)."""
CLOSE = 2e-5
"""Largest difference of m (in shares of m(M) − m(∅)), faithfulness and completeness: float32."""
CONTRASTS = [row["id"] for row in world.rows("SELECT id FROM circuit WHERE kind = 'contrast' ORDER BY id")]


def curve(circuit: str) -> list[world.Row]:
    """The measured sizes whose nodes are all among the stored ones, smallest circuit first."""
    return world.rows(
        "SELECT f.* FROM faithfulness f JOIN circuit c ON c.id = f.circuit"
        " WHERE f.circuit = ? AND f.unit = 'features' AND f.threshold >= c.node_threshold ORDER BY f.n_nodes",
        circuit,
    )


def ablated_sites(start_layer: int) -> list[str]:
    return [site for site in world.dictionaries() if layer(site) >= start_layer]


def check(point: world.Row, nodes: set[Node], m: dict[str, float]) -> None:
    """One stored point against the recomputed means of the metric."""
    assert (len(nodes), sum(n[1] is None for n in nodes)) == (point["n_nodes"], point["n_errors"])
    scale = abs(m["model"] - m["empty"])
    for name, value in m.items():
        assert value == pytest.approx(point[f"m_{name}"], abs=CLOSE * scale), name
    ours = [faithfulness(m[part], m["model"], m["empty"]) for part in ("circuit", "complement")]
    assert ours == pytest.approx([point["faithfulness"], point["completeness"]], abs=CLOSE)


@pytest.mark.parametrize("circuit", CONTRASTS)
def test_contrastive_circuits_under_mean_ablation(circuit):
    """Nodes outside are set to their mean over the test pairs' patch prompts, position by position.

    Tested on as many pairs as the circuit was found on, those that follow them in the file.
    """
    assert world.recorded("circuits", "ablation", "mean") == "mean"
    (row,) = world.rows("SELECT n_examples FROM circuit WHERE id = ?", circuit)
    n = row["n_examples"]
    test = {key: t[n : 2 * n] for key, t in world.pairs(circuit.removeprefix("agreement-")).items()}
    sites = ablated_sites(world.recorded("circuits", "start_layer", START_LAYER_OF_CONTRASTS))
    to = means(world.model(), {site: world.dictionaries()[site] for site in sites}, test["patch"])
    metric = logit_difference(test["answer"], test["patch_answer"])
    points = curve(circuit)
    for point in (points[len(points) // 2], points[-1]):
        nodes = {node for node in world.nodes(circuit, point["threshold"]) if node[0] in to}
        check(point, nodes, _measure(test["clean"], metric, to, nodes))


@cache
def telling_behaviour() -> world.Row:
    """The behaviour whose stored circuits differ most in faithfulness: rows of 0 would tell nothing."""
    found = world.rows(
        "SELECT c.id, c.behaviour, c.n_examples FROM circuit c JOIN faithfulness f ON f.circuit = c.id"
        " WHERE c.kind = 'behaviour' AND f.threshold >= c.node_threshold AND f.unit = 'features'"
        " GROUP BY ALL ORDER BY stddev_pop(f.faithfulness) DESC, c.id"
    )
    return found[0]


def test_a_behaviour_circuit_under_zero_ablation():
    """Nodes outside are set to 0; m = −log p(answer), on the contexts that the circuit was found on."""
    circuit = telling_behaviour()
    length = world.recorded("behaviours", "context", CONTEXT)
    prompts, answers = world.contexts(circuit["behaviour"], circuit["n_examples"], length)
    to = {site: zeros(world.dictionaries())[site] for site in ablated_sites(start_layer_of_behaviours())}
    points = curve(circuit["id"])
    assert max(p["faithfulness"] for p in points) - min(p["faithfulness"] for p in points) > 0.05
    for point in (points[len(points) // 2], points[-1]):
        nodes = {node for node in world.nodes(circuit["id"], point["threshold"]) if node[0] in to}
        m = dict.fromkeys(("model", "empty", "circuit", "complement"), 0.0)
        for chosen, tokens in by_length(prompts):
            part = _measure(tokens, minus_log_p(answers[chosen]), to, nodes)
            m = {name: m[name] + part[name] * len(chosen) / len(prompts) for name in m}
        check(point, nodes, m)


def start_layer_of_behaviours() -> int:
    """What the store says, else a third of the layers."""
    return world.recorded("behaviours", "start_layer", world.model().config.num_hidden_layers // 3)


@torch.no_grad()
def _measure(
    prompts: torch.Tensor, metric: Metric, to: dict[str, Ablated], nodes: set[Node]
) -> dict[str, float]:
    """Mean m of the model, of no node kept, of the circuit and of its complement."""
    model, dictionaries = world.model(), world.dictionaries()

    def kept(own: set[Node], complement: bool = False) -> float:
        return float(metric_of(model, dictionaries, to, own, prompts, metric, complement).mean())

    return {
        "model": float(metric(run(model, prompts, {})).mean()),
        "empty": kept(set()),
        "circuit": kept(nodes),
        "complement": kept(nodes, complement=True),
    }

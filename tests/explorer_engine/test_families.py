"""A new family is one declaration: a right one works like those that are here, a wrong one is told."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from transformers import Glm4Config, GraniteConfig, OPTConfig

from explorer_engine.attribution.gradients import quadrature
from explorer_engine.attribution.nodes import node_effects
from explorer_engine.circuits.discovery import find_circuit
from explorer_engine.circuits.options import CircuitOptions
from explorer_engine.declaration import check_declaration
from explorer_engine.errors import InputError
from explorer_engine.families import Family, Place, family_of, register_family, registry
from explorer_engine.models import LanguageModel
from explorer_engine.sites import FeatureRef
from tests.explorer_engine.reference import Reference
from tests.explorer_engine.test_attribution import assert_edges, assert_effects, difference, tolerance
from tests.explorer_engine.tiny import FAMILIES, mixed_dictionaries, random_model, tiny_examples, tiny_model

# Its layers have four norms, two of them of what is added, and names for them that no family here has.
GLM4 = Family(
    name="glm4",
    embed="model.embed_tokens",
    layers="model.layers",
    norm="model.norm",
    attn=Place("post_self_attn_layernorm"),
    mlp=Place("post_mlp_layernorm"),
    attn_projection="self_attn.o_proj",
    mlp_module="mlp",
)
SIZE = {
    "vocab_size": 40,
    "hidden_size": 16,
    "intermediate_size": 24,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 32,
    "pad_token_id": 0,
}
CONFIG = Glm4Config(**SIZE, head_dim=4, eos_token_id=2)


@pytest.fixture(autouse=True)
def _own_registry(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a test registers is forgotten after it."""
    monkeypatch.setattr(registry, "_FAMILIES", dict(registry._FAMILIES))


def declared(family: Family) -> LanguageModel:
    register_family(family)
    return random_model(CONFIG, family.name)


def test_an_unknown_family_is_told_what_to_declare() -> None:
    with pytest.raises(InputError, match=r"'glm4' is unknown.*register_family\(Family\(name='glm4'"):
        random_model(CONFIG, "glm4")
    register_family(GLM4)
    assert family_of("glm4") is GLM4


def test_a_name_belongs_to_one_declaration() -> None:
    with pytest.raises(InputError, match="'llama' is registered twice"):
        register_family(replace(GLM4, name="llama"))
    assert family_of("llama").mlp == Place("mlp")


@pytest.mark.parametrize("zero", [False, True])
def test_effects_of_a_newly_declared_family_are_their_definition(zero: bool) -> None:
    model, examples = declared(GLM4), tiny_examples((6, 4, 5))
    check_declaration(model)
    dictionaries = mixed_dictionaries(model)
    effects = node_effects(
        model, dictionaries, examples, steps=3, metric="logit-diff", baseline="zero" if zero else "patch"
    )
    assert_effects(effects, Reference(model, dictionaries, examples, difference, zero), quadrature(3, "left"))


@pytest.mark.parametrize("aggregation", ["none", "sum"])
def test_edges_of_a_newly_declared_family_are_their_definition(aggregation: str) -> None:
    model = declared(GLM4)
    assert_edges(model, aggregation, mixed_dictionaries(model, ("mlp_1",)))


def test_a_circuit_of_a_newly_declared_family_holds_the_strongest_nodes() -> None:
    model, examples = declared(GLM4), tiny_examples((6, 6, 6))
    dictionaries = mixed_dictionaries(model)
    options = CircuitOptions(steps=2, aggregation="sum", node_threshold=0.1, edge_threshold=0.01)
    circuit = find_circuit(model, dictionaries, examples, options)
    reference = Reference(model, dictionaries, examples, difference)
    expected: dict[str, float] = {}
    for site in dictionaries:
        features, error = reference.effects(site, *quadrature(2, "left"))
        by_node = {FeatureRef(site, j): e for j, e in enumerate(features.sum(1).mean(0).tolist())}
        if dictionaries[site].has_error:
            by_node[FeatureRef(site, "error")] = float(error.sum(1).mean())
        expected |= {str(node): effect for node, effect in by_node.items() if abs(effect) > 0.1}
    assert circuit.edges
    assert {node.id: node.effect for node in circuit.nodes} == pytest.approx(
        expected, abs=tolerance(model)["atol"]
    )


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"attn": Place("self_attn.o_proj")}, r"layer 0: stream \+ attn \+ mlp is not what comes after"),
        ({"mlp": Place("mlp")}, r"layer 0: stream \+ attn \+ mlp is not what comes after"),
        ({"mlp": Place("mlp"), "attn_added": False}, r"layer 0: stream \+ mlp is not"),
        ({"parallel": lambda config: True}, "the MLP sees its own layer's attention"),
        ({"norm": "model.layers.0.post_attention_layernorm"}, "`norm` and `unembed` is not"),
    ],
)
def test_a_declaration_that_runs_and_is_wrong_is_told(wrong: dict, told: str) -> None:
    model = declared(replace(GLM4, **wrong))
    with pytest.raises(InputError, match=f"declaration of the family 'glm4' does not fit.*{told}"):
        check_declaration(model)


@pytest.mark.parametrize(
    ("multiplied", "told"),
    [
        ({"embedding_multiplier": 3.0}, "the stream before layer 0, with the embeddings of other tokens,"),
        ({"residual_multiplier": 0.5}, r"layer 0: stream \+ attn \+ mlp is not what comes after"),
        ({"logits_scaling": 4.0}, "`norm` and `unembed` is not"),
    ],
)
def test_what_a_model_multiplies_outside_its_modules_is_told(multiplied: dict, told: str) -> None:
    """Granite has Llama's layout, and may scale embeddings, what is added, and logits."""
    register_family(replace(family_of("llama"), name="granite"))
    check_declaration(random_model(GraniteConfig(**SIZE), "granite"))
    model = random_model(GraniteConfig(**SIZE, **multiplied), "granite")
    with pytest.raises(InputError, match=f"declaration of the family 'granite' does not fit.*{told}"):
        check_declaration(model)


@pytest.mark.parametrize(
    ("config", "told"),
    [
        ({"do_layer_norm_before": False}, "its layers normalise the stream itself .*opt-350m"),
        ({"word_embed_proj_dim": 8}, "its embeddings are narrower than its stream .*opt-350m"),
    ],
)
def test_what_a_family_refuses_is_told_by_name(config: dict, told: str) -> None:
    size = {"vocab_size": 40, "hidden_size": 16, "word_embed_proj_dim": 16, "num_hidden_layers": 1}
    with pytest.raises(InputError, match=f"^model family 'opt': {told}"):
        random_model(OPTConfig(**size | config, num_attention_heads=4, ffn_dim=24), "opt-350m")


def test_a_module_that_is_not_there_is_told() -> None:
    with pytest.raises(InputError, match=r"layer 0 has no module 'self_attn\.out'"):
        declared(replace(GLM4, attn_projection="self_attn.out"))


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("dtype", [torch.float64, torch.bfloat16])
def test_no_family_that_is_here_is_found_wrong(family: str, dtype: torch.dtype) -> None:
    model = tiny_model(family)
    if dtype != model.dtype:
        again = type(model.hf)(model.config).to(dtype)
        again.load_state_dict(model.hf.state_dict())
        model = LanguageModel(again)
    check_declaration(model)

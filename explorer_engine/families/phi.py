"""Phi (1, 1.5, 2): attention and MLP read the same normalised stream side by side."""

from explorer_engine.families.family import Family, Place
from explorer_engine.families.registry import register_family

register_family(
    Family(
        name="phi",
        embed="model.embed_tokens",
        layers="model.layers",
        norm="model.final_layernorm",
        attn=Place("self_attn.dense"),
        mlp=Place("mlp"),
        attn_projection="self_attn.dense",
        mlp_module="mlp",
        parallel=lambda config: True,
    )
)

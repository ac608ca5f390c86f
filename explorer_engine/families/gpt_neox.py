"""GPT-NeoX (Pythia)."""

from explorer_engine.families.family import Family, Place
from explorer_engine.families.registry import register_family

register_family(
    Family(
        name="gpt_neox",
        embed="gpt_neox.embed_in",
        layers="gpt_neox.layers",
        norm="gpt_neox.final_layer_norm",
        attn=Place("attention.dense"),
        mlp=Place("mlp"),
        attn_projection="attention.dense",
        mlp_module="mlp",
        parallel=lambda config: config.use_parallel_residual,
    )
)

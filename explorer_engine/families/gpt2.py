"""GPT-2."""

from explorer_engine.families.family import Family, Place
from explorer_engine.families.registry import register_family

register_family(
    Family(
        name="gpt2",
        embed="transformer.wte",
        layers="transformer.h",
        norm="transformer.ln_f",
        attn=Place("attn.c_proj"),
        mlp=Place("mlp"),
        attn_projection="attn.c_proj",
        mlp_module="mlp",
    )
)

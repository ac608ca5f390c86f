"""GPT-Neo (TinyStories): every other layer sees the last `window_size` positions only, scores are not scaled.

Both is in its own attention module, which computes scores in float32 whatever the model's number type.
"""

from explorer_engine.families.family import Family, Place
from explorer_engine.families.registry import register_family

register_family(
    Family(
        name="gpt_neo",
        embed="transformer.wte",
        layers="transformer.h",
        norm="transformer.ln_f",
        attn=Place("attn.attention.out_proj"),
        mlp=Place("mlp"),
        attn_projection="attn.attention.out_proj",
        mlp_module="mlp",
    )
)

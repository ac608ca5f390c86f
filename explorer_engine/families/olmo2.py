"""OLMo-2: attention and MLP read the stream as it is; what they give is normalised before it is added."""

from explorer_engine.families.family import Family, Place
from explorer_engine.families.registry import register_family

register_family(
    Family(
        name="olmo2",
        embed="model.embed_tokens",
        layers="model.layers",
        norm="model.norm",
        attn=Place("post_attention_layernorm"),
        mlp=Place("post_feedforward_layernorm"),
        attn_projection="self_attn.o_proj",
        mlp_module="mlp",
    )
)

"""Gemma-2 and Gemma-3 (text): what attention and MLP give is normalised before it is added.

The sites are those of Gemma Scope and Gemma Scope 2: the attention's heads before `o_proj`, the MLP after
its norm.
"""

from explorer_engine.families.family import Family, Place
from explorer_engine.families.registry import register_family

for _name in ("gemma2", "gemma3_text"):
    register_family(
        Family(
            name=_name,
            embed="model.embed_tokens",
            layers="model.layers",
            norm="model.norm",
            attn=Place("self_attn.o_proj", "input"),
            mlp=Place("post_feedforward_layernorm"),
            attn_projection="self_attn.o_proj",
            mlp_module="mlp",
            attn_added=False,
            softcap="final_logit_softcapping",
        )
    )

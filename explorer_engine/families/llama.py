"""Llama, and those that have its layout: Gemma, Mistral, Phi-3, Qwen2, Qwen3.

A layer reads the stream through a norm, adds what `o_proj` gives, reads it through a second norm and adds
what `mlp` gives. They differ inside attention, MLP and norms, where no site is.
"""

from explorer_engine.families.family import Family, Place
from explorer_engine.families.registry import register_family

for _name in ("gemma", "llama", "mistral", "phi3", "qwen2", "qwen3"):
    register_family(
        Family(
            name=_name,
            embed="model.embed_tokens",
            layers="model.layers",
            norm="model.norm",
            attn=Place("self_attn.o_proj"),
            mlp=Place("mlp"),
            attn_projection="self_attn.o_proj",
            mlp_module="mlp",
        )
    )

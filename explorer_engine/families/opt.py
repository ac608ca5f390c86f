"""OPT, all sizes but 350M. Its layers have no MLP module: `fc1`, an activation and `fc2` are in the layer."""

from __future__ import annotations

from typing import Any

from torch import Tensor
from transformers.models.opt.modeling_opt import OPTDecoderLayer

from explorer_engine.families.family import Family, Place
from explorer_engine.families.registry import register_family


class _Layer(OPTDecoderLayer):
    """A layer in evaluation mode whose MLP gets [B,S,d]; its own gives `fc1` all positions as [B·S,d]."""

    def forward(self, hidden_states: Tensor, **named: Any) -> Tensor:  # type: ignore[override]
        attended, _ = self.self_attn(hidden_states=self.self_attn_layer_norm(hidden_states), **named)
        stream = hidden_states + attended
        return stream + self.fc2(self.activation_fn(self.fc1(self.final_layer_norm(stream))))


def _refused(config: Any) -> str:
    if not config.do_layer_norm_before:
        return "its layers normalise the stream itself (do_layer_norm_before is false, as in opt-350m)"
    if config.word_embed_proj_dim != config.hidden_size:
        return "its embeddings are narrower than its stream (word_embed_proj_dim, as in opt-350m)"
    return ""


register_family(
    Family(
        name="opt",
        embed="model.decoder.embed_tokens",
        layers="model.decoder.layers",
        norm="model.decoder.final_layer_norm",
        attn=Place("self_attn.out_proj"),
        mlp=Place("fc2"),
        attn_projection="self_attn.out_proj",
        mlp_module="fc1",
        refused=_refused,
        layer_class=_Layer,
    )
)

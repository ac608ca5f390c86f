"""An attribution graph as circuit-tracer writes it for Neuronpedia: made up, of the true shape."""

from __future__ import annotations

from typing import Any

__all__ = ["neuronpedia_graph"]


def neuronpedia_graph() -> dict[str, Any]:
    """Two tokens, a transcoder's features in two layers, an error, two logits."""

    def node(id: str, feature: int, layer: str, at: int, kind: str, **more: Any) -> dict[str, Any]:
        return {
            "node_id": id, "feature": feature, "layer": layer, "ctx_idx": at, "feature_type": kind,
            "token_prob": 0.0, "is_target_logit": False, "run_idx": 0, "reverse_ctx_idx": 0,
            "jsNodeId": id.replace("_", "-"), "clerp": "", "influence": 0.4, "activation": 2.0, **more,
        }  # fmt: skip

    features = "cross layer transcoder"
    return {
        "metadata": {
            "slug": "dallas", "scan": "gemma-2-2b", "transcoder_list": [], "prompt": "<bos>Dallas",
            "prompt_tokens": ["<bos>", "Dallas"], "node_threshold": 0.8, "schema_version": 1,
        },
        "qParams": {"pinnedIds": [], "supernodes": [], "linkType": "both", "clickedId": "", "sg_pos": ""},
        "nodes": [
            node("E_26865_1", 1, "E", 1, "embedding"),
            node("0_41_1", 902, "0", 1, features, clerp="Texas"),
            node("3_7_1", 62, "3", 1, features, clerp="<b>capitals</b>"),
            node("3_-1_1", -1, "3", 1, "mlp reconstruction error"),
            node("5_22605_1", 22605, "5", 1, "logit", clerp='Output "Austin" (p=0.4)', token_prob=0.4,
                 is_target_logit=True),
            node("5_31_1", 31, "5", 1, "logit", clerp='Output "Dallas" (p=0.1)', token_prob=0.1),
        ],
        "links": [
            {"source": "E_26865_1", "target": "0_41_1", "weight": 2.0},
            {"source": "0_41_1", "target": "3_7_1", "weight": 4.0},
            {"source": "0_41_1", "target": "5_22605_1", "weight": -1.5},
            {"source": "3_7_1", "target": "5_22605_1", "weight": 6.0},
            {"source": "3_-1_1", "target": "5_31_1", "weight": 0.5},
        ],
    }  # fmt: skip

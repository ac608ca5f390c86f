"""A world small enough to know by heart, as rows of the artefact store's tables."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from explorer_engine.store import publish, shards

Rows = dict[str, list[dict[str, Any]]]

TOKENS = ["<s>", " the", " nurse", " helps", " she", " he", "\n", "<b>", " She", " sheriff"]
#          0      1       2         3         4       5      6     7      8       9
DOCUMENTS = [[0, 1, 2, 3, 4, 6], [0, 1, 9, 3, 5, 6], [0, 4, 3, 1, 2, 7], [0, 8, 3, 1, 9, 6]]
SITES = ["embed", "attn_0", "resid_0"]
CIRCUIT = {
    "metric": "log-prob",
    "sign": "positive: without it the answer is less likely",
    "method": "ig",
    "steps": 10,
    "baseline": "zero",
    "aggregation": "sum",
    "node_selection": "averaged",
    "node_threshold": 0.1,
    "edge_threshold": 0.01,
    "n_examples": 3,
}


def small_world() -> Rows:
    """Three dictionaries of 4 features, two behaviours of which one has a circuit, one classifier."""
    return {**_basics(), **_features(), **_behaviours(), **_circuits(), **_classifier()}


def build(rows: Rows, folder: Path) -> Path:
    """Write shards, publish them, and return the path of the store."""
    for table, content in rows.items():
        shards.write(folder / "shards", table, content)
    publish.publish([folder / "shards"], folder / "world.duckdb")
    return folder / "world.duckdb"


def _basics() -> Rows:
    made = {"parameters": {"seed": 0}, "code_version": "0.1", "seconds": 1.5, "seed": 0}
    return {
        "world": [
            {
                "title": "Small",
                "summary": "Known by heart.",
                "model": "tiny",
                "family": "gpt_neox",
                "n_layers": 1,
                "width": 8,
                "n_parameters": 99,
                "vocabulary": len(TOKENS),
                "data": "four documents",
                "n_tokens": 24,
            }
        ],
        "provenance": [
            {
                "artefact": name,
                "command": f"make {name}",
                "made_at": datetime(2026, 1, 2, hour, tzinfo=UTC),
                **made,
            }
            for hour, name in enumerate(["model", "circuits"])
        ],
        "quality": [
            {"area": "dictionaries", "figure": "L0, mean", "value": 12, "unit": "features", "bar_high": 20},
            {"area": "model", "figure": "agreement", "value": 0.97, "unit": "share", "bar_low": 0.98},
        ],
        "token": [{"id": i, "text": text} for i, text in enumerate(TOKENS)],
        "document": [{"id": i, "tokens": tokens, "split": "held out"} for i, tokens in enumerate(DOCUMENTS)],
        "dictionary": [
            {"site": site, "depth": depth, "kind": "relu", "n_features": 4, "width": 8, "l0": 2.5}
            for depth, site in enumerate(SITES)
        ],
    }


def _features() -> Rows:
    features = [
        {
            "site": site,
            "feature": j,
            "density": 0.01 * (depth + 1) * j,
            "maximum": 2.0 * j,
            "histogram": [j, 0, 1],
            "top_tokens": [(4 * depth + j) % 10, 4] if j else [],
            "promoted": [4, 8],
            "promoted_logits": [1.5, 0.5],
            "suppressed": [5],
            "suppressed_logits": [-2.0],
        }
        for depth, site in enumerate(SITES)
        for j in range(4)
    ]
    place = {"site": "resid_0", "feature": 3}
    ablated = {"tokens": [4, 5], "delta": [-1.0, 0.25]}
    return {
        "feature": features,
        "feature_ablation": [{"site": row["site"], "feature": row["feature"], **ablated} for row in features],
        "feature_context": [
            {
                **place,
                "bin": bin_,
                "rank": rank,
                "document": document,
                "position": position,
                "activation": activation,
                "first": position - 1,
                "scale": activation,
                "shades": [51, 255, 0],
            }
            for bin_, rank, document, position, activation in [
                (0, 0, 0, 4, 6.0),
                (0, 1, 2, 1, 5.0),
                (4, 0, 3, 1, 0.5),
            ]
        ],
        "feature_neighbour": [
            {**place, "rank": 0, "other_site": "embed", "other_feature": 1, "cosine": 0.75},
            {**place, "rank": 1, "other_site": "resid_0", "other_feature": 0, "cosine": 0.5},
        ],
    }


def _behaviours() -> Rows:
    contexts = [(0, 0, 0, 4, 0.99), (0, 1, 2, 1, 0.9), (0, 2, 1, 4, 0.8), (1, 0, 0, 5, 0.95)]
    return {
        "clustering": [
            {
                "id": "effects",
                "title": "SAE effects",
                "representation": "effects",
                "n_clusters": 2,
                "n_samples": 4,
                "nmi": 0.9,
                "purity": 0.8,
                "nmi_token_identity": 0.7,
                "purity_token_identity": 0.6,
            },
            {
                "id": "activations",
                "title": "SAE activations",
                "representation": "acts",
                "n_clusters": 0,
                "n_samples": 4,
            },
        ],
        "behaviour": [
            {
                "id": 0,
                "clustering": "effects",
                "label": "pronoun after its noun",
                "label_source": "planted truth: share 1.00",
                "n_contexts": 3,
                "mean_loss": 0.1,
                "circuit": "behaviour-0",
                "max_effect": 0.8,
                "n_nodes": 3,
                "n_errors": 1,
                "relative_max_node": 1.6,
                "relative_softmax": 0.7,
            },
            {"id": 1, "clustering": "effects", "n_contexts": 1, "mean_loss": 0.05},
        ],
        "behaviour_context": [
            {
                "behaviour": b,
                "rank": rank,
                "document": d,
                "position": p,
                "answer": DOCUMENTS[d][p],
                "p": probability,
                "truth": "pronoun" if b == 0 else None,
            }
            for b, rank, d, p, probability in contexts
        ],
        "behaviour_similarity": [{"behaviour": 0, "n": 2, "matrix": [1.0, 0.25, 0.25, 1.0]}],
        "behaviour_neighbour": [{"behaviour": 0, "rank": 0, "other": 1, "similarity": 0.4}],
        "training_loss": [
            {"behaviour": behaviour, "step": step, "loss": loss}
            for behaviour, step, loss in [(None, 0, 7.5), (0, 10, 0.5), (0, 0, 7.0), (None, 10, 2.5)]
        ],
    }


def _circuits() -> Rows:
    nodes = [
        ("resid_0/3", "resid_0", 3, 0.8),
        ("embed/1", "embed", 1, -0.2),
        ("attn_0/error", "attn_0", None, 0.3),
    ]
    nodes.append(("y", "y", None, 0.0))
    edges = [("embed/1", "resid_0/3", 0.1), ("attn_0/error", "resid_0/3", -0.4), ("resid_0/3", "y", 0.8)]
    sweep = {"m_model": 4, "m_empty": 0, "m_circuit": 3, "m_complement": 1, "n_errors": 0}
    return {
        "circuit": [
            {"id": "behaviour-0", "title": "Pronouns", "kind": "behaviour", "behaviour": 0, **CIRCUIT},
            {
                "id": "classifier-job",
                "title": "Nurse or not",
                "kind": "classifier",
                "task": "job",
                "tokens": ["<s>", " the"],
                "example": {"clean": ["<s>"], "answers": [" she", " he"]},
                **CIRCUIT,
            },
        ],
        "circuit_node": [
            {"circuit": "behaviour-0", "id": i, "site": site, "feature": feature, "effect": effect}
            for i, site, feature, effect in nodes
        ]
        + [
            {
                "circuit": "classifier-job",
                "id": f"embed/1@{p}",
                "site": "embed",
                "feature": 1,
                "position": p,
                "effect": e,
            }
            for p, e in [(1, 0.5), (2, -0.2)]
        ],
        "circuit_edge": [
            {"circuit": "behaviour-0", "source": source, "target": target, "weight": weight}
            for source, target, weight in edges
        ],
        "faithfulness": [
            {
                "circuit": "behaviour-0",
                "unit": unit,
                "start_layer": 0,
                "errors": "circuit",
                "tested_on": "same contexts",
                "threshold": 0.1,
                "n_nodes": n,
                "faithfulness": f,
                "completeness": 0.25,
                **sweep,
            }
            for unit, n, f in [("neurons", 9, 0.1), ("features", 3, 0.75)]
        ],
    }


def _classifier() -> Rows:
    accuracy = {"label_ci": [0.5, 0.7], "attribute_ci": [0.8, 0.9], "worst_ci": [0.1, 0.3]}
    return {
        "classifier": [
            {
                "task": "job",
                "title": "Nurse or doctor",
                "site": "resid_0",
                "label_name": "Profession",
                "classes": ["doctor", "nurse"],
                "attribute_name": "Gender",
                "attributes": ["male", "female"],
                "circuit": "classifier-job",
                "probe_weight": [0.5] * 8,
                "probe_bias": -0.5,
                "parameters": {"lr": 0.01},
            }
        ],
        "classifier_text": [
            {
                "task": "job",
                "split": "test",
                "id": i,
                "tokens": [0, 1, 2 + i],
                "label": i % 2,
                "attribute": i // 2,
            }
            for i in range(4)
        ],
        "classifier_feature": [
            {
                "task": "job",
                "rank": 0,
                "site": "embed",
                "feature": 1,
                "effect": 0.3,
                "spurious_truth": True,
                "alone": 2.0,
            },
            {"task": "job", "rank": 1, "site": "resid_0", "feature": 3, "effect": -0.1},
        ],
        "classifier_group": [
            {
                "task": "job",
                "site": "embed",
                "feature": 1,
                "label": label,
                "attribute": attribute,
                "mean": 0.5 * label + attribute,
                "stderr": 0.1,
                "active": 0.25,
            }
            for label in (0, 1)
            for attribute in (0, 1)
        ],
        "shift_run": [
            {
                "task": "job",
                "name": name,
                "rank": rank,
                "split": "test",
                "needs": "balanced labels" if name == "oracle" else "nothing",
                "label": 0.6,
                "attribute": 0.85,
                "worst": 0.2,
                "groups": [0.9, 0.2, 0.3, 0.9],
                **accuracy,
            }
            for rank, name in [(1, "oracle"), (0, "original")]
        ],
    }

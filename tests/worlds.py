"""A small world as a whole folder (model, dictionaries, store, manifest), and one for each missing part."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import torch
from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers
from transformers import GPTNeoXConfig, GPTNeoXForCausalLM, PreTrainedTokenizerFast

from explorer_engine.dictionaries import ReluDictionary, save_dictionaries
from explorer_engine.sites import Site
from explorer_engine.store import publish, shards
from explorer_engine.store.world import write_manifest
from tests.explorer_engine.store.small_world import SITES, Rows, small_world

__all__ = ["PARTS", "build_world", "whole"]

WIDTH, FEATURES = 8, 4


def build_world(folder: Path, rows: Rows | None = None) -> Path:
    """Model, dictionaries of the sites that `rows` has (default: `whole`), store and manifest in `folder`."""
    rows = whole() if rows is None else rows
    _model(folder / "model", [row["text"] for row in rows["token"]])
    sites = [row["site"] for row in rows["dictionary"]]
    save_dictionaries(folder / "dictionaries", {Site.parse(site): _dictionary(site) for site in sites})
    for table, content in rows.items():
        shards.write(folder / ".shards", table, content)
    publish.publish([folder / ".shards"], folder / "world.duckdb")
    write_manifest(folder)
    return folder


def whole() -> Rows:
    """The small world with nothing missing: also a circuit of pairs, and texts that SHIFT can run on."""
    rows = small_world()
    circuit, output = "pairs-0", {"id": "y", "site": "y", "feature": None, "position": None, "effect": 0.0}
    pairs = {
        **rows["circuit"][0],
        "id": circuit,
        "title": "One of two",
        "kind": "agreement",
        "behaviour": None,
    }
    example = {"clean": ["<s>", " nurse"], "patch": ["<s>", " sheriff"], "answers": [" she", " he"]}
    pairs |= {"aggregation": "none", "tokens": ["<s>", " nurse"], "example": example}
    rows["circuit"].append(pairs)
    rows["circuit_node"] += [
        {
            "circuit": circuit,
            "id": f"{site}/{j}@1",
            "site": site,
            "feature": j,
            "position": 1,
            "effect": effect,
        }
        for site, j, effect in (("embed", 1, 0.5), ("resid_0", 3, -0.3))
    ]
    rows["circuit_node"] += [{"circuit": id, **output} for id in (circuit, "classifier-job")]
    rows["circuit_edge"] += [
        {"circuit": circuit, "source": source, "target": target, "weight": weight}
        for source, target, weight in (("embed/1@1", "resid_0/3@1", 0.2), ("resid_0/3@1", "y", -0.3))
    ]
    rows["classifier_text"] += [
        {**text, "split": split} for split in ("ambiguous", "balanced") for text in rows["classifier_text"]
    ]
    return rows


# -- worlds that lack a part: what a world can do without, by the table that would hold it


def _without(*tables: str) -> Callable[[], Rows]:
    def lacking() -> Rows:
        return {table: content for table, content in whole().items() if table not in tables}

    return lacking


def _kept(rows: Rows, table: str, keep: Callable[[dict[str, Any]], bool]) -> None:
    rows[table] = [row for row in rows[table] if keep(row)]


def _blank(rows: Rows, table: str, *columns: str) -> None:
    rows[table] = [{k: v for k, v in row.items() if k not in columns} for row in rows[table]]


def _drop_circuits(rows: Rows, circuits: Iterable[str]) -> Rows:
    gone = set(circuits)
    _kept(rows, "circuit", lambda row: row["id"] not in gone)
    for table in ("circuit_node", "circuit_edge", "faithfulness"):
        _kept(rows, table, lambda row: row["circuit"] not in gone)
    rows["behaviour"] = [
        {k: v for k, v in row.items() if k != "circuit" or v not in gone} for row in rows["behaviour"]
    ]
    return rows


def _without_behaviours() -> Rows:
    rows = _drop_circuits(whole(), ["behaviour-0"])
    for table in [t for t in rows if t.startswith(("behaviour", "clustering", "training_loss"))]:
        del rows[table]
    return rows


def _without_classifier() -> Rows:
    rows = _drop_circuits(whole(), ["classifier-job"])
    for table in [t for t in rows if t.startswith(("classifier", "shift_run"))]:
        del rows[table]
    return rows


def _without_circuits() -> Rows:
    return _drop_circuits(_without_classifier(), ["behaviour-0", "pairs-0"])


def _without_circuits_of_behaviours() -> Rows:
    return _drop_circuits(whole(), ["behaviour-0"])


def _without_positions() -> Rows:
    return _drop_circuits(whole(), ["pairs-0"])


def _without_embed() -> Rows:
    rows = whole()
    _kept(rows, "feature_neighbour", lambda row: row["other_site"] != "embed")
    for table in [t for t, content in rows.items() if content and "site" in content[0]]:
        _kept(rows, table, lambda row: row["site"] != "embed")
    left = {(row["circuit"], row["id"]) for row in rows["circuit_node"]}
    _kept(rows, "circuit_edge", lambda e: {(e["circuit"], e["source"]), (e["circuit"], e["target"])} <= left)
    return rows


def _without_labels() -> Rows:
    rows = whole()
    _blank(rows, "behaviour", "label", "label_source")
    return rows


def _without_planted_truth() -> Rows:
    rows = whole()
    del rows["clustering"][1:]
    _blank(rows, "clustering", "nmi")
    _blank(rows, "behaviour_context", "truth")
    _blank(rows, "classifier_feature", "spurious_truth", "alone")
    return rows


def _without_ablations() -> Rows:
    rows = whole()
    _blank(rows, "feature", "ablated", "ablated_delta")
    return rows


PARTS: dict[str, Callable[[], Rows]] = {
    "nothing": whole,
    "behaviours": _without_behaviours,
    "circuits": _without_circuits,
    "circuits of behaviours": _without_circuits_of_behaviours,
    "circuits with positions": _without_positions,
    "faithfulness": _without("faithfulness"),
    "classifier": _without_classifier,
    "embed dictionary": _without_embed,
    "loss curves": _without("training_loss"),
    "contexts of features": _without("feature_context"),
    "similar features": _without("feature_neighbour"),
    "similarity of contexts": _without("behaviour_similarity", "behaviour_neighbour"),
    "labels": _without_labels,
    "planted truth": _without_planted_truth,
    "ablations": _without_ablations,
    "groups": _without("classifier_group"),
    "quality report": _without("quality"),
    "provenance": _without("provenance"),
}
"""What is missing → the rows of a world without it."""


def _model(folder: Path, tokens: list[str]) -> None:
    """A random model of one layer, and a tokenizer that knows these tokens as words."""
    torch.manual_seed(0)
    config = GPTNeoXConfig(
        vocab_size=len(tokens), hidden_size=WIDTH, num_hidden_layers=1, num_attention_heads=2,
        intermediate_size=16, max_position_embeddings=32,
    )  # fmt: skip
    GPTNeoXForCausalLM(config).save_pretrained(folder)
    words = Tokenizer(models.WordLevel({text: i for i, text in enumerate(tokens)}, unk_token=tokens[0]))
    words.pre_tokenizer = pre_tokenizers.Split(Regex(" ?[^ ]+"), "isolated")
    words.decoder = decoders.Fuse()
    PreTrainedTokenizerFast(tokenizer_object=words, unk_token=tokens[0], pad_token=tokens[0]).save_pretrained(
        folder
    )


def _dictionary(site: str) -> ReluDictionary:
    generator = torch.Generator().manual_seed(SITES.index(site))
    rows = torch.nn.functional.normalize(torch.randn(FEATURES, WIDTH, generator=generator), dim=1)
    return ReluDictionary(
        encoder=rows.clone(),
        encoder_bias=torch.zeros(FEATURES),
        decoder=rows,
        decoder_bias=torch.zeros(WIDTH),
    )

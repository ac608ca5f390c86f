"""A small world as a whole folder (model, dictionaries, store, manifest), and one for each missing part."""

from __future__ import annotations

from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

import torch
from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers
from transformers import GPTNeoXConfig, GPTNeoXForCausalLM, PreTrainedTokenizerFast

from explorer_engine.dictionaries import ReluDictionary, save_dictionaries
from explorer_engine.sites import Site
from explorer_engine.store import publish, shards
from explorer_engine.world.world import write_manifest
from tests.explorer_engine.store.small_world import SITES, Rows, small_world

__all__ = ["PARTS", "build_world", "dialects", "whole", "without"]

Row = dict[str, Any]
WIDTH, FEATURES = 8, 4
PATTERN = "<b>bold</b> after “the”"
"""The name of attn_0/2."""
PAIRS = "contrast"
"""The kind of circuits that are found on pairs, position by position."""


def build_world(
    folder: Path,
    rows: Rows | None = None,
    model: bool = True,
    width: int = WIDTH,
) -> Path:
    """A world's folder of `rows` (default: `whole`); `model`: whether the model is in it.

    Model and dictionaries are `width` wide, whatever the rows say.
    """
    rows = whole() if rows is None else rows
    if model:
        _model(folder / "model", [row["text"] for row in rows["token"]], width)
    sites = [row["site"] for row in rows["dictionary"]]
    dictionaries = {Site.parse(site): _dictionary(site, width) for site in sites}
    save_dictionaries(folder / "dictionaries", dictionaries)
    for table, content in rows.items():
        shards.write(folder / ".shards", table, content)
    publish.publish([folder / ".shards"], folder / "world.duckdb")
    write_manifest(folder)
    return folder


def whole() -> Rows:
    """The small world with nothing missing: also a circuit of pairs, texts for SHIFT, how all was made."""
    rows = small_world()
    scored = {"accuracy": 0.9375, "correlation": 0.8125, "n_documents": 7}
    rows["feature_name"] = [
        {"site": "attn_0", "feature": 2, "name": PATTERN, **scored},
        {"site": "resid_0", "feature": 3, "name": None, **scored},
    ]
    made = rows["provenance"][0]
    rows["provenance"] += [
        {**made, "artefact": name, "command": f"make {name}"}
        for name in ("dictionaries", "dashboards", "behaviours", "loss curves", "classifier")
    ]
    circuit, output = "pairs-0", {"id": "y", "site": "y", "feature": None, "position": None, "effect": 0.0}
    pairs = {
        **rows["circuit"][0],
        "id": circuit,
        "title": "One of two",
        "kind": PAIRS,
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
    sweeps = [("other pairs", -1, "circuit", 0.5), ("other pairs", 0, "circuit", 0.75)]
    sweeps += [("other pairs", -1, "remove", 0.25), ("shifted pairs", -1, "circuit", 0.125)]
    measured = rows["faithfulness"][0]
    rows["faithfulness"] += [
        {
            **measured,
            "circuit": circuit,
            "unit": "features",
            "tested_on": tested_on,
            "start_layer": start,
            "errors": errors,
            "threshold": threshold,
            "n_nodes": n,
            "faithfulness": value,
        }
        for tested_on, start, errors, value in sweeps
        for threshold, n in ((0.4, 1), (0.1, 2))
    ]
    rows["classifier_text"] += [
        {**text, "split": split} for split in ("ambiguous", "balanced") for text in rows["classifier_text"]
    ]
    return rows


WORDS = {
    "nurse": "insult", "sheriff": "compliment", "Nurse": "Toxic", "doctor": "civil", "male": "dialect A",
    "fedialect A": "dialect B", "job": "comments", "agreement": "L1, mean", "make ": "jobs run ",
    "planted": "known",
}  # fmt: skip
"""Word of the small world → what stands there in the world of `dialects`, one after the other."""


def dialects() -> Rows:
    """The whole small world told of other things: is a comment toxic or civil, in dialect A or B?"""

    def told(value: Any) -> Any:
        if isinstance(value, str):
            for word, other in WORDS.items():
                value = value.replace(word, other)
            return value
        if isinstance(value, list):
            return [told(item) for item in value]
        return {key: told(item) for key, item in value.items()} if isinstance(value, dict) else value

    kinds = {row["id"]: row["kind"] for row in whole()["circuit"]}
    rows = {table: [told(row) for row in content] for table, content in whole().items()}
    for row, kind in zip(rows["circuit"], kinds.values(), strict=True):
        row["kind"] = kind
    (classifier,) = rows["classifier"]
    classifier |= {"classes": ["civil", "toxic"], "label_name": "Tone", "attribute_name": "Dialect"}
    made = rows["provenance"][0]
    names = ("model", "dictionaries", "dashboards", "behaviours", "circuits", "faithfulness", "classifier")
    rows["provenance"] = [{**made, "artefact": name, "command": f"jobs run {name}"} for name in names]
    return rows


def without(part: str, rows: Rows | None = None) -> Rows:
    """`rows` (default: `whole`) without one of PARTS."""
    return PARTS[part](whole() if rows is None else rows)


# -- worlds that lack a part: what a world can do without, taken out of the rows of one that has it


def _without(*tables: str) -> Callable[[Rows], Rows]:
    return lambda rows: {table: content for table, content in rows.items() if table not in tables}


def _keep(rows: Rows, table: str, wanted: Callable[[Row], bool]) -> None:
    rows[table] = [row for row in rows[table] if wanted(row)]


def _blank(**columns: str) -> Callable[[Rows], Rows]:
    """Without the columns (names with blanks between) of some tables."""

    def lacking(rows: Rows) -> Rows:
        blank = {table: set(names.split()) for table, names in columns.items()}
        return {
            table: [{k: v for k, v in row.items() if k not in blank.get(table, ())} for row in content]
            for table, content in rows.items()
        }

    return lacking


def _without_circuits(*kinds: str) -> Callable[[Rows], Rows]:
    def lacking(rows: Rows) -> Rows:
        gone = {row["id"] for row in rows["circuit"] if row["kind"] in kinds}
        _keep(rows, "circuit", lambda row: row["id"] not in gone)
        for table in ("circuit_node", "circuit_edge", "faithfulness"):
            _keep(rows, table, lambda row: row["circuit"] not in gone)
        for row in rows.get("behaviour", ()):
            if row.get("circuit") in gone:
                del row["circuit"]
        return rows

    return lacking


def _without_behaviours(rows: Rows) -> Rows:
    rows = _without_circuits("behaviour")(rows)
    named = ("behaviour", "clustering", "training_loss")
    return {table: content for table, content in rows.items() if not table.startswith(named)}


def _without_classifier(rows: Rows) -> Rows:
    rows = _without_circuits("classifier")(rows)
    named = ("classifier", "shift_run")
    return {table: content for table, content in rows.items() if not table.startswith(named)}


def _without_any_circuit(rows: Rows) -> Rows:
    return _without_circuits("behaviour", PAIRS)(_without_classifier(rows))


def _without_embed(rows: Rows) -> Rows:
    return _without_sites("embed")(rows)


def _without_sites(*sites: str) -> Callable[[Rows], Rows]:
    return lambda rows: _taken_out(rows, sites)


def _taken_out(rows: Rows, sites: Collection[str]) -> Rows:
    _keep(rows, "feature_neighbour", lambda row: row["other_site"] not in sites)
    for table in [table for table, content in rows.items() if content and "site" in content[0]]:
        _keep(rows, table, lambda row: row["site"] not in sites)
    left = {(row["circuit"], row["id"]) for row in rows["circuit_node"]}
    ends = ("source", "target")
    _keep(rows, "circuit_edge", lambda e: all((e["circuit"], e[end]) in left for end in ends))
    return rows


def _only_some_layers(rows: Rows) -> Rows:
    """Of six layers the first has a dictionary, after it."""
    rows["world"][0]["n_layers"] = 6
    return _without_sites("embed", "attn_0")(rows)


def _all_at_once(*parts: str) -> Callable[[Rows], Rows]:
    def lacking(rows: Rows) -> Rows:
        for part in parts:
            rows = PARTS[part](rows)
        return rows

    return lacking


def _without_planted_truth(rows: Rows) -> Rows:
    del rows["clustering"][1:]
    return _blank(clustering="nmi", behaviour_context="truth", classifier_feature="spurious_truth alone")(
        rows
    )


PARTS: dict[str, Callable[[Rows], Rows]] = {
    "nothing": lambda rows: rows,
    "behaviours": _without_behaviours,
    "circuits": _without_any_circuit,
    "circuits of behaviours": _without_circuits("behaviour"),
    "circuits with positions": _without_circuits(PAIRS),
    "faithfulness": _without("faithfulness"),
    "classifier": _without_classifier,
    "embed dictionary": _without_embed,
    "dictionaries of most sites": _only_some_layers,
    "loss curves": _without("training_loss"),
    "contexts of features": _without("feature_context"),
    "similar features": _without("feature_neighbour"),
    "similarity of contexts": _without("behaviour_similarity", "behaviour_neighbour"),
    "labels": _blank(behaviour="label label_source"),
    "planted truth": _without_planted_truth,
    "ablations": _without("feature_ablation"),
    "groups": _without("classifier_group"),
    "names by patterns": _without("feature_name"),
    "quality report": _without("quality"),
    "provenance": _without("provenance"),
    "several parts": _all_at_once("behaviours", "classifier", "dictionaries of most sites", "ablations"),
    "all but features": _all_at_once(
        "behaviours", "circuits", "contexts of features", "similar features", "faithfulness", "quality report"
    ),
}
"""What is missing → what takes it out of the rows of a whole world."""


def _model(folder: Path, tokens: list[str], width: int) -> None:
    """A random model of one layer, and a tokenizer that knows these tokens as words."""
    torch.manual_seed(0)
    config = GPTNeoXConfig(
        vocab_size=len(tokens), hidden_size=width, num_hidden_layers=1, num_attention_heads=2,
        intermediate_size=16, max_position_embeddings=32,
    )  # fmt: skip
    GPTNeoXForCausalLM(config).save_pretrained(folder)
    words = Tokenizer(models.WordLevel({text: i for i, text in enumerate(tokens)}, unk_token=tokens[0]))
    words.pre_tokenizer = pre_tokenizers.Split(Regex(" ?[^ ]+"), "isolated")
    words.decoder = decoders.Fuse()
    PreTrainedTokenizerFast(tokenizer_object=words, unk_token=tokens[0], pad_token=tokens[0]).save_pretrained(
        folder
    )


def _dictionary(site: str, width: int) -> ReluDictionary:
    generator = torch.Generator().manual_seed(SITES.index(site))
    rows = torch.nn.functional.normalize(torch.randn(FEATURES, width, generator=generator), dim=1)
    return ReluDictionary(
        encoder=rows.clone(),
        encoder_bias=torch.zeros(FEATURES),
        decoder=rows,
        decoder_bias=torch.zeros(width),
    )

"""The shipped world as plain files: its store's rows, model, dictionaries, pairs and contexts."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import closing
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import torch
from torch import Tensor
from transformers import AutoTokenizer, GPTNeoXForCausalLM

from tests.independent.plain import dictionaries as plain_dictionaries
from tests.independent.plain import model as plain_model

WORLD = Path(__file__).parents[2] / "assets" / "demo"
Row = dict[str, Any]


def rows(query: str, *values: Any) -> list[Row]:
    """What the store answers, a dict a row."""
    with closing(duckdb.connect(str(WORLD / "world.duckdb"), read_only=True)) as store:
        found = store.execute(query, values)
        names = [column[0] for column in found.description]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def recorded(artefact: str, name: str, default: Any) -> Any:
    """A parameter of how an artefact was made, at any depth of what the store records; else the recipe's."""
    (row,) = rows("SELECT parameters FROM provenance WHERE artefact = ?", artefact)
    found = list(_named(json.loads(row["parameters"]), name))
    return default if not found or found[0] is None else found[0]


def _named(value: Any, name: str) -> Iterator[Any]:
    if isinstance(value, dict):
        if name in value:
            yield value[name]
        for inner in value.values():
            yield from _named(inner, name)


@cache
def model() -> GPTNeoXForCausalLM:
    return plain_model.load(WORLD / "model")


@cache
def dictionaries() -> dict[str, plain_dictionaries.Dictionary]:
    """Site → dictionary, in the order of the sites' depth."""
    names = plain_model.sites(model().config.num_hidden_layers)
    return {site: plain_dictionaries.load(WORLD / "dictionaries" / f"{site}.safetensors") for site in names}


@cache
def documents() -> list[list[int]]:
    """Token ids of the store's documents, in the order of their ids."""
    return [row["tokens"] for row in rows("SELECT tokens FROM document ORDER BY id")]


@cache
def pairs(name: str) -> dict[str, Tensor]:
    """A file of contrastive pairs: `clean` and `patch` [n,S], `answer` and `patch_answer` [n]."""
    tokenizer = AutoTokenizer.from_pretrained(WORLD / "model")
    lines = (WORLD / "pairs" / f"{name}.jsonl").read_text("utf-8").splitlines()
    parsed = [json.loads(line) for line in lines]

    def ids(key: str) -> Tensor:
        return torch.tensor([tokenizer(pair[key])["input_ids"] for pair in parsed])

    return {
        "clean": ids("clean_prefix"),
        "patch": ids("patch_prefix"),
        "answer": ids("clean_answer")[:, 0],
        "patch_answer": ids("patch_answer")[:, 0],
    }


def has_pairs(name: str) -> bool:
    return (WORLD / "pairs" / f"{name}.jsonl").exists()


def contexts(behaviour: int, n: int, length: int) -> tuple[list[list[int]], Tensor]:
    """The n most certain contexts: up to `length` tokens before the answer, and the answers [n]."""
    found = rows(
        "SELECT document, position, answer FROM behaviour_context WHERE behaviour = ? ORDER BY rank LIMIT ?",
        behaviour,
        n,
    )
    whole = documents()
    prompts = [whole[c["document"]][max(0, c["position"] - length) : c["position"]] for c in found]
    return prompts, torch.tensor([c["answer"] for c in found])


def parted_contexts(
    circuit: Row, length: int
) -> tuple[tuple[list[list[int]], Tensor], tuple[list[list[int]], Tensor]]:
    """The contexts that a behaviour's circuit was found on, and those that it was tested on.

    Of the cluster's most certain ones every other one is held out; in worlds of older code, and where it
    has one, both are the same.
    """
    found = rows("SELECT DISTINCT tested_on FROM faithfulness WHERE circuit = ?", circuit["id"])
    n = circuit["n_examples"]
    if [row["tested_on"] for row in found] != ["held-out contexts"]:
        own = contexts(circuit["behaviour"], n, length)
        return own, own
    prompts, answers = contexts(
        circuit["behaviour"], 2 * recorded("behaviours", "circuit_contexts", n), length
    )
    return (prompts[0::2], answers[0::2]), (prompts[1::2], answers[1::2])


def nodes(circuit: str, above: float) -> set[tuple[str, int | None, int | None]]:
    """(site, feature or None = error, position or None) of the stored nodes with |effect| > `above`."""
    found = rows("SELECT * FROM circuit_node WHERE circuit = ? AND site <> 'y'", circuit)
    return {(n["site"], n["feature"], n["position"]) for n in found if abs(n["effect"]) > above}


def spread(items: Sequence[Any], n: int) -> list[Any]:
    """n of the items at equal distances, both ends among them."""
    return [items[round(k * (len(items) - 1) / max(1, n - 1))] for k in range(min(n, len(items)))]

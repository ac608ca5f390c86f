"""Sound inputs of every command in one small folder; the fuzzer damages copies of them."""

from __future__ import annotations

import json
import shutil
from contextlib import chdir, closing, redirect_stderr, redirect_stdout
from io import StringIO
from itertools import product
from pathlib import Path

from explorer_engine.store.judgements import JudgementStore
from explorer_engine.world.world import open_world
from precompute.cli import main
from tests.explorer_engine.dictionaries.sources.layouts import LAYOUTS
from tests.explorer_engine.formats.test_damaged import WRITTEN, lines
from tests.worlds import build_world

__all__ = ["LAYOUTS_WRITTEN", "write_seeds"]

PAIR = {
    "clean_prefix": "<s> nurse",
    "patch_prefix": "<s> sheriff",
    "clean_answer": " she",
    "patch_answer": " he",
}
CONTEXT = {"context": ["<s>", " nurse"], "answer": " she", "p": 0.5}
RECIPE = """
title = "Tiny"

[text]
source = "texts"
packed = false
window = 8
documents = 6
training_windows = 4
test_windows = 2

[model]
source = "world/model"
device = "cpu"

[dictionaries]
source = "world/dictionaries"

[dashboards]
top_contexts = 2
contexts_per_bin = 1
neighbours = 2
norm_streams = 4

[ablations]
contexts = 1

[behaviours]
max_loss = 50.0
min_context = 2
clusters = 2
context = 6
circuit_contexts = 2
circuit_nodes = 5
swept = [1, 5]

[[pairs]]
file = "pairs.jsonl"
title = "One"
"""
LAYOUTS_WRITTEN = [f"layouts/{number}" for number in range(len(LAYOUTS))]


def write_seeds(folder: Path, work: bool) -> None:
    """Fill `folder`; with `work` also what a run of the recipe leaves, which takes some seconds."""
    build_world(folder / "world")
    shutil.rmtree(folder / "world/.shards")
    for name, layout in zip(LAYOUTS_WRITTEN, LAYOUTS.values(), strict=True):
        layout.write(folder / name)
    (folder / "pairs.jsonl").write_text(lines(PAIR, PAIR))
    (folder / "cluster.json").write_text(json.dumps({"a": CONTEXT, "b": CONTEXT}))
    rows = [("a nurse, she", 0, 1), ("a sheriff, he", 1, 0), ("=1+1", 1, 1), (" she", 0, 0)]
    table = "".join(f'"{text}",{label},{attribute}\n' for text, label, attribute in rows)
    (folder / "labelled.csv").write_text("text,label,attribute\n" + table)
    objects = [{"text": text, "label": label, "attribute": attribute} for text, label, attribute in rows]
    (folder / "labelled.jsonl").write_text(lines(*objects))
    for form, text in WRITTEN.items():
        (folder / f"{form.replace(' ', '-')}.jsonl").write_text(text) if form != "pairs" else None
    words = product(
        (" nurse", " sheriff"), (" she", " he"), (" nurse", " sheriff", " she", " he"), (" he", " she")
    )
    groups = "".join(
        f'"{"".join(four)}{four[2] * k}",{four[0]},{four[1]}\n' for four in words for k in range(3)
    )
    (folder / "groups.csv").write_text("text,label,attribute\n" + groups)
    (folder / "texts").mkdir()
    for number in range(60):
        (folder / f"texts/{number}.txt").write_text("<s> nurse she sheriff he said " * 9 + f"{number}")
    (folder / "recipe.toml").write_text(RECIPE)
    (folder / "out").mkdir()
    (folder / "out/old.json").write_text("old")
    with closing(
        JudgementStore(folder / f"data/judgements-{open_world(folder / 'world').key}.duckdb")
    ) as store:
        store.label("Ada", "resid_0/3", "=1+1 \x1b[31m")
        store.judge("Bo", "resid_0/3", "spurious", "classifier-job")
    with redirect_stdout(StringIO()), redirect_stderr(StringIO()), chdir(folder):
        _made(work)


def _made(work: bool) -> None:
    """What commands make of the rest, in the folder where it lies."""
    model = ["--model", "world/model", "--dictionaries", "world/dictionaries", "--allow-missing"]
    _done(["circuit", *model, "--data", "pairs.jsonl", "--out", "circuit.json", "--node-threshold", "0"])
    _done(["convert", "circuit.json", "--form", "attribution-graph", "--out", "graph.json"])
    _done(["judgements", "backup", "--world", "world", "--judgements", "data", "--out", "saved.duckdb"])
    if work:
        _done(["run", "recipe.toml", "--work", "work", "--out", "made"])


def _done(command: list[str]) -> None:
    assert main(command) == 0, command

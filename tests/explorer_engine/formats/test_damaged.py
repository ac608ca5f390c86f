"""Damaged files of what people say and of prompts: taken in, or told in one line that names the file.

`DAMAGES=500 python -m pytest tests/explorer_engine/formats/test_damaged.py` tries 500 of each.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from explorer_engine.errors import InputError
from explorer_engine.formats.clusters import is_cluster, read_cluster, read_contexts
from explorer_engine.formats.explanations import is_explanations
from explorer_engine.formats.pairs import read_pairs
from explorer_engine.store.judgements import JudgementStore
from explorer_engine.world.world import open_world
from precompute.commands.judgements import take
from tests.damage import DAMAGE, DAMAGES, setting_in_line
from tests.worlds import build_world

Use = Callable[[Path], object]


def lines(*rows: object) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


def statement(id: int, kind: str, value: str | None, undoes: int | None = None) -> dict[str, object]:
    time = f"2026-01-0{id}T00:00:00Z"
    told = {"annotator": "Ada", "target": "embed/1", "scope": ""}
    return {"id": id, "time": time, "kind": kind, "value": value, "undoes": undoes, **told}


EXPLANATION = {
    "modelId": "m",
    "layer": "e-res-sm",
    "index": "1",
    "description": "x",
    "scores": [{"value": 0.5}],
}
CONTEXT = {"context": ["The", " dog"], "answer": " run", "p": 0.5}
PAIR = {
    "clean_prefix": "The dog",
    "patch_prefix": "The dogs",
    "clean_answer": " runs",
    "patch_answer": " run",
}
WRITTEN = {
    "annotations": lines(
        *({"Name": f"embed/{i}", "Annotation": "his", "Notes": "n", "Feature": "1"} for i in range(3))
    ),
    "statements": lines(
        statement(1, "label", "his"),
        statement(2, "judgement", "spurious"),
        statement(3, "complexity", "70"),
        statement(4, "undo", None, 3),
    ),
    "explanations": lines(EXPLANATION, {**EXPLANATION, "explanationModelName": "gpt", "index": 2}),
    "an array of explanations": json.dumps([EXPLANATION, {"latent": "layers.0_latent2", "explanation": "y"}]),
    "cluster": json.dumps({"a": CONTEXT, "b": {**CONTEXT, "context": ["The", " old", " dog"]}}),
    "pairs": lines(PAIR, PAIR),
}


@pytest.fixture(scope="module")
def uses(tokenizer, tmp_path_factory) -> dict[str, Use]:
    """How a file of each form is read; of what people say also how it is stored and read again."""
    folder = tmp_path_factory.mktemp("damaged")
    world = open_world(build_world(folder / "world", model=False))
    store = JudgementStore(folder / "judgements.duckdb")

    def kept(file: Path) -> None:
        is_explanations(file)
        take(store, world.store, file, None)
        store.export_rows()

    def contexts(file: Path) -> None:
        is_cluster(file)
        read_contexts(file, tokenizer, 8)
        read_cluster(file, tokenizer)

    prompts = {"cluster": contexts, "pairs": lambda file: read_pairs(file, tokenizer)}
    return {form: prompts.get(form, kept) for form in WRITTEN}


@pytest.mark.parametrize("form", list(WRITTEN))
def test_damage_is_told(form: str, uses: dict[str, Use], tmp_path: Path) -> None:
    r, told, file = random.Random(form), 0, tmp_path / "damaged.jsonl"
    file.write_text(WRITTEN[form])
    uses[form](file)
    for i in range(DAMAGES):
        content = bytearray(WRITTEN[r.choice(list(WRITTEN)) if i % 20 == 19 else form].encode())
        r.choice([*DAMAGE, setting_in_line, setting_in_line])(content, r)
        file.write_bytes(content)
        try:
            uses[form](file)
        except InputError as error:
            assert "damaged.jsonl" in str(error) and "\n" not in str(error) and len(str(error)) < 2000
            told += 1
    assert told > DAMAGES / 4

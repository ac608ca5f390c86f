"""The demo's recipe made tiny: the one place where tests of what it builds name its parts."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import pytest

from explorer_engine.dictionaries.training import TrainingOptions
from precompute.demo.recipe import DemoRecipe
from precompute.recipe.build import build_world

__all__ = ["FEATURES", "SITES", "TASK", "VOCABULARY", "build", "content", "near", "rows", "tiny_recipe"]

TASK = ("professor", "nurse")
SITES = ["embed", *(f"{kind}_{layer}" for layer in range(3) for kind in ("attn", "mlp", "resid"))]
FEATURES, VOCABULARY = 96, 2816


def tiny_recipe() -> DemoRecipe:
    """Three layers, 96 features a site, and a handful of everything else."""
    r = DemoRecipe()
    return replace(
        r,
        corpus=replace(
            r.corpus,
            tokenizer_passages=2000,
            window=64,
            training_windows=1600,
            documents=80,
            test_windows=100,
        ),
        language_model=replace(
            r.language_model,
            layers=3,
            width=48,
            heads=2,
            mlp=96,
            window=64,
            batch=8,
            steps=200,
            warm_up=20,
            learning_rate=1e-2,
        ),
        dictionaries=TrainingOptions(features=96, steps=100, batch=256, windows=200),
        dashboards=replace(
            r.dashboards,
            top_contexts=4,
            contexts_per_bin=2,
            neighbours=3,
            norm_streams=20,
        ),
        behaviours=replace(
            r.behaviours,
            max_loss=1.5,
            clusters=4,
            context=16,
            circuit_contexts=4,
            circuit_nodes=20,
            faithfulness=0.9,
        ),
        ablations=replace(r.ablations, features=600, contexts=1),
        abilities=replace(r.abilities, draws=2, pairs=20),
        planted=replace(r.planted, per_role=6, natural=60),
        pairs=replace(r.pairs, pairs=6),
        circuits=replace(r.circuits, pairs=6, circuit=replace(r.circuits.circuit, steps=3, n_nodes=30)),
        biographies=replace(
            r.biographies, tasks=(TASK,), site="resid_1", training=64, test=48, generic=96, draws=2
        ),
        classifiers=replace(r.classifiers, features=10, circuit_texts=16, probes=2),
    )


def build(out: Path, work: Path, only: str | None = None) -> None:
    """The tiny world in `out`, its unfinished work in `work`."""
    build_world(tiny_recipe(), out, work, "python -m precompute run tiny.toml", only)


def rows(store: Path, sql: str, *parameters: Any) -> list[dict[str, Any]]:
    """What a store answers, by name of column."""
    with duckdb.connect(str(store), read_only=True) as connection:
        found = connection.execute(sql, list(parameters))
        names = [column[0] for column in found.description or ()]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def content(store: Path) -> dict[str, list[str]]:
    """Every row of every table, sorted, without when and by which files and code it was made."""
    with duckdb.connect(str(store), read_only=True) as connection:
        tables = [name for (name,) in connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()]
    of_the_day = {"made_at", "seconds", "code_version", "model_hash", "dictionaries_hash"}
    return {
        table: sorted(
            repr({name: value for name, value in row.items() if name not in of_the_day})
            for row in rows(store, f'SELECT * FROM "{table}"')
        )
        for table in tables
    }


def near(value: float, rel: float = 2e-3, abs: float = 2e-4) -> Any:
    """Equal but for the order of float32 sums, which differs between batches and machines."""
    return pytest.approx(value, rel=rel, abs=abs)

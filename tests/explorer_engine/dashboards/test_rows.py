"""Dashboards go through shards, publish and query, and come back as the values they were made of."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from explorer_engine.dashboards.rows import (
    ablation_from_row,
    ablation_rows,
    contexts_from_rows,
    figures_from_row,
    neighbours_from_rows,
    to_rows,
)
from explorer_engine.dashboards.values import (
    FeatureAblation,
    FeatureContext,
    FeatureFigures,
    FeatureNeighbour,
    Weighted,
)
from explorer_engine.sites import FeatureRef, Site
from explorer_engine.store.artefacts import ArtefactStore
from explorer_engine.store.values import TokenWeight
from tests.explorer_engine.store.small_world import DOCUMENTS, SITES, TOKENS, build, small_world

HERE, THERE = FeatureRef(Site("resid", 0), 3), FeatureRef(Site("embed", -1), 1)
FIGURES = tuple(
    FeatureFigures(
        ref=FeatureRef(Site.parse(site), j),
        density=j / 3,
        maximum=2.5 * j,
        histogram=(j, 0, 1),
        top_tokens=(4, j),
        promoted=((4, 1.5), (8, 0.5)),
        suppressed=((5, -2.0),),
    )
    for site in SITES
    for j in range(4)
)
CONTEXTS = (
    FeatureContext(HERE, 0, 0, 0, 4, 6.0, 3, 6.0, (51, 255, 0)),
    FeatureContext(HERE, 0, 1, 2, 1, 5.0, 0, 7.5, (0, 170, 255)),
    FeatureContext(HERE, 4, 0, 3, 1, 0.5, 0, 0.5, (51, 255)),
)
ABLATIONS = tuple(
    FeatureAblation(figures.ref, ((4, -1.0), (5, 0.25 * (i + 1)))) for i, figures in enumerate(FIGURES[::2])
)
NEIGHBOURS = (
    FeatureNeighbour(HERE, 0, THERE, 0.75),
    FeatureNeighbour(HERE, 1, FeatureRef(HERE.site, 0), 0.5),
)


def texts(found: Weighted) -> tuple[TokenWeight, ...]:
    return tuple(TokenWeight(TOKENS[token], weight) for token, weight in found)


def test_rows_come_back_as_the_same_values() -> None:
    tables = {table: list(rows) for table, rows in to_rows(FIGURES, CONTEXTS, NEIGHBOURS).items()}
    assert tuple(map(figures_from_row, tables["feature"])) == FIGURES
    assert contexts_from_rows(tables["feature_context"]) == CONTEXTS
    assert neighbours_from_rows(tables["feature_neighbour"]) == NEIGHBOURS
    assert tuple(map(ablation_from_row, ablation_rows(ABLATIONS))) == ABLATIONS


@pytest.fixture
def store(tmp_path: Path) -> ArtefactStore:
    rows = {table: list(rows) for table, rows in to_rows(FIGURES, CONTEXTS, NEIGHBOURS).items()}
    rows["feature_ablation"] = list(ablation_rows(ABLATIONS))
    return ArtefactStore(build({**small_world(), **rows}, tmp_path))


def test_a_store_answers_with_the_figures_that_were_written(store: ArtefactStore) -> None:
    for figures in FIGURES:
        card = store.features.card(figures.ref)
        assert (card.ref, card.density, card.maximum, card.histogram) == (
            figures.ref, figures.density, figures.maximum, figures.histogram,
        )  # fmt: skip
        assert card.tokens == tuple(TOKENS[token] for token in figures.top_tokens)
        assert (card.promoted, card.suppressed) == (texts(figures.promoted), texts(figures.suppressed))


def test_a_store_tells_what_is_lost_without_the_features_that_were_ablated(store: ArtefactStore) -> None:
    stored = {ablation.ref: texts(ablation.changes) for ablation in ABLATIONS}
    assert {f.ref: store.features.card(f.ref).ablated for f in FIGURES} == {
        f.ref: stored.get(f.ref) for f in FIGURES
    }


def test_a_store_tells_the_contexts_that_were_written_as_text(store: ArtefactStore) -> None:
    shown = [(b.bin, strip) for b in store.features.contexts(HERE) for strip in b.strips]
    for (bin_, strip), c in zip(shown, CONTEXTS, strict=True):
        window = DOCUMENTS[c.document][c.first : c.first + len(c.shades)]
        assert (bin_, strip.document, strip.position) == (c.bin, c.document, c.position)
        assert (strip.maximum, strip.peak) == (c.activation, c.position - c.first)
        assert strip.tokens == tuple(TOKENS[token] for token in window)
        assert strip.activations == c.activations == tuple(s / 255 * c.scale for s in c.shades)


def test_a_store_answers_with_the_neighbours_that_were_written(store: ArtefactStore) -> None:
    found = store.features.neighbours(HERE)
    assert tuple(replace(n, tokens=()) for n in found) == NEIGHBOURS
    assert [n.tokens for n in found] == [(" she", " the"), (" she", "<s>")]

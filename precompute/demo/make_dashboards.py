"""Stage `dashboards`: density, contexts, direct and ablation effects and neighbours of every feature."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch

from explorer_engine.dashboards import (
    ablation_effects,
    collect_activity,
    context_rows,
    decoder_neighbours,
    direct_effects,
    feature_rows,
    neighbour_rows,
    norm_jacobian,
)
from explorer_engine.sites import Site
from explorer_engine.store import shards
from precompute.demo.inputs import Made, load_made
from precompute.progress import progress, reporter

__all__ = ["DashboardRecipe", "make_dashboards"]


@dataclass(frozen=True)
class DashboardRecipe:
    """What the feature pages show."""

    top_contexts: int = 8
    contexts_per_bin: int = 3
    ablated_contexts: int = 3
    neighbours: int = 8
    norm_streams: int = 200
    """Final streams over which the last norm's derivative is averaged."""
    seed: int = 0


def make_dashboards(recipe: DashboardRecipe, work: Path, folder: Path) -> None:
    """Shards of `feature`, `feature_context` and `feature_neighbour`, one a site; finished sites are kept."""
    made = load_made(work)
    target = folder / "shards"
    missing = [site for site in made.dictionaries if not (target / "feature" / f"{site}.parquet").exists()]
    if not missing:
        return
    activity = collect_activity(
        made.model,
        {site: made.dictionaries[site] for site in missing},
        made.documents,
        top=recipe.top_contexts,
        per_bin=recipe.contexts_per_bin,
        seed=recipe.seed,
        progress=reporter("feature activity"),
    )
    neighbours = decoder_neighbours(made.dictionaries, recipe.neighbours)
    jacobian = norm_jacobian(made.model, _final_streams(made, recipe.norm_streams))
    for site in progress(missing, "feature effects"):
        dictionary, found = made.dictionaries[site], activity[site]
        ablation = ablation_effects(
            made.model, site, dictionary, made.documents, found.contexts, per_feature=recipe.ablated_contexts
        )
        shards.write(target, "feature_context", context_rows(site, found), str(site))
        shards.write(target, "feature_neighbour", neighbour_rows(site, neighbours[site]), str(site))
        direct = direct_effects(made.model, site, dictionary, jacobian)
        shards.write(target, "feature", feature_rows(site, found, direct, ablation), str(site))


def _final_streams(made: Made, n: int) -> torch.Tensor:
    """[n,d]: the last residual stream at tokens spread over the first documents."""
    last = Site("resid", made.model.n_layers - 1)
    windows = made.windows.examples(n)
    streams = made.model.activations(windows.tokens, windows.mask, [last])[last]
    positions = torch.linspace(0, windows.length - 1, n).long()
    return streams[torch.arange(n), positions]

"""`python -m benchmarks.exact_patching`: which approximation of a node's effect is nearer to patching it."""

from __future__ import annotations

import argparse
from pathlib import Path

import torch

from explorer_engine.attribution.choices import Method
from explorer_engine.attribution.nodes import NodeEffects, node_effects
from explorer_engine.dictionaries import load_dictionaries
from explorer_engine.formats.pairs import read_pairs
from explorer_engine.models import load_model
from explorer_engine.sites import Site

METHODS: tuple[tuple[Method, int], ...] = (("attribution", 1), ("ig", 10))


def main() -> None:
    """Correlation and mean error against exact patching at every site, for every file of pairs."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.exact_patching", description=__doc__)
    parser.add_argument("world", type=Path, nargs="?", default=Path("assets/demo"), help="(%(default)s)")
    parser.add_argument("--pairs", type=int, default=4, help="of each file (%(default)s)")
    args = parser.parse_args()
    torch.set_num_threads(1)
    model = load_model(args.world / "model", device="cpu")
    dictionaries = load_dictionaries(args.world / "dictionaries", model.sites)
    for file in sorted((args.world / "pairs").glob("*.jsonl")):
        examples, _ = read_pairs(file, model.tokenizer, args.pairs)
        exact = node_effects(model, dictionaries, examples, method="exact", steps=1)
        found: dict[Method, NodeEffects] = {
            method: node_effects(model, dictionaries, examples, method=method, steps=steps)
            for method, steps in METHODS
        }
        print(
            f"{file.stem}, {len(examples)} pairs: correlation with exact patching (mean error / mean effect)"
        )
        print(f"{'site':<10}{'first order':>22}{'integrated, 10 steps':>24}")
        nearer = sum(_line(site, exact, found) for site in exact.sites)
        print(f"first order is nearer at {nearer} of {len(exact.sites)} sites\n")


def _line(site: Site, exact: NodeEffects, found: dict[Method, NodeEffects]) -> bool:
    """Print a site's row; whether first order has the smaller mean error there."""
    truth = _stacked(exact, site)
    moved = truth != 0
    cells, errors = "", []
    for effects in found.values():
        ours = _stacked(effects, site)[moved]
        errors.append(float((ours - truth[moved]).abs().mean() / truth[moved].abs().mean()))
        correlation = float(torch.corrcoef(torch.stack([ours, truth[moved]]))[0, 1])
        cells += f"{correlation:>16.3f} ({errors[-1]:.3f})"
    print(f"{site!s:<10}{cells}")
    return errors[0] < errors[1]


def _stacked(effects: NodeEffects, site: Site) -> torch.Tensor:
    """Effects of all features and errors of a site at all positions."""
    return torch.cat([effects.dense(site).flatten(), effects.error(site).flatten()]).double()


if __name__ == "__main__":
    main()

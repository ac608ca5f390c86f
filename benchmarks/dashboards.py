"""The streaming pass of the dashboards against the forward passes and encodings that it cannot avoid.

    python -m benchmarks.dashboards [--sites 19] [--documents 32]

A random model of Pythia-70M's shape and dictionaries of 32,768 features with about 75 active a token. The
floor runs the same documents through the model and every value through its dictionary, one document after the
other, and keeps nothing; it is measured before and after the pass, in processor time. What the pass does at
its end is told apart: it is paid once, however long the text is.
"""

from __future__ import annotations

import argparse
import time

import torch

from benchmarks.circuit_discovery_setup import (
    FEATURES,
    VOCABULARY,
    metered,
    planted_dictionaries,
    pythia_70m,
    random_pairs,
    size_of,
)
from explorer_engine.dashboards.activity import collect_activity
from explorer_engine.data import pad_left
from explorer_engine.dictionaries import Dictionaries
from explorer_engine.models import LanguageModel

BATCH, TOKENS = 32, 128
"""Documents a forward pass, and tokens of each."""


def main() -> None:
    """Print seconds of the floor and of the pass, their ratio, and peak memory."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.dashboards", description=__doc__)
    parser.add_argument("--sites", type=int, default=19, help="spread over the model's (%(default)s)")
    parser.add_argument("--documents", type=int, default=32, help=f"of {TOKENS} tokens (%(default)s)")
    args = parser.parse_args()
    torch.set_num_threads(1)
    model, pairs = pythia_70m(), random_pairs(4, 64)
    whole = planted_dictionaries(model, pairs)
    sites = list(whole)[:: -(-len(whole) // args.sites)]
    dictionaries = {site: whole[site] for site in sites}
    del whole
    documents = torch.randint(
        VOCABULARY, (args.documents, TOKENS), generator=torch.Generator().manual_seed(2)
    )
    batches = [batch.tolist() for batch in documents.split(BATCH)]
    n_tokens, loaded = documents.numel(), size_of(model, dictionaries)
    print(f"random Pythia-70M, {len(sites)} ReLU dictionaries of {FEATURES}, {n_tokens} tokens, 1 thread")
    floor(model, dictionaries, batches[:1])  # first calls of any library are slow
    before = floor(model, dictionaries, batches)
    done = [time.process_time()]
    with metered() as meter:
        found = collect_activity(
            model,
            dictionaries,
            documents.tolist(),
            batch_size=BATCH,
            progress=lambda *_: done.append(time.process_time()),
        )
    ours, end = done[-1] - done[0], time.process_time() - done[-1]
    after = floor(model, dictionaries, batches)
    plain = (before + after) / 2
    contexts = sum(len(activity.contexts) for activity in found.values())
    active = sum(activity.density.sum() for activity in found.values()) / len(sites)
    print(f"{active:.0f} features active a token, {contexts / len(sites) / FEATURES:.1f} contexts a feature")
    print(
        f"forward passes and encodings  {plain:7.1f} s of processor ({before:.1f} before, {after:.1f} after)"
    )
    print(f"the pass                      {ours:7.1f} s   {ours / plain:.2f} × (to reach: 1.3)")
    print(
        f"its end                       {end:7.1f} s   {end / len(sites):.2f} s a site, however long the text"
    )
    grown = meter.peak - loaded
    print(f"peak memory {grown / 1e9:.2f} GB over model and dictionaries ({loaded / 1e9:.2f} GB)")


def floor(model: LanguageModel, dictionaries: Dictionaries, batches: list[list[list[int]]]) -> float:
    """Seconds of processor for what no pass can do without."""
    begun = time.process_time()
    for batch in batches:
        tokens, mask = pad_left(batch)
        values = model.activations(tokens, mask, dictionaries)
        for site, dictionary in dictionaries.items():
            for x in values[site]:
                dictionary.encode(x)
    return time.process_time() - begun


if __name__ == "__main__":
    main()

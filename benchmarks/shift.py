"""`python -m benchmarks.shift`: what SHIFT's answers cost against a plain forward pass to the probe's site.

Weights and dictionaries are random, of the shape of the demo or of Pythia-70M: what is computed costs the
same as with trained ones. The plain pass is the same texts in the same batches, with nothing ablated and
nothing kept. Ratios are of processor seconds, so that other work on the machine counts little.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from dataclasses import dataclass

import torch
from tokenizers import Tokenizer, models
from torch.nn.functional import normalize
from transformers import GPTNeoXConfig, GPTNeoXForCausalLM, PreTrainedTokenizerFast

from explorer_engine.ablation import feature_edits
from explorer_engine.data import pad_left
from explorer_engine.dictionaries import Dictionary, ReluDictionary
from explorer_engine.models import LanguageModel
from explorer_engine.shift import ClassifierTask, ShiftSession, TaskTexts, TextSet
from explorer_engine.shift.runner import TextRunner
from explorer_engine.sites import FeatureRef, Site

ABLATED = 50
ALLOWED = 1.25
"""What an evaluation with so many features may cost, in plain passes."""
WORKERS = 2


@dataclass(frozen=True)
class Shape:
    """A GPT-NeoX, its dictionaries up to the probe's site, and what is asked of them."""

    layers: int
    width: int
    heads: int
    vocabulary: int
    features: int
    site: Site
    texts: int
    training: int


SHAPES = {
    "demo": Shape(4, 128, 4, 2560, 512, Site("resid", 2), 1000, 1600),
    "pythia-70m": Shape(6, 512, 8, 50304, 32768, Site("resid", 4), 200, 16),
}


def shaped(shape: Shape) -> tuple[LanguageModel, dict[Site, Dictionary]]:
    """A model of random weights and random dictionaries at its sites up to the probe's."""
    torch.manual_seed(0)
    config = GPTNeoXConfig(
        vocab_size=shape.vocabulary,
        hidden_size=shape.width,
        num_hidden_layers=shape.layers,
        num_attention_heads=shape.heads,
        intermediate_size=4 * shape.width,
    )
    raw = Tokenizer(models.WordLevel({"[PAD]": 0}, unk_token="[PAD]"))
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=raw, pad_token="[PAD]")
    model = LanguageModel(GPTNeoXForCausalLM(config), tokenizer, "random")
    dictionaries: dict[Site, Dictionary] = {
        site: ReluDictionary(
            torch.randn(shape.features, shape.width),
            torch.zeros(shape.features),
            normalize(torch.randn(shape.features, shape.width)),
            torch.zeros(shape.width),
        )
        for site in model.sites
        if site <= shape.site
    }
    return model, dictionaries


def texts(shape: Shape, n: int, seed: int) -> TextSet:
    """n texts of 30 to 90 tokens in four equal groups."""
    random = torch.Generator().manual_seed(seed)
    lengths = torch.randint(30, 91, (n,), generator=random).tolist()
    tokens = [torch.randint(1, shape.vocabulary, (n,), generator=random).tolist() for n in lengths]
    return TextSet.of(tokens, [k % 2 for k in range(n)], [k // 2 % 2 for k in range(n)])


def main() -> None:
    """Print a table for each shape."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.shift", description=__doc__)
    parser.add_argument("shapes", nargs="*", default=list(SHAPES), help=f"of {', '.join(SHAPES)} (all)")
    torch.set_num_threads(1)
    for name in parser.parse_args().shapes:
        _table(name, SHAPES[name])


def _table(name: str, shape: Shape) -> None:
    model, dictionaries = shaped(shape)
    development = texts(shape, shape.texts, 1)
    sites = list(dictionaries)
    refs = [f"{sites[k % len(sites)]}/{k}" for k in range(ABLATED)]
    tokens = sum(map(len, development.tokens))
    print(
        f"\n{name}: {shape.texts:,} texts, {tokens:,} tokens, probe at {shape.site}; "
        f"{ABLATED} features at {len(sites)} sites; {WORKERS} workers"
    )
    runner = TextRunner(model, shape.site, development.tokens, workers=WORKERS, memory=0)
    runner.pooled({})
    floor = _cpu(lambda: runner.pooled({}))
    runner.close()
    task = ClassifierTask("b", shape.site, ("a", "b"), ("c", "d"))
    data = TaskTexts(texts(shape, shape.training, 2), development, texts(shape, 4, 3))
    session = ShiftSession(model, dictionaries, task, data, workers=WORKERS)

    def line(what: str, run: Callable[[], object], allowed: str = "") -> None:
        wall = time.perf_counter()
        taken = _cpu(run)
        wall = time.perf_counter() - wall
        print(f"{what:<50}{taken:8.2f} s CPU{wall:8.2f} s wall{taken / floor:8.2f} ×{allowed}")

    print(f"{'a plain pass to the probe’s site':<50}{floor:8.2f} s CPU")
    line(
        "padded batches through the whole model",
        lambda: _straightforward(model, dictionaries, task, development, refs),
    )
    line(f"{ABLATED} features, first time", lambda: session.evaluate(refs), f"  allowed {ALLOWED}")
    for site in (shape.site, Site("mlp", 2), Site("attn", 1), Site("embed", -1)):
        line(
            f"  then one more at {site}",
            lambda site=site: session.evaluate([*refs, f"{site}/99"]),
            f"  allowed {ALLOWED}",
        )
    line(f"  back to the {ABLATED} (undo)", lambda: session.evaluate(refs))
    line(
        f"{ABLATED} features, probe trained again on {shape.training:,} texts",
        lambda: session.evaluate(refs, retrain=True),
    )
    line("what still counts in 10 texts", lambda: session.counts(range(10), refs))
    session.close()


def _straightforward(
    model: LanguageModel,
    dictionaries: dict[Site, Dictionary],
    task: ClassifierTask,
    given: TextSet,
    refs: list[str],
) -> None:
    """The straightforward way: padded batches through the whole model, every time."""
    edits = feature_edits(dictionaries, map(FeatureRef.parse, refs))
    for start in range(0, len(given), 64):
        tokens, mask = pad_left(given.tokens[start : start + 64])
        value = model.activations_edited(tokens, mask, edits, [task.site])[task.site]
        (value * mask[..., None]).sum(1)


def _cpu(run: Callable[[], object]) -> float:
    """Processor seconds of a run."""
    before = time.process_time()
    run()
    return time.process_time() - before


if __name__ == "__main__":
    main()

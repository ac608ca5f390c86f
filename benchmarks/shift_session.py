"""How long SHIFT takes to answer: features toggled on 1,000 texts of a demo-shaped model, and plain runs."""

from __future__ import annotations

import time
from collections.abc import Callable

import torch
from tokenizers import Tokenizer, models
from torch.nn.functional import normalize
from transformers import GPTNeoXConfig, GPTNeoXForCausalLM, PreTrainedTokenizerFast

from explorer_engine.ablation import feature_edits
from explorer_engine.data import pad_left
from explorer_engine.dictionaries import Dictionary, ReluDictionary
from explorer_engine.models import LanguageModel
from explorer_engine.shift import ClassifierTask, ShiftSession, TaskTexts, TextSet
from explorer_engine.sites import FeatureRef, Site

SITE, WIDTH, FEATURES, VOCABULARY = Site("resid", 2), 128, 512, 2560


def demo_shaped() -> tuple[LanguageModel, dict[Site, Dictionary]]:
    """Random weights: what is computed costs the same as with trained ones."""
    torch.manual_seed(0)
    config = GPTNeoXConfig(
        vocab_size=VOCABULARY,
        hidden_size=WIDTH,
        num_hidden_layers=4,
        num_attention_heads=4,
        intermediate_size=4 * WIDTH,
    )
    raw = Tokenizer(models.WordLevel({"[PAD]": 0}, unk_token="[PAD]"))
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=raw, pad_token="[PAD]")
    model = LanguageModel(GPTNeoXForCausalLM(config), tokenizer, "demo-shaped")
    dictionaries: dict[Site, Dictionary] = {
        site: ReluDictionary(
            torch.randn(FEATURES, WIDTH),
            torch.zeros(FEATURES),
            normalize(torch.randn(FEATURES, WIDTH)),
            torch.zeros(WIDTH),
        )
        for site in model.sites
    }
    return model, dictionaries


def texts(n: int, seed: int) -> TextSet:
    """n texts of 30 to 90 tokens in four equal groups."""
    random = torch.Generator().manual_seed(seed)
    lengths = torch.randint(30, 91, (n,), generator=random).tolist()
    tokens = [torch.randint(1, VOCABULARY, (length,), generator=random).tolist() for length in lengths]
    return TextSet.of(tokens, [k % 2 for k in range(n)], [k // 2 % 2 for k in range(n)])


def measured(name: str, run: Callable[[], object]) -> float:
    """Print wall and CPU seconds of one run; returns the CPU seconds."""
    wall, cpu = time.perf_counter(), time.process_time()
    run()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    print(f"{name:<44} {wall:7.2f} s wall {cpu:7.2f} s CPU")
    return cpu


def plain(model: LanguageModel, dictionaries: dict[Site, Dictionary], test: TextSet, refs: list[str]) -> None:
    """The straightforward way: padded batches through the whole model up to the site, every time."""
    edits = feature_edits(dictionaries, map(FeatureRef.parse, refs))
    for start in range(0, len(test), 64):
        tokens, mask = pad_left(test.tokens[start : start + 64])
        value = model.activations_edited(tokens, mask, edits, [SITE])[SITE]
        (value * mask[..., None]).sum(1)


def main() -> None:
    """Measure and print."""
    torch.set_num_threads(1)
    model, dictionaries = demo_shaped()
    test = texts(1000, 1)
    task = ClassifierTask("b", SITE, ("a", "b"), ("c", "d"))
    data = TaskTexts(ambiguous=texts(1600, 2), balanced=texts(4, 3), test=test)
    print(f"1,000 test texts, {sum(map(len, test.tokens)):,} tokens; 1,600 training texts; two workers")
    made: list[ShiftSession] = []
    measured(
        "session made, probe trained", lambda: made.append(ShiftSession(model, dictionaries, task, data))
    )
    (session,) = made
    sites = [site for site in model.sites if site <= SITE]
    refs = [f"{site}/{j}" for site in sites for j in range(6)]
    slow = measured(
        "plain, 60 features at 10 sites, any change", lambda: plain(model, dictionaries, test, refs)
    )
    measured("60 features at 10 sites, first time", lambda: session.evaluate(refs))
    rows = {
        site: measured(
            f"  then one more at {site}", lambda site=site: session.evaluate([*refs, f"{site}/99"])
        )
        for site in (SITE, Site("mlp", 2), Site("resid", 1), Site("attn", 1), Site("embed", -1))
    }
    measured("  back to the 60 (undo)", lambda: session.evaluate(refs))
    measured("60 features, probe trained again", lambda: session.evaluate(refs, retrain=True))
    measured("  what still counts in 10 texts", lambda: session.counts(range(10), refs))
    session.close()
    print("CPU of plain / ours:", ", ".join(f"{site} {slow / cpu:.1f}" for site, cpu in rows.items()))


if __name__ == "__main__":
    main()

"""A world of the largest size the app is made for, opened page by page: first paint against 2.5 s.

    python -m benchmarks.large_world --fraction 0.1 --keep DIR --browser

The store is that of `benchmarks/store.py`; a random model of 6 layers and width 512 and 19 random
dictionaries come with it, so that DIR is a whole world: `streamlit run app/main.py -- --world DIR`. Each page
is run without a browser, first with nothing cached, then again; then a feature's own sentence is read. With
`--browser` each page is also opened in Chromium (`benchmarks/first_paint.py`).
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import statistics
import tempfile
import time
from contextlib import closing
from pathlib import Path

import streamlit as st
import torch
from streamlit.testing.v1 import AppTest
from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers
from transformers import GPTNeoXConfig, GPTNeoXForCausalLM, PreTrainedTokenizerFast

from app.pages import PAGES
from benchmarks.store import SITES, build
from explorer_engine.dictionaries import ReluDictionary, save_dictionaries
from explorer_engine.sites import FeatureRef
from explorer_engine.store.artefacts import ArtefactStore
from explorer_engine.world.loaded import LoadedWorld
from explorer_engine.world.world import open_world, write_manifest

ROOT = Path(__file__).resolve().parents[1]
BUDGET, WIDTH, RERUNS = 2.5, 512, 5


def main() -> None:
    """Build the world, open each page and a sentence, and print what that took."""
    parser = argparse.ArgumentParser(description="Open every page of a large world")
    parser.add_argument("--fraction", type=float, default=1.0, help="share of the features and circuits")
    parser.add_argument("--keep", type=Path, help="folder to build in and to use again")
    parser.add_argument("--browser", action="store_true", help="open the pages in Chromium too")
    options = parser.parse_args()
    folder = options.keep or Path(tempfile.mkdtemp(prefix="large-world-"))
    n_features, n_circuits = int(32_768 * options.fraction), int(10_000 * options.fraction)
    try:
        if not (folder / "manifest.json").is_file():
            folder.mkdir(parents=True, exist_ok=True)
            build(folder, n_features, n_circuits)
            complete(folder, n_features)
        size = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
        print(f"{size / 1e9:.2f} GB in all")
        pages(folder)
        sentence(folder, n_features)
        if options.browser:
            from benchmarks.first_paint import first_paints  # the browser is a requirement of tests

            first_paints()
    finally:
        if options.keep is None:
            shutil.rmtree(folder)


def complete(folder: Path, n_features: int) -> None:
    """Give a store its model, its dictionaries and a manifest."""
    torch.manual_seed(0)
    reader = ArtefactStore(folder / "world.duckdb").reader
    texts = [text for (text,) in reader.rows("SELECT text FROM token ORDER BY id")]
    config = GPTNeoXConfig(
        vocab_size=len(texts), hidden_size=WIDTH, num_hidden_layers=6, num_attention_heads=8,
        intermediate_size=WIDTH, max_position_embeddings=256, tie_word_embeddings=True,
    )  # fmt: skip
    GPTNeoXForCausalLM(config).half().save_pretrained(folder / "model")
    words = Tokenizer(models.WordLevel({text: i for i, text in enumerate(texts)}, unk_token=texts[0]))
    words.pre_tokenizer = pre_tokenizers.Split(Regex(" ?[^ ]+"), "isolated")
    words.decoder = decoders.Fuse()
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=words, unk_token=texts[0], pad_token=texts[0])
    tokenizer.save_pretrained(folder / "model")
    rows = torch.nn.functional.normalize(torch.randn(n_features, WIDTH), dim=1)
    dictionary = ReluDictionary(rows, torch.zeros(n_features), rows.clone(), torch.zeros(WIDTH))
    save_dictionaries(folder / "dictionaries", dict.fromkeys(SITES, dictionary))
    write_manifest(folder)


def pages(folder: Path) -> None:
    """Print each page's first run with nothing cached, and the median of later ones."""
    os.environ["CIRCUIT_EXPLORER_WORLDS"] = str(folder)
    with tempfile.TemporaryDirectory() as judgements:
        os.environ["CIRCUIT_EXPLORER_JUDGEMENTS"] = judgements
        AppTest.from_file(str(ROOT / "app" / "main.py"), default_timeout=120).run()  # imports
        print(f"{'page':12}{'first ms':>10}{'again ms':>10}{'first / 2.5 s':>16}")
        for page in PAGES:
            app = AppTest.from_file(str(ROOT / "app" / "main.py"), default_timeout=120).run()
            app.switch_page(page.script)  # what is asked before a first run is Start
            st.cache_resource.clear()
            first = _timed(app)
            again = statistics.median(_timed(app) for _ in range(RERUNS))
            if app.exception:
                raise SystemExit(f"{page.title}: {app.exception[0].message}")
            print(f"{page.title:12}{first * 1e3:10.0f}{again * 1e3:10.0f}{first / BUDGET:16.2f}")


def sentence(folder: Path, n_features: int) -> None:
    """Print what reading a sentence costs once the model is there: time and memory."""
    with closing(LoadedWorld(open_world(folder))) as loaded:
        _ = loaded.model
        before, begun = _resident(), time.perf_counter()
        loaded.sentence(FeatureRef(SITES[-1], n_features - 1), "a few words of one's own")
        taken, grown = time.perf_counter() - begun, _resident() - before
        whole = (loaded.world.dictionaries / f"{SITES[-1]}.safetensors").stat().st_size
        print(f"own sentence {taken * 1e3:.0f} ms, {grown / 1e6:.1f} MB of {whole / 1e6:.0f} read")


def _timed(app: AppTest) -> float:
    begun = time.perf_counter()
    app.run()
    return time.perf_counter() - begun


def _resident() -> int:
    """Bytes in memory, pages of mapped files included; 0 where the system does not say."""
    status = Path("/proc/self/status")
    text = status.read_text("utf-8") if status.exists() else ""
    return 1024 * sum(int(n) for n in re.findall(r"Rss(?:Anon|File):\s+(\d+)", text))


if __name__ == "__main__":
    main()

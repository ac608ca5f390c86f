"""What the recipes of published models read of the hub: the names and layouts, with small contents."""

from __future__ import annotations

import io
import json
import random
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import numpy as np
import pyarrow as pa
import torch
from pyarrow import parquet
from torch import Tensor, nn
from transformers import (
    Gemma2Config,
    Gemma2ForCausalLM,
    GemmaTokenizer,
    GPTNeoXConfig,
    GPTNeoXForCausalLM,
    GPTNeoXTokenizer,
)

from explorer_engine.dictionaries.sources.dictionary_learning import folder_of
from explorer_engine.sites import sites_of
from tests.hub import Hub
from tests.precompute.real_text import RECIPES

__all__ = ["BIOS", "GEMMA_LAYERS", "PILE", "add_gemma", "add_pythia", "add_texts"]

PILE, BIOS = "datasets/monology/pile-uncopyrighted", "datasets/LabHC/bias_in_bios"
CHAINS = """clerk reads every letter; nurse washes both hands; keys open most doors; river floods low fields;
engine burns dry coal; teacher marks late papers; gardener waters old roses; captain counts lost sailors"""
"""Of a document's sentences; the first word decides the others."""
PEOPLE = ("He", "his", "wife", "brother"), ("She", "her", "husband", "sister")
WORK = {
    21: ("research", "grants", "faculty"),
    13: ("patients", "hospital", "clinic"),
    11: ("paintings", "colour", "galleries"),
}
"""Number of a profession → words of its texts. 21 and 13 are those of professors and nurses."""
TOWNS = "Oslo", "Lima", "Quito", "Accra", "Turin", "Delft", "Perth"
NEOX = {"num_attention_heads": 4, "hidden_size": 32, "intermediate_size": 64}
GEMMA_LAYERS = 23
"""Of 26: as many as the recipe's probe needs."""
GEMMA = {
    "num_attention_heads": 2, "num_key_value_heads": 1, "head_dim": 12, "hidden_size": 16,
    "intermediate_size": 32, "sliding_window": 16, "query_pre_attn_scalar": 12,
}  # fmt: skip
CARD = """---
license: mit
dataset_info:
  features:
  - name: hard_text
    dtype: string
  - name: profession
    dtype: int64
  - name: gender
    dtype: int64
  splits:
{}
---
# Bias in Bios
"""
"""As the real one's: it declares splits and no files, which are found by their names."""


def documents(n: int = 300, seed: int = 0) -> list[str]:
    """Texts of sentences out of CHAINS, each in an order of its own."""
    chosen = random.Random(seed)
    chains = [f"The {chain.strip()} ." for chain in CHAINS.split(";")]
    return [" ".join(chosen.sample(chains, 5)) for _ in range(n)]


def biographies(each: int = 24, seed: int = 0) -> Iterator[dict[str, Any]]:
    """Rows of Bias in Bios, `each` of a profession and a gender."""
    chosen = random.Random(seed)
    for profession, words in WORK.items():
        for gender, (who, whose, *family) in enumerate(PEOPLE):
            for _ in range(each):
                first, second = chosen.sample(words, 2)
                here, there = chosen.sample(TOWNS, 2)
                text = (
                    f"{who} writes on {first} and {second} in {here} . {who} and {whose} "
                    f"{chosen.choice(family)} live near {there} since 19{chosen.randrange(60, 99)} ."
                )
                yield {"hard_text": text, "profession": profession, "gender": gender}


def add_texts(hub: Hub, place: Path) -> None:
    """The Pile, three of its files and what stands beside them, and Bias in Bios."""
    pile, bios = place / "pile", place / "bios"
    for k, name in enumerate(("train/00", "train/01", "train/02", "val", "test")):
        rows = ({"text": text, "meta": {"pile_set_name": "Pile-CC"}} for text in documents(seed=k))
        file = pile / f"{name}.jsonl.zst"
        file.parent.mkdir(parents=True, exist_ok=True)
        with pa.output_stream(str(file), compression="zstd") as out:
            out.write("".join(json.dumps(row) + "\n" for row in rows).encode())
    (bios / "data").mkdir(parents=True)
    sizes = ""
    for seed, name in enumerate(("train", "test", "dev")):
        table = pa.Table.from_pylist(list(biographies(seed=seed)))
        parquet.write_table(table, bios / f"data/{name}-00000-of-00001.parquet")
        sizes += f"  - name: {name}\n    num_bytes: {table.nbytes}\n    num_examples: {len(table)}\n"
    (bios / "README.md").write_text(CARD.format(sizes.rstrip()))
    hub.add(PILE, pile)
    hub.add(BIOS, bios)


def add_pythia(hub: Hub, place: Path) -> None:
    """The model at the checkpoints of the recipe, from its first weights to its last, and the zip file."""
    name, folder = "EleutherAI/pythia-70m-deduped", place / "pythia"
    tokenizer = GPTNeoXTokenizer().train_new_from_iterator(_texts(), 600, show_progress=False)
    torch.manual_seed(0)
    config = GPTNeoXConfig(vocab_size=len(tokenizer), num_hidden_layers=6, max_position_embeddings=64, **NEOX)
    model = GPTNeoXForCausalLM(config)
    first = {key: value.clone() for key, value in model.state_dict().items()}
    _teach(model, tokenizer)
    last = model.state_dict()
    tokenizer.save_pretrained(folder)
    model.save_pretrained(folder)
    hub.add(name, folder)
    (folder / "model.safetensors").unlink()
    steps = tomllib.loads((RECIPES / "pythia-70m.toml").read_text())["model"]["checkpoints"]
    for k, step in enumerate(steps):
        share = k / (len(steps) - 1)
        weights = {key: (1 - share) * first[key] + share * last[key] for key in last}
        torch.save(weights, folder / "pytorch_model.bin")
        hub.add(name, folder, step)
    (place / "saes").mkdir()
    with ZipFile(place / "saes/dictionaries_pythia-70m-deduped_10.zip", "w", ZIP_DEFLATED) as archive:
        for k, site in enumerate(sites_of(6)):
            encoder = _directions(32, k)
            state = {
                "bias": torch.zeros(32), "encoder.weight": encoder, "encoder.bias": torch.zeros(len(encoder)),
                "decoder.weight": encoder.T.contiguous(),
            }  # fmt: skip
            torch.save(state, file := io.BytesIO())
            inner = f"dictionaries/pythia-70m-deduped/{folder_of(site)}/10_32768"
            archive.writestr(f"{inner}/ae.pt", file.getvalue())
    hub.add("saprmarks/pythia-70m-deduped-saes", place / "saes")


def add_gemma(hub: Hub, place: Path) -> None:
    """The model behind its licence, in several files, and Gemma Scope's three repositories."""
    name, folder = "google/gemma-2-2b", place / "gemma"
    tokenizer = _gemma_tokenizer(sorted({word for text in _texts() for word in text.split()}))
    special = {"pad_token_id": 0, "eos_token_id": 1, "bos_token_id": 2}
    size = {"vocab_size": len(tokenizer), "max_position_embeddings": 64, **GEMMA, **special}
    torch.manual_seed(0)
    shallow = Gemma2ForCausalLM(Gemma2Config(num_hidden_layers=1, **size))
    _teach(shallow, tokenizer, learning_rate=2e-2)
    model = Gemma2ForCausalLM(Gemma2Config(num_hidden_layers=GEMMA_LAYERS, **size))
    model.load_state_dict(shallow.state_dict(), strict=False)
    for layer in list(model.model.layers)[1:]:
        for norm in (layer.post_attention_layernorm, layer.post_feedforward_layernorm):
            nn.init.constant_(norm.weight, -0.95)  # what a layer adds is scaled by one more than that
    tokenizer.save_pretrained(folder)
    model.save_pretrained(folder, max_shard_size="100KB")
    hub.add(name, folder)
    hub.gated[name] = ("README.md",)
    for kind, width in (("res", 16), ("att", 24), ("mlp", 16)):
        scope = place / f"gemma-scope-2b-pt-{kind}"
        for layer in range(GEMMA_LAYERS):
            for l0 in (14, 68 + layer, 297):
                _params(scope / f"layer_{layer}/width_16k/average_l0_{l0}", width, 100 * l0 + layer)
        _params(scope / "layer_12/width_65k/average_l0_72", width, 0)
        if kind == "res":
            _params(scope / "embedding/width_4k/average_l0_6", width, 0)
        hub.add(f"google/{scope.name}", scope)


def _texts() -> list[str]:
    return documents() + [row["hard_text"] for row in biographies()]


def _teach(model: nn.Module, tokenizer: Any, learning_rate: float = 1e-2, steps: int = 120) -> None:
    """Let a model learn the documents, until it predicts confidently what their chains decide."""
    rows = torch.tensor([tokenizer(text)["input_ids"][:24] for text in documents()])
    optimiser = torch.optim.Adam(model.parameters(), learning_rate)
    for k in range(steps):
        batch = rows[torch.arange(16 * k, 16 * k + 16) % len(rows)]
        model(batch, labels=batch).loss.backward()
        optimiser.step()
        optimiser.zero_grad()


def _directions(width: int, seed: int) -> Tensor:
    """[2·width, width] both ways of a random basis: with ReLU between, they reconstruct everything."""
    basis = torch.linalg.qr(torch.randn(width, width, generator=torch.Generator().manual_seed(seed))).Q
    return torch.cat([basis, -basis])


def _params(folder: Path, width: int, seed: int) -> None:
    encoder = _directions(width, seed).numpy()
    n = len(encoder)
    folder.mkdir(parents=True)
    np.savez(
        folder / "params.npz",
        W_enc=encoder.T, W_dec=encoder, b_enc=np.zeros(n, "f4"), b_dec=np.zeros(width, "f4"),
        threshold=np.full(n, 0.01, "f4"),
    )  # fmt: skip


def _gemma_tokenizer(words: Sequence[str]) -> GemmaTokenizer:
    """Each word a token, with and without the space before it; what else there is by bytes."""
    known = ["<pad>", "<eos>", "<bos>", "<unk>", *(f"<0x{byte:02X}>" for byte in range(256)), "▁"]
    vocabulary = dict.fromkeys(known + sorted(set("".join(words))))
    merges = []
    for word in [*(f"▁{word}" for word in words), *words]:
        for end in range(2, len(word) + 1):
            if word[:end] not in vocabulary:
                vocabulary[word[:end]] = None
                merges.append((word[: end - 1], word[end - 1]))
    return GemmaTokenizer(vocab={token: k for k, token in enumerate(vocabulary)}, merges=merges)

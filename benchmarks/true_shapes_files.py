"""Random models and dictionaries of true sizes, written as their authors publish them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from transformers import (
    AutoTokenizer,
    Gemma2Config,
    Gemma2ForCausalLM,
    GPTNeoXConfig,
    GPTNeoXForCausalLM,
    PreTrainedModel,
)

from benchmarks.circuit_discovery_setup import planted_dictionaries
from explorer_engine.data import Examples
from explorer_engine.dictionaries import Dictionary
from explorer_engine.models import LanguageModel
from explorer_engine.sites import Site

__all__ = ["SHAPES", "Shape", "write"]

TOKENIZER = Path(__file__).resolve().parents[1] / "assets" / "demo" / "model"
"""The demo's: a tokenizer of true size would cost the same, and its ids are among the model's."""


@dataclass(frozen=True)
class Shape:
    """A model with its dictionaries."""

    name: str
    layers: int
    measured: tuple[int, ...]
    """Numbers of layers that are measured."""
    embed: bool
    """Whether there is a dictionary of the embedding."""
    contexts: int
    """Of a behaviour, where nothing else is asked for."""
    features: int
    model: Callable[[int], PreTrainedModel]
    """With so many layers."""
    keep: Callable[[Dictionary, Path, Site], None]
    place: Callable[[Path], str]


def write(shape: Shape, folder: Path, layers: int) -> str:
    """Write a slice's model and dictionaries; returns the place that `load_dictionaries` takes."""
    torch.manual_seed(0)
    hf = shape.model(layers)
    hf.save_pretrained(folder / "model")
    AutoTokenizer.from_pretrained(str(TOKENIZER)).save_pretrained(folder / "model")
    model = LanguageModel(hf.float(), name=shape.name)
    vocabulary = model.unembed.weight.shape[0]
    clean, patch = (torch.randint(vocabulary, (4, 64)) for _ in range(2))
    examples = Examples(clean, torch.ones_like(clean, dtype=torch.bool), clean[:, 0], patch, patch[:, 0])
    for site, dictionary in planted_dictionaries(model, examples, shape.features).items():
        if shape.embed or site.kind != "embed":
            shape.keep(dictionary, folder, site)
    return shape.place(folder)


def _pythia(layers: int) -> PreTrainedModel:
    return GPTNeoXForCausalLM(
        GPTNeoXConfig(
            hidden_size=512, num_hidden_layers=layers, num_attention_heads=8, intermediate_size=2048,
            vocab_size=50304, max_position_embeddings=2048, use_parallel_residual=True,
        )
    )  # fmt: skip


def _gemma(layers: int) -> PreTrainedModel:
    config = Gemma2Config(
        hidden_size=2304, num_hidden_layers=layers, num_attention_heads=8, num_key_value_heads=4,
        head_dim=256, intermediate_size=9216, vocab_size=256000, sliding_window=4096,
        query_pre_attn_scalar=256, final_logit_softcapping=30.0, attn_logit_softcapping=50.0,
    )  # fmt: skip
    return Gemma2ForCausalLM(config).bfloat16()


def _as_the_paper(dictionary: Dictionary, folder: Path, site: Site) -> None:
    """`dictionaries/pythia-70m-deduped/resid_out_layer3/10_32768/ae.pt`."""
    kind = str(site) if site.kind == "embed" else f"{site.kind}_out_layer{site.layer}"
    file = folder / "dictionaries" / "pythia-70m-deduped" / kind / "10_32768" / "ae.pt"
    file.parent.mkdir(parents=True)
    own = dictionary.state()
    torch.save(
        {
            "bias": own["decoder_bias"],
            "encoder.weight": own["encoder"],
            "encoder.bias": own["encoder_bias"],
            "decoder.weight": own["decoder"].T.contiguous(),
        },
        file,
    )


def _as_gemma_scope(dictionary: Dictionary, folder: Path, site: Site) -> None:
    """`gemma-scope-2b-pt-res/layer_3/width_16k/average_l0_100/params.npz`: JumpReLU, of the same features."""
    short = {"resid": "res", "attn": "att", "mlp": "mlp"}[site.kind]
    place = f"layer_{site.layer}/width_16k/average_l0_100"
    file = folder / "dictionaries" / f"gemma-scope-2b-pt-{short}" / place / "params.npz"
    file.parent.mkdir(parents=True)
    own = dictionary.state()
    shift: Tensor = own["encoder"] @ own["decoder_bias"]
    np.savez(
        file,
        W_enc=own["encoder"].T.numpy(),
        W_dec=own["decoder"].numpy(),
        b_enc=-shift.numpy(),
        b_dec=own["decoder_bias"].numpy(),
        threshold=-own["encoder_bias"].numpy(),
    )


def _joined(folder: Path) -> str:
    at = folder / "dictionaries"
    kinds = {"resid": "res", "attn": "att", "mlp": "mlp"}
    return " ".join(f"{kind}={at}/gemma-scope-2b-pt-{short}" for kind, short in kinds.items())


SHAPES = {
    "pythia-70m": Shape(
        "Pythia-70M", 6, (6,), True, 100, 32_768, _pythia, _as_the_paper,
        lambda folder: f"{folder}/dictionaries/pythia-70m-deduped",
    ),
    "gemma-2-2b": Shape("Gemma-2-2B", 26, (1, 2), False, 10, 16_384, _gemma, _as_gemma_scope, _joined),
}  # fmt: skip
"""By the name that the command takes."""

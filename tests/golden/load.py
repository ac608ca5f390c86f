"""The golden model, dictionaries and examples, in float64."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from transformers import AutoModelForCausalLM

from explorer_engine.data import Examples
from explorer_engine.dictionaries import Dictionary, load_dictionaries
from explorer_engine.models import LanguageModel
from explorer_engine.sites import Site

FOLDER = Path(__file__).parent


@cache
def golden_model() -> LanguageModel:
    hf = AutoModelForCausalLM.from_pretrained(FOLDER / "model", dtype=torch.float64)
    return LanguageModel(hf, name="golden")


@cache
def golden_dictionaries() -> dict[Site, Dictionary]:
    return load_dictionaries(FOLDER / "dictionaries", golden_model().sites, "cpu", "float64")


@cache
def numbers() -> dict[str, Tensor]:
    with np.load(FOLDER / "parallel_paired.npz") as file:
        return {
            name: torch.from_numpy(value.astype(np.int64) if value.dtype == np.int32 else value)
            for name, value in file.items()
        }


def golden_examples(prefix: str = "") -> Examples:
    """The 8 pairs of the circuits, or with prefix `test.` the 12 of the ablations."""
    z = numbers()
    tokens = z[f"{prefix}clean_ids"]
    return Examples(
        tokens,
        torch.ones_like(tokens, dtype=torch.bool),
        z[f"{prefix}clean_answer"],
        z[f"{prefix}patch_ids"],
        z[f"{prefix}patch_answer"],
    )


def ablations() -> dict[str, tuple[float, int | None, float | None]]:
    return json.loads((FOLDER / "parallel_ablation.json").read_text())

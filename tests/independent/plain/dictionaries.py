"""Sparse dictionaries from their files: f = enc(x), x̂ = f·W_dec + b_dec, ε = x − x̂ (the paper, §2)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import safe_open
from torch import Tensor


@dataclass(frozen=True)
class Dictionary:
    """One file: tensors by name, and the kind with its settings.

    relu       f = max(z, 0)
    jumprelu   f = z where z > max(θ, 0), else 0; `batchtopk` is this with the θ that training left
    topk       f = max(z, 0) of the k largest z of a position, else 0
    with z = W_enc (x − b_dec) + b_enc, or z = W_enc x + b_enc where the file says `tied` = False.
    """

    tensors: dict[str, Tensor]
    """encoder [F,d], encoder_bias [F], decoder [F,d], decoder_bias [d], threshold [F] where there is one."""
    settings: dict[str, str]

    def encode(self, x: Tensor) -> Tensor:
        """[…,d] → […,F]; derivatives go through the features that are active."""
        t = self.tensors
        centred = x if self.settings.get("tied") == "False" else x - t["decoder_bias"]
        z = centred @ t["encoder"].T + t["encoder_bias"]
        match self.settings["kind"]:
            case "relu":
                on = z > 0
            case "jumprelu" | "batchtopk":
                on = (z > t["threshold"]) & (z > 0)
            case "topk":
                largest = z.topk(int(self.settings["k"]), dim=-1).indices
                on = torch.zeros_like(z, dtype=torch.bool).scatter(-1, largest, True) & (z > 0)
            case kind:
                raise ValueError(f"dictionary kind {kind}: not written down here yet")
        return z * on

    def decode(self, f: Tensor) -> Tensor:
        """[…,F] → […,d]."""
        return f @ self.tensors["decoder"] + self.tensors["decoder_bias"]

    def split(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """(f […,F], ε […,d]) of a value […,d]."""
        f = self.encode(x)
        return f, x - self.decode(f)


def load(file: Path) -> Dictionary:
    """A dictionary in float32."""
    with safe_open(file, framework="pt") as opened:
        tensors = {name: opened.get_tensor(name).float() for name in opened.keys()}  # noqa: SIM118
        return Dictionary(tensors, opened.metadata())


def quality(dictionary: Dictionary, x: Tensor) -> dict[str, float]:
    """Figures of App. B on values x [n,d].

    Variance explained = 1 − Σ|x − x̂|² / Σ|x − mean x|²; L0 = active features a token, L1 = their sum.
    """
    f, error = dictionary.split(x)
    return {
        "variance_explained": 1 - float(error.square().sum() / (x - x.mean(0)).square().sum()),
        "l0": float((f > 0).sum(-1).double().mean()),
        "l1": float(f.sum(-1).double().mean()),
    }

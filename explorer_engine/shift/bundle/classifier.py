"""A classifier with features removed, for a service of one's own: `python classifier.py "a text" …`.

This file stands beside classifier.json and classifier.safetensors and needs torch, transformers and
safetensors, nothing else:

    from classifier import Classifier

    classifier = Classifier()
    classifier.predict(["a text"]), classifier.probability(["a text"])
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn.functional import linear
from transformers import AutoModelForCausalLM, AutoTokenizer

__all__ = ["KINDS", "Classifier"]

KINDS = ("relu", "gated", "jumprelu", "batchtopk", "topk", "identity", "normalised")
"""Of dictionaries that this file can run."""
_BATCH_TOKENS = 4096

Texts = Sequence[str | Sequence[int]]


class _Read(Exception):
    """Ends a forward pass where the probe reads."""

    def __init__(self, value: Tensor) -> None:
        self.value = value


class Classifier:
    """Linear probes on the mean over tokens of a model's stream, with features of the model removed.

    May be used from several threads at once.
    """

    def __init__(
        self, folder: str | Path | None = None, model: str | None = None, device: str = "cpu"
    ) -> None:
        """`folder`: where classifier.json lies, this file's when left out; `model`: a folder or an id of the
        hub, the one that it was made for when left out.

        Raises ValueError for another model (by a hash of its weights) and for a kind of dictionary not in
        KINDS.
        """
        root = Path(__file__).parent if folder is None else Path(folder)
        self.about: dict[str, Any] = json.loads((root / "classifier.json").read_text("utf-8"))
        if unknown := sorted({_kind(part) for part in self.about["sites"]} - set(KINDS)):
            raise ValueError(
                f"{root}: this file cannot run a dictionary of the kind {unknown[0]!r}: use the library that "
                "made it, explorer_engine.shift.load"
            )
        made_for = self.about["model"]
        place, revision = str(model or made_for["id"]), None if model else made_for["revision"]
        if revision is None and model is None and not Path(place).is_dir():
            raise ValueError(
                f"{root}: its model lay in {place}, which is not here: give its folder (model=…)"
            )
        given = {"revision": revision or "main", "trust_remote_code": False}
        dtype = getattr(torch, made_for["dtype"])
        self.model: Any = AutoModelForCausalLM.from_pretrained(place, dtype=dtype, **given)
        if (found := hash_of(self.model)) != made_for["hash"]:
            raise ValueError(
                f"{root}: made for {made_for['id']} (hash {made_for['hash']}), not for {place} (hash "
                f"{found}): give that model"
            )
        self.model.to(device).eval().requires_grad_(False)
        self.tokenizer = AutoTokenizer.from_pretrained(place, **given)
        self.classes: tuple[str, str] = tuple(self.about["task"]["classes"])
        self._tensors = load_file(root / "classifier.safetensors", device)
        for part in self.about["sites"]:
            self._edit(part)
        self.model.get_submodule(self.about["read"]).register_forward_hook(_stop)

    def predict(self, texts: Texts) -> list[str]:
        """The class of each text, or of each text given as token ids."""
        return [self.classes[int(logit > 0)] for logit in self.logits(texts)[0].tolist()]

    def probability(self, texts: Texts) -> list[float]:
        """How probable `classes[1]` is for each text."""
        return torch.sigmoid(self.logits(texts)[0].double()).tolist()

    @torch.no_grad()
    def logits(self, texts: Texts) -> Tensor:
        """[K,N]: what each of the K probes says of each text; the first is the classifier, the others differ
        from it in their seed and tell how far figures vary.

        Texts are read up to as many tokens as the longest that it was made with. Raises ValueError for a text
        without tokens.
        """
        tokens = [self._ids(text) for text in texts]
        if not all(tokens):
            raise ValueError("an empty text has no tokens to classify: leave it out")
        weight, bias = self._tensors["probe.weight"], self._tensors["probe.bias"]
        pooled = weight.new_zeros(len(tokens), weight.shape[1], dtype=self.model.dtype)
        for rows in _batches(tokens):
            pooled[rows] = self._pooled([tokens[row] for row in rows])
        each = [pooled @ w.to(pooled) + b for w, b in zip(weight, bias.tolist(), strict=True)]
        return torch.stack(each).cpu()

    def _ids(self, text: str | Sequence[int]) -> list[int]:
        found = self.tokenizer(text)["input_ids"] if isinstance(text, str) else text
        return list(found)[: self.about["longest"]]

    def _pooled(self, tokens: list[list[int]]) -> Tensor:
        """[B,d]: mean over tokens of the stream that the probe reads; texts of one length."""
        ids = torch.tensor(tokens, device=self.model.device)
        try:
            self.model(input_ids=ids, attention_mask=torch.ones_like(ids), use_cache=False)
        except _Read as read:
            return read.value.mean(1)
        raise AssertionError("the model has not run its layers")

    def _edit(self, part: dict[str, Any]) -> None:
        """Set a site's features whenever the model runs."""
        module = self.model.get_submodule(part["module"])
        own = {
            name.removeprefix(f"{part['site']}."): tensor
            for name, tensor in self._tensors.items()
            if name.startswith(f"{part['site']}.")
        }

        def edited(x: Tensor) -> Tensor:
            return _set(x, part, own)

        if part["end"] == "input":
            module.register_forward_pre_hook(lambda _, given: (edited(given[0]), *given[1:]))
        else:
            module.register_forward_hook(lambda _, __, out: _with_first(out, edited))


def hash_of(model: nn.Module) -> str:
    """16 hex digits of names, shapes and a sample of every weight; the same in every number type."""
    digest = hashlib.sha256()
    for name, value in sorted(model.named_parameters()):
        sample = value.detach().reshape(-1)[:: max(1, value.numel() // 256)].to("cpu", torch.bfloat16).float()
        digest.update(f"{name} {tuple(value.shape)}".encode() + sample.numpy().tobytes())
    return digest.hexdigest()[:16]


def _batches(tokens: Sequence[Sequence[int]]) -> list[list[int]]:
    """Numbers of texts of one length, so that nothing is padded."""
    by_length: dict[int, list[int]] = {}
    for row, text in enumerate(tokens):
        by_length.setdefault(len(text), []).append(row)
    return [
        rows[start : start + size]
        for length, rows in sorted(by_length.items())
        for size in (max(1, _BATCH_TOKENS // length),)
        for start in range(0, len(rows), size)
    ]


def _stop(_: nn.Module, __: Any, out: Any) -> None:
    raise _Read(out[0] if isinstance(out, tuple) else out)


def _with_first(out: Any, edited: Callable[[Tensor], Tensor]) -> Any:
    """What a module gives, its value edited."""
    return (edited(out[0]), *out[1:]) if isinstance(out, tuple) else edited(out)


# ---- dictionaries: f = activations of x [...,d]; a feature j adds f_j · decoder[j] -------------------------


def _kind(part: dict[str, Any]) -> str:
    """The kind, of normalised inputs the one inside where that is unknown."""
    inner = part["settings"].get("inner", part["kind"])
    return part["kind"] if inner in KINDS else inner


def _set(x: Tensor, part: dict[str, Any], own: dict[str, Tensor]) -> Tensor:
    """x with features at their values and the error kept, or, where it is removed, x̂ with them."""
    rows = torch.tensor(part["rows"], dtype=torch.long, device=x.device)
    to = torch.tensor(part["to"], dtype=x.dtype, device=x.device)
    if part["without_error"]:
        f = _activations(x, part["kind"], part["settings"], own, None).clone()
        f[..., rows] = to
        return f if part["kind"] == "identity" else _decoded(f, own)
    change = to - _activations(x, part["kind"], part["settings"], own, rows)
    decoder = torch.eye(x.shape[-1], device=x.device) if part["kind"] == "identity" else own["decoder"]
    return x + change @ decoder[rows].to(x)


def _decoded(f: Tensor, own: dict[str, Tensor]) -> Tensor:
    x = f @ own["decoder"].to(f)
    return x + own["decoder_bias"].to(f) if "decoder_bias" in own else x


def _activations(
    x: Tensor, kind: str, settings: dict[str, str], own: dict[str, Tensor], rows: Tensor | None
) -> Tensor:
    """[...,n] of the features `rows`, or of all."""
    if kind == "identity":
        return x if rows is None else x[..., rows]
    if kind == "normalised":
        f = _normalised(x, settings, own)
        return f if rows is None else f[..., rows]
    x = x - own["decoder_bias"].to(x) if settings["tied"] == "True" else x
    few = slice(None) if rows is None or kind == "topk" else rows
    t = {name: tensor[few].to(x) for name, tensor in own.items() if name not in ("decoder", "decoder_bias")}
    if kind == "gated":
        u = linear(x, t["encoder"])
        return (u + t["gate_bias"] > 0) * (t["magnitude"].exp() * u + t["encoder_bias"]).relu()
    z = linear(x, t["encoder"], t["encoder_bias"])
    if kind in ("jumprelu", "batchtopk"):
        return z.relu() * (z > t["threshold"])
    if kind == "topk":
        kept, index = z.relu().topk(int(settings["k"]), dim=-1, sorted=False)
        z = torch.zeros_like(z).scatter(-1, index, kept)
        return z if rows is None else z[..., rows]
    return z.relu()


def _normalised(x: Tensor, settings: dict[str, str], own: dict[str, Tensor]) -> Tensor:
    """[...,F]: a dictionary of x brought to a standard mean and length, its features in x's own units, and
    then the scale and, with the norm `layer`, the mean."""
    n = len(own["encoder"])
    mean = x.mean(-1, keepdim=True) if settings["norm"] == "layer" else torch.zeros_like(x[..., :1])
    scale = (
        x.std(-1, keepdim=True)
        if settings["norm"] == "layer"
        else x.norm(dim=-1, keepdim=True) / x.shape[-1] ** 0.5
    ).clamp_min(torch.finfo(x.dtype).tiny)
    z = (x - mean) / (scale + (1e-5 if settings["norm"] == "layer" else 0.0))
    inner = {**own, "decoder": own["decoder"][:n], "decoder_bias": own["decoder"][n]}
    learned = scale * _activations(z, settings["inner"], settings, inner, None)
    return torch.cat([learned, scale, *([mean] if settings["norm"] == "layer" else [])], -1)


if __name__ == "__main__":
    asked = sys.argv[1:]
    used = Classifier()
    for text, p in zip(asked, used.probability(asked), strict=True):
        print(f"{p:.3f} {used.classes[1]}  {text}")  # noqa: T201

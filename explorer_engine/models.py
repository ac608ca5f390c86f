"""A language model whose sites can be read and edited: nnsight around a frozen Hugging Face model."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import torch
from nnsight import NNsight
from torch import Tensor, nn

from explorer_engine import attention
from explorer_engine.declaration import check_declaration
from explorer_engine.devices import dtype_of, pick_device
from explorer_engine.errors import InputError
from explorer_engine.families import Family, Place
from explorer_engine.families.registry import supported_family
from explorer_engine.finite import all_finite
from explorer_engine.hub import model_folder
from explorer_engine.hugging_face import read_config, read_tokenizer, read_weights
from explorer_engine.sites import Site, sites_of

__all__ = ["Captured", "Edit", "LanguageModel", "load_model"]

Edit = Callable[[Tensor], Tensor]
"""A site's value [B,S,d] → its new value [B,S,d]."""


@dataclass(frozen=True, eq=False)
class Captured:
    """What one forward pass handed to every layer, so that layers can be run again by themselves."""

    values: dict[Site, Tensor]
    """[B,S,d] of the sites asked for."""
    inputs: tuple[Tensor, ...]
    """[B,S,d] the stream at each layer's input."""
    calls: tuple[tuple[tuple[Any, ...], dict[str, Any]], ...]
    """Each layer's further arguments: positional ones after the stream, and named ones (masks, rotations)."""


class LanguageModel:
    """A decoder-only language model in evaluation mode, parameters frozen."""

    def __init__(self, hf: nn.Module, tokenizer: Any = None, name: str = "") -> None:
        """Wrap a Hugging Face causal model; raises InputError for a family or modules that do not fit."""
        self.hf: Any = hf.eval().requires_grad_(False)
        # GPT-Neo's attention is a module of its own and stays
        if self.hf.config._attn_implementation == "eager" and self.hf._can_set_attn_implementation():
            self.hf.set_attn_implementation(attention.NAME)
        self.tokenizer = tokenizer
        self.name = name or type(hf).__name__
        self.config = self.hf.config
        self.family: Family = supported_family(self.config)
        self.layers: list[nn.Module] = list(self._find(self.family.layers).children())
        for layer in self.layers if self.family.layer_class else ():
            layer.__class__ = self.family.layer_class  # type: ignore[assignment]
        self.norm = self._find(self.family.norm)
        self.unembed: Any = self._find(self.family.unembed)
        self.embed: Any = self._find(self.family.embed)
        self.n_layers = len(self.layers)
        self.d_model: int = self.embed.weight.shape[1]
        self.sites: tuple[Site, ...] = sites_of(self.n_layers)
        self.parallel = self.family.parallel(self.config)
        self.softcap: float | None = (
            getattr(self.config, self.family.softcap, None) if self.family.softcap else None
        )
        for path in (self.family.attn_projection, self.family.mlp_module):
            self.submodule(0, path)
        self._nn = NNsight(hf)
        self._envoys = {site: self._envoy(site) for site in self.sites}
        self._layer_envoys = list(_walk(self._nn, self.family.layers))  # type: ignore[call-overload]

    # -- shape and place ---------------------------------------------------------------------------------

    @property
    def device(self) -> torch.device:
        """Where its weights lie."""
        return self.embed.weight.device

    @property
    def dtype(self) -> torch.dtype:
        """The number type of its weights and values."""
        return self.embed.weight.dtype

    @cached_property
    def fingerprint(self) -> str:
        """16 hex digits of the architecture and a sample of every weight; the same in every dtype."""
        digest = hashlib.sha256()
        for name, value in sorted(self.hf.named_parameters()):
            sample = value.reshape(-1)[:: max(1, value.numel() // 256)].to("cpu", torch.bfloat16).float()
            digest.update(f"{name} {tuple(value.shape)}".encode() + sample.numpy().tobytes())
        return digest.hexdigest()[:16]

    def width(self, site: Site) -> int:
        """Width d of a site's value."""
        place = self.place(site)
        if place is not None and place.end == "input":
            weight = self.submodule(site.layer, place.module).weight
            return int(weight.shape[1])
        return self.d_model

    def place(self, site: Site) -> Place | None:
        """Where an attn or mlp site sits in its layer; None: embed, resid.

        Raises InputError for a layer that the model does not have.
        """
        if site.layer >= self.n_layers:
            raise InputError(f"{site}: {self.name} has layers 0 to {self.n_layers - 1}")
        return {"attn": self.family.attn, "mlp": self.family.mlp}.get(site.kind)

    def submodule(self, layer: int, path: str) -> Any:
        """A module of a layer by its path; raises InputError where the family's declaration does not fit."""
        try:
            return self.layers[layer].get_submodule(path)
        except AttributeError:
            raise InputError(
                f"{self.name}: layer {layer} has no module {path!r}: the declaration of the family "
                f"{self.family.name!r} in explorer_engine/families/ does not fit this model"
            ) from None

    def _find(self, path: str) -> nn.Module:
        try:
            return self.hf.get_submodule(path)
        except AttributeError:
            raise InputError(
                f"{self.name}: the model has no module {path!r}: the declaration of the family "
                f"{self.family.name!r} in explorer_engine/families/ does not fit this model"
            ) from None

    def _envoy(self, site: Site) -> tuple[Any, str]:
        if site.kind == "embed":
            return _walk(self._nn, self.family.embed), "output"
        layer = _walk(self._nn, f"{self.family.layers}.{site.layer}")
        place = self.place(site)
        return (layer, "output") if place is None else (_walk(layer, place.module), place.end)

    # -- running -----------------------------------------------------------------------------------------

    def _inputs(self, tokens: Tensor, mask: Tensor) -> dict[str, Any]:
        """Arguments of a forward pass: positions count real tokens from 0, so padding changes nothing."""
        mask = mask.to(self.device)
        self._check_lengths(mask)
        positions = (mask.long().cumsum(1) - 1).clamp_min(0)
        return {"input_ids": tokens.to(self.device), "attention_mask": mask.long(), "position_ids": positions}

    def _check_lengths(self, mask: Tensor) -> None:
        """Raises InputError where a text's values would hang on the length of the others in its batch."""
        rotary = getattr(self.config, "rope_parameters", None) or {}
        if rotary.get("rope_type") != "longrope":
            return
        limit = rotary["original_max_position_embeddings"]
        longer = mask.sum(1) > limit
        if bool(longer.any() & ~longer.all()):
            raise InputError(
                f"{self.name} reads texts of more than {limit} tokens with other rotary factors: give only "
                f"texts of up to {limit} tokens, or only longer ones"
            )

    @torch.no_grad()
    def activations(self, tokens: Tensor, mask: Tensor, sites: Iterable[Site]) -> dict[Site, Tensor]:
        """Values [B,S,d] at `sites` for left-padded `tokens` [B,S]; runs nothing after the last one."""
        return self.activations_edited(tokens, mask, {}, sites)

    @torch.no_grad()
    def activations_edited(
        self, tokens: Tensor, mask: Tensor, edits: Mapping[Site, Edit], read: Iterable[Site]
    ) -> dict[Site, Tensor]:
        """Values [B,S,d] at the sites `read` while each edit is applied to its site's value.

        Edits act in order of depth, each on the already edited stream; a site that is edited and read gives
        the edited value. The run stops after the last site read.
        """
        read = set(read)
        if not read:
            return {}
        last = max(read)
        todo = [site for site in self.sites if (site in read or site in edits) and site <= last]
        values: dict[Site, Tensor] = {}
        with self._nn.trace(**self._inputs(tokens, mask), use_cache=False) as tracer:
            for site in todo:
                self._visit(site, edits.get(site), values if site in read else None)
            tracer.stop()  # type: ignore[attr-defined]
        return {site: values[site] for site in sorted(read)}

    @torch.no_grad()
    def logits(self, tokens: Tensor, mask: Tensor) -> Tensor:
        """Logits [B,S,V] of left-padded tokens [B,S]."""
        return self.hf(**self._inputs(tokens, mask), use_cache=False).logits

    @torch.no_grad()
    def logits_edited(self, tokens: Tensor, mask: Tensor, edits: Mapping[Site, Edit]) -> Tensor:
        """Logits [B,S,V] while each edit is applied to its site's value, in order of depth."""
        return self.differentiable_logits(tokens, mask, edits)

    def differentiable_logits(self, tokens: Tensor, mask: Tensor, edits: Mapping[Site, Edit]) -> Tensor:
        """As `logits_edited`, with gradients of what the edits use."""
        todo = [site for site in self.sites if site in edits]
        found: list[Tensor] = []
        with self._nn.trace(**self._inputs(tokens, mask), use_cache=False):
            for site in todo:
                self._visit(site, edits[site], None)
            found.append(self._nn.output.logits.save())
        return found[0]

    @torch.no_grad()
    def capture(self, tokens: Tensor, mask: Tensor, sites: Iterable[Site] = ()) -> Captured:
        """One pass through all layers that keeps the values at `sites` and every layer's arguments."""
        wanted = set(sites)
        values: dict[Site, Tensor] = {}
        found: list[tuple[tuple[Any, ...], dict[str, Any]]] = []
        with self._nn.trace(**self._inputs(tokens, mask), use_cache=False) as tracer:
            if Site("embed", -1) in wanted:
                self._visit(Site("embed", -1), None, values)
            for i in range(self.n_layers):
                found.append(self._layer_envoys[i].inputs.save())
                for site in (Site("attn", i), Site("mlp", i), Site("resid", i)):
                    if site in wanted:
                        self._visit(site, None, values)
            tracer.stop()  # type: ignore[attr-defined]
        return Captured(
            values,
            tuple(_stream(call) for call in found),
            tuple((call[0][1:], _named(call[1])) for call in found),
        )

    def _visit(self, site: Site, edit: Edit | None, values: dict[Site, Tensor] | None) -> None:
        """Inside a trace: edit a site and keep its value, as asked."""
        envoy, end = self._envoys[site]
        found = envoy.input if end == "input" else envoy.output
        value, *rest = found if isinstance(found, tuple) else (found,)
        if edit is not None:
            value = edit(value)
            if end == "input":
                envoy.input = value
            else:
                envoy.output = (value, *rest) if rest else value
        if values is not None:
            values[site] = value.save()  # type: ignore[attr-defined]

    # -- reading out -------------------------------------------------------------------------------------

    def readout(self, stream: Tensor, rows: Tensor | None = None) -> Tensor:
        """Logits of a final stream [...,d]: all [...,V], or of the tokens `rows` [...,n] only → [...,n]."""
        hidden = self.norm(stream)
        if rows is None:
            logits = self.unembed(hidden)
        else:
            logits = (self.unembed.weight[rows] @ hidden.unsqueeze(-1)).squeeze(-1)
            if self.unembed.bias is not None:
                logits = logits + self.unembed.bias[rows]
        return logits if self.softcap is None else self.softcap * torch.tanh(logits / self.softcap)


def _walk(envoy: Any, path: str) -> Any:
    for name in path.split("."):
        envoy = envoy[int(name)] if name.isdecimal() else getattr(envoy, name)
    return envoy


def _stream(call: tuple[tuple[Any, ...], dict[str, Any]]) -> Tensor:
    return call[0][0] if call[0] else call[1]["hidden_states"]


def _named(arguments: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in arguments.items() if name != "hidden_states"}


def load_model(path_or_id: str | Path, dtype: str = "float32", device: str = "auto") -> LanguageModel:
    """A model from a local Hugging Face folder or a hub id, in evaluation mode with frozen parameters.

    Raises InputError for a place where nothing is, a repository that the hub does not have or give, weights
    or a tokenizer that cannot be read, a model that needs code of its own, a family that nobody has declared
    or whose declaration does not fit, and for NaN or Inf in the weights.
    """
    name = str(path_or_id)
    where, kind = pick_device(device), dtype_of(dtype)
    folder = model_folder(name)
    if not (folder / "config.json").is_file():
        raise InputError(f"model {name}: no config.json in that folder: give a Hugging Face model folder")
    supported_family(read_config(str(folder)))
    hf, tokenizer = read_weights(str(folder), kind, where), read_tokenizer(folder)
    for parameter, value in hf.named_parameters():
        if not all_finite(value):
            raise InputError(f"model {name}: {parameter} holds NaN or Inf: download or save the model again")
    model = LanguageModel(hf, tokenizer, name=Path(name).name if Path(name).is_dir() else name)
    check_declaration(model)
    return model

"""Runs of a batch, and the metric as what follows from one site: only the layers after it are run again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, get_args

import torch
from torch import Tensor, nn

from explorer_engine.attribution.choices import Baseline
from explorer_engine.attribution.metrics import Metric
from explorer_engine.data import Examples
from explorer_engine.dictionaries import Dictionaries
from explorer_engine.errors import InputError
from explorer_engine.families import Place
from explorer_engine.models import Captured, LanguageModel
from explorer_engine.options import check_choice
from explorer_engine.sites import Site

__all__ = [
    "LayerRunner",
    "Tail",
    "check_dictionaries",
    "example_rows",
    "replaced",
    "trace_batch",
    "uses_patch",
]


@contextmanager
def replaced(module: nn.Module, end: str, change: Callable[[Tensor], Tensor]) -> Iterator[None]:
    """While open, a module's first input or its output goes through `change`."""
    if end == "input":
        handle = module.register_forward_pre_hook(lambda _, args: (change(args[0]), *args[1:]))
    else:
        handle = module.register_forward_hook(lambda _, args, output: change(output))  # type: ignore[arg-type]
    try:
        yield
    finally:
        handle.remove()


class LayerRunner:
    """Runs single layers on new streams with the arguments that a captured forward pass gave them.

    Masks and rotations are the same tensors in every layer, so each is gathered for `rows` once, not once a
    layer: known by identity, which is safe while `captured` and `_rows` hold the tensors, and asks the device
    nothing.
    """

    def __init__(self, model: LanguageModel, captured: Captured, n_examples: int) -> None:
        self.model, self.captured, self.n_examples = model, captured, n_examples
        self._rows: Tensor | None = None
        self._expanded: dict[int, Tensor] = {}
        """by id of an argument: the argument for `_rows`"""

    def __call__(self, layer: int, stream: Tensor, rows: Tensor) -> Tensor:
        """The layer's output for `stream` [R,S,d], whose row r continues example `rows[r]`."""
        if rows is not self._rows:
            self._rows, self._expanded = rows, {}
        args, named = self.captured.calls[layer]
        output = self.model.layers[layer](stream, *self._expand(args), **self._expand(named))
        return output[0] if isinstance(output, tuple) else output

    def _expand(self, value: Any) -> Any:
        """Arguments with a batch axis, one row for each of `rows`; one example broadcasts by itself."""
        if isinstance(value, Tensor):
            if value.ndim < 2 or value.shape[0] != self.n_examples or self.n_examples == 1:
                return value
            if id(value) not in self._expanded:
                assert self._rows is not None
                self._expanded[id(value)] = value[self._rows]
            return self._expanded[id(value)]
        if isinstance(value, dict):
            return {name: self._expand(item) for name, item in value.items()}
        if isinstance(value, (tuple, list)):
            return type(value)(self._expand(item) for item in value)
        return value


class Tail:
    """The metric as a function of one site's value, everything before the site being as captured."""

    def __init__(self, model: LanguageModel, captured: Captured, metric: Metric, examples: Examples) -> None:
        """`captured` must hold the sites that will be asked for and the last residual site."""
        if metric.site is not None and metric.site.kind != "resid":
            raise InputError(f"metric {metric.name}: reads {metric.site}, but only resid sites can be read")
        self.model, self.captured, self.metric = model, captured, metric
        self.examples = examples.to(model.device)
        self.run_layer = LayerRunner(model, captured, len(examples))
        self.last_layer = model.n_layers - 1 if metric.site is None else metric.site.layer

    def reaches(self, site: Site) -> bool:
        """Does the site come before what the metric reads?"""
        return site.layer <= self.last_layer

    def __call__(self, site: Site, value: Tensor, rows: Tensor) -> Tensor:
        """[R]: the metric when the site's value is `value` [R,S,d]; row r continues example `rows[r]`."""
        return self.finish(self.enter(site, value, rows), site.layer + 1, rows)

    def finish(self, stream: Tensor, layer: int, rows: Tensor) -> Tensor:
        """[R]: the metric when `stream` [R,S,d] enters `layer`."""
        for i in range(layer, self.last_layer + 1):
            stream = self._layer(i, stream, rows)
        return self.read(stream, rows)

    def read(self, stream: Tensor, rows: Tensor) -> Tensor:
        """[R]: the metric of the stream [R,S,d] after the last layer it needs."""
        examples = self.examples[rows]
        if self.metric.site is not None:
            return self.metric(stream, examples)
        return self.metric(self.model.readout(stream[:, -1], self.metric.rows(examples)), examples)

    def after(self, layer: int) -> Tensor:
        """[B,S,d]: the captured stream after a layer."""
        if layer + 1 < self.model.n_layers:
            return self.captured.inputs[layer + 1]
        return self.captured.values[Site("resid", layer)]

    def enter(self, site: Site, value: Tensor, rows: Tensor) -> Tensor:
        """The stream [R,S,d] that the value leads to at the input of the layer after its own.

        A site whose value is simply added to the stream shifts the next layer's input; nothing is recomputed.
        """
        if site.kind == "resid":
            return value
        clean = self.captured.values[site]
        if site.kind == "embed":
            return value + (self.captured.inputs[0] - clean)[rows]
        if site.kind == "mlp" or (self.model.parallel and self.model.family.attn_added):
            return value + (self.after(site.layer) - clean)[rows]
        place = self.model.place(site)
        assert place is not None
        with self._swapped(site.layer, place, value):
            return self._layer(site.layer, self.captured.inputs[site.layer][rows], rows)

    def _swapped(self, layer: int, place: Place, value: Tensor) -> Any:
        return replaced(self.model.submodule(layer, place.module), place.end, lambda _: value)

    def _layer(self, layer: int, stream: Tensor, rows: Tensor) -> Tensor:
        """One layer; in the last one before the logits, only what the last position needs.

        There the attention's projection and the MLP see the last position only; their result is added to the
        whole stream, which is then right at the last position and not read anywhere else.
        """
        if self.metric.site is not None or layer < self.last_layer:
            return self.run_layer(layer, stream, rows)
        family = self.model.family
        with ExitStack() as narrowed:
            for path in (family.attn_projection, family.mlp_module):
                module = self.model.submodule(layer, path)
                narrowed.enter_context(replaced(module, "input", lambda x: x[:, -1:]))
            return self.run_layer(layer, stream, rows)


def example_rows(n_examples: int, copies: int, device: torch.device) -> Tensor:
    """[copies·B]: row numbers of all examples, `copies` times over (copy-major)."""
    return torch.arange(n_examples, device=device).repeat(copies)


def uses_patch(baseline: Baseline, examples: Examples) -> bool:
    """Does this baseline take patch prompts? `auto` takes them where there are any.

    Raises InputError for an unknown baseline, and for patch where there are none.
    """
    check_choice("baseline", baseline, get_args(Baseline))
    if baseline == "patch" and examples.patch is None:
        raise InputError("baseline patch: the examples have no patch prompts: use --baseline zero")
    return baseline != "zero" and examples.patch is not None


def check_dictionaries(model: LanguageModel, dictionaries: Dictionaries) -> None:
    """Raises InputError when a dictionary does not fit its site's width, or there is none at all."""
    if not dictionaries:
        raise InputError("dictionaries: none given: at least one site needs a dictionary")
    for site, dictionary in dictionaries.items():
        if dictionary.width != model.width(site):
            raise InputError(
                f"dictionary {site}: reads width {dictionary.width}, but the site's width in {model.name} is "
                f"{model.width(site)}: use dictionaries trained on this model"
            )
        if dictionary.dtype != model.dtype:
            raise InputError(
                f"dictionary {site}: is {dictionary.dtype}, the model {model.dtype}: load both with one dtype"
            )


def trace_batch(
    model: LanguageModel, sites: Iterable[Site], examples: Examples, metric: Metric, patched: bool
) -> tuple[Tail, Tail | None]:
    """Runs of the clean and, if `patched`, the patch prompts, ready to be continued from any site."""
    _check_tokens(model, examples)
    wanted = {*sites, Site("resid", model.n_layers - 1)}
    captured = model.capture(examples.tokens, examples.mask, wanted)
    tail = Tail(model, captured, metric, examples)
    if not patched:
        return tail, None
    assert examples.patch is not None
    return tail, Tail(model, model.capture(examples.patch, examples.mask, wanted), metric, examples)


def _check_tokens(model: LanguageModel, examples: Examples) -> None:
    """Raises InputError when the model has no such token, or not so many positions."""
    ids = (examples.tokens, examples.patch, examples.answer, examples.patch_answer)
    largest = max(int(tokens.max()) for tokens in ids if tokens is not None)
    known = min(model.embed.weight.shape[0], model.unembed.weight.shape[0])
    if largest >= known:
        raise InputError(
            f"examples: token {largest}, but {model.name} knows {known}: use the model's own tokenizer"
        )
    longest, room = int(examples.mask.sum(1).max()), getattr(model.config, "max_position_embeddings", None)
    if room is not None and longest > room:
        raise InputError(f"examples: a prompt of {longest} tokens, {model.name} takes {room}: shorten it")

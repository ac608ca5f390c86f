"""How fast this machine does each kind of work, measured on a sample of it."""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import islice
from pathlib import Path

import torch

from explorer_engine.dictionaries.loading import describe_dictionaries
from explorer_engine.dictionaries.training import TrainingOptions, train_dictionary
from explorer_engine.models import LanguageModel
from explorer_engine.sites import Site
from precompute.engine.work import Shape, Work
from precompute.language_model.options import LanguageModelOptions
from precompute.language_model.training import seconds_a_step
from precompute.stages.tokenizer import train_tokenizer

__all__ = ["Sample", "Speeds"]

_CHARACTERS = 300_000
"""Of the text, that are read."""
_WINDOWS = 8
"""Windows in a forward pass."""
_FEATURES = 4096
"""Columns of an encoder at most: its cost grows with them."""
_STEPS = 10
"""Of a dictionary's optimiser."""


@dataclass(frozen=True, eq=False)
class Sample:
    """What speeds are measured on."""

    model: Callable[[], LanguageModel]
    """The model, or one of its shape with other weights."""
    window: int
    """Tokens of a document."""
    documents: int
    tests: int
    """Windows that figures are measured on."""
    dictionaries: Path | None = None
    """Where they lie; None: they are `fitted`."""
    texts: Callable[[], Iterator[str]] | None = None
    """None: no stage reads or makes text."""
    trained: LanguageModelOptions | None = None
    """Of a model that is trained."""
    fitted: TrainingOptions | None = None
    """Of dictionaries that are trained."""


@dataclass(frozen=True, eq=False)
class Speeds:
    """Seconds for one of each, measured when they are first asked for."""

    sample: Sample

    def seconds(self, work: Work) -> float:
        """Of one process."""
        total = work.seconds
        for name in ("learnt", "packed", "forward", "gradient", "encoded", "trained"):
            if amount := getattr(work, name):
                total += amount * getattr(self, name)
        return total + sum(steps * self.fit(site) for site, steps in work.fitted.items())

    @cached_property
    def shape(self) -> Shape:
        """Of the world. Raises InputError for a model and dictionaries that cannot be read."""
        model, fitted = self._model, self.sample.fitted
        if self.sample.dictionaries is not None:
            found = describe_dictionaries(self.sample.dictionaries, model.sites)
            sizes = {site: (one.width, one.n_features) for site, one in found.items()}
        else:
            assert fitted is not None
            sizes = {site: (model.width(site), fitted.features_at(site)) for site in model.sites}
        return Shape(
            sum(p.numel() for p in model.hf.parameters()),
            model.n_layers,
            model.d_model,
            model.unembed.weight.shape[0],
            self.sample.window,
            self.sample.documents,
            self.sample.tests,
            sizes,
        )

    @cached_property
    def resident(self) -> float:
        """Bytes of a process that has the libraries and the model and has run it on a few windows."""
        _ = self.forward
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak if sys.platform == "darwin" else 1024 * peak

    @cached_property
    def _text(self) -> tuple[float, float]:
        """Seconds for a character learnt from, and for a token made of text."""
        if self.sample.texts is None:
            return 0.0, 0.0
        texts, characters = [], 0
        started = time.perf_counter()
        for text in islice(self.sample.texts(), 20_000):
            texts.append(text[:_CHARACTERS])
            characters += len(texts[-1])
            if characters > _CHARACTERS:
                break
        read = time.perf_counter() - started
        started = time.perf_counter()
        tokenizer = train_tokenizer(texts, 1000)
        learnt = time.perf_counter() - started
        started = time.perf_counter()
        tokens = sum(len(found.ids) for found in tokenizer.encode_batch(texts))
        return (read + learnt) / max(1, characters), (read + time.perf_counter() - started) / max(1, tokens)

    @property
    def learnt(self) -> float:
        """A character that a tokenizer learns from."""
        return self._text[0]

    @property
    def packed(self) -> float:
        """A token made of text."""
        return self._text[1]

    @cached_property
    def _model(self) -> LanguageModel:
        return self.sample.model()

    @cached_property
    def _tokens(self) -> torch.Tensor:
        tokens = torch.randint(self.shape.vocabulary, (_WINDOWS, self.shape.window))
        return tokens.to(self._model.device)

    @cached_property
    def forward(self) -> float:
        """A token through the model."""
        with torch.no_grad():
            return _best(lambda: self._model.hf(self._tokens)) / self._tokens.numel()

    @cached_property
    def gradient(self) -> float:
        """A token through the model and back."""

        def there_and_back() -> None:
            values = self._model.embed(self._tokens).detach().requires_grad_()
            torch.autograd.grad(self._model.hf(inputs_embeds=values).logits[:, -1].sum(), values)

        return _best(there_and_back) / self._tokens.numel()

    @cached_property
    def encoded(self) -> float:
        """A token through the encoders of all dictionaries."""
        width, features = max(self.shape.dictionaries.values(), default=(1, 1))
        some = min(features, _FEATURES)
        x, encoder = torch.randn(self._tokens.numel(), width), torch.randn(width, some)
        return _best(lambda: x @ encoder) / len(x) * self.shape.weights / (width * some)

    @cached_property
    def trained(self) -> float:
        """A step of the language model's optimiser."""
        assert self.sample.trained is not None
        return seconds_a_step(self.sample.trained)

    def fit(self, site: Site) -> float:
        """A step of a dictionary's optimiser, the same for sites of the same size."""
        size = self.shape.dictionaries[site]
        if size not in self._fits:
            self._fits[size] = self._fit(site)
        return self._fits[size]

    @cached_property
    def _fits(self) -> dict[tuple[int, int], float]:
        return {}

    def _fit(self, site: Site) -> float:
        assert self.sample.fitted is not None
        values = torch.randn(2 * self.sample.fitted.batch, self.shape.dictionaries[site][0])
        options = replace(self.sample.fitted, steps=_STEPS)
        return _best(lambda: train_dictionary(options, site, [values])) / _STEPS


def _best(work: Callable[[], object], times: int = 2) -> float:
    """Seconds of the fastest of a few goes."""
    spent = []
    for _ in range(times):
        started = time.perf_counter()
        work()
        spent.append(time.perf_counter() - started)
    return min(spent)

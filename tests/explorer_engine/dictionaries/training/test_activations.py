"""Activations to train on: the model's own, every window once, a buffer at a time."""

from __future__ import annotations

import pytest
import torch

from explorer_engine.data import Examples
from explorer_engine.dictionaries.training import SiteActivations, TrainingOptions
from explorer_engine.errors import InputError
from explorer_engine.models import LanguageModel
from explorer_engine.sites import Site
from tests.explorer_engine.tiny import random_model, tiny_examples, tiny_model

SITE = Site("mlp", 1)


class Read:
    """Windows that note how many of them were read at once."""

    def __init__(self, windows: Examples) -> None:
        self.windows, self.most = windows, 0

    def __len__(self) -> int:
        return len(self.windows)

    def __getitem__(self, rows: slice, /) -> Examples:
        found = self.windows[rows]
        self.most = max(self.most, len(found))
        return found


def test_buffers_together_are_the_models_values_at_every_token() -> None:
    model, windows = tiny_model("gpt2"), tiny_examples((6,) * 205)
    told: list[tuple[int, int, str]] = []
    buffers = SiteActivations(
        model, SITE, windows, TrainingOptions(buffer=6 * 120), lambda *at: told.append(at)
    )
    values = [buffers[piece] for piece in range(len(buffers))]
    expected = model.activations(windows.tokens, windows.mask, [SITE])[SITE].flatten(0, 1).half()
    torch.testing.assert_close(torch.cat(values), expected)
    assert [len(value) for value in values] == [6 * 102, 6 * 103]
    assert told == [(done, 2, "activations mlp_1") for _ in values for done in range(3)]


def test_what_is_held_does_not_grow_with_the_text() -> None:
    options = TrainingOptions(buffer=60)
    for n in (30, 300):
        windows = Read(tiny_examples((6,) * n))
        buffers = SiteActivations(tiny_model("gpt2"), SITE, windows, options)
        assert max(len(buffers[piece]) for piece in range(len(buffers))) == 60
        assert windows.most == 10


def test_only_as_many_windows_as_asked_for_are_used() -> None:
    windows = tiny_examples((6,) * 30)
    buffers = SiteActivations(tiny_model("gpt2"), SITE, windows, TrainingOptions(windows=7))
    assert (len(buffers), len(buffers[0])) == (1, 7 * 6)


def test_values_beyond_half_precision_are_told() -> None:
    model: LanguageModel = random_model(tiny_model("gpt2").config, "gpt2")
    with torch.no_grad():
        model.embed.weight *= 1e6
    buffers = SiteActivations(model, Site("embed", -1), tiny_examples((6,)), TrainingOptions())
    with pytest.raises(InputError, match="embed: a value does not fit half precision"):
        buffers[0]

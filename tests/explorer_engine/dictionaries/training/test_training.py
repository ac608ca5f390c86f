"""Training of dictionaries: reproducible, finding what was put in, killed anywhere, telling how it fares."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import Tensor

from explorer_engine.dictionaries.training import Figures, TrainingOptions, checkpoint, train_dictionary
from explorer_engine.errors import InputError
from explorer_engine.sites import Site

SITE = Site("resid", 0)


def planted_values() -> tuple[Tensor, Tensor]:
    """Values [20000,32] that are sums of few of 20 directions [20,32], far from the origin."""
    generator = torch.Generator().manual_seed(0)
    directions = torch.nn.functional.normalize(torch.randn(20, 32, generator=generator), dim=1)
    strength = torch.rand(20_000, 20, generator=generator) + 0.5
    active = (torch.rand(20_000, 20, generator=generator) < 0.08).float()
    return (strength * active) @ directions + 3.0, directions


OPTIONS = {
    "relu": TrainingOptions(features=32, steps=1500, batch=256, penalty=0.1),
    "topk": TrainingOptions(kind="topk", features=40, active=3, steps=1000, batch=256),
    "batch-topk": TrainingOptions(kind="batch-topk", features=40, active=1.6, steps=1000, batch=256),
}
SMALL = {
    kind: replace(options, features=16, active=3.0, steps=60, batch=64) for kind, options in OPTIONS.items()
}


def small_buffers() -> tuple[Tensor, ...]:
    """Two, of other rows each."""
    return torch.randn(2000, 8, generator=torch.Generator().manual_seed(1)).split(1000)


@pytest.mark.parametrize("kind", OPTIONS)
def test_a_dictionary_finds_the_directions_that_made_the_data(kind: str) -> None:
    values, directions = planted_values()
    heard: list[Figures] = []
    found = train_dictionary(OPTIONS[kind], SITE, values.split(7000), watch=heard.append)
    cosine = found.decoder @ directions.T
    assert int((cosine.max(0).values > 0.9).sum()) >= 18, "of 20"
    f = found.encode(values)
    residue = (values - found.decode(f)).square().sum() / (values - values.mean(0)).square().sum()
    assert float(residue) < 0.1
    assert torch.allclose(found.decoder.norm(dim=1), torch.ones(found.n_features), atol=1e-4)
    assert heard[-1].unexplained == pytest.approx(float(residue), rel=0.5), "that of the last batch alone"
    assert heard[-1].l0 == pytest.approx(float((f > 0).float().sum(1).mean()), rel=0.15)
    assert heard[0].unexplained > 2 * heard[-1].unexplained


def test_batch_topk_keeps_as_many_features_as_asked_and_ends_with_a_threshold() -> None:
    values, _ = planted_values()
    found = train_dictionary(OPTIONS["batch-topk"], SITE, [values])
    active = float((found.encode(values) > 0).float().sum(1).mean())
    assert active == pytest.approx(1.6, rel=0.1)
    assert found.kind == "jumprelu"
    assert float(found.state()["threshold"].min()) > 0


def test_topk_ends_with_the_k_that_was_asked_for_rounded_up() -> None:
    options = replace(SMALL["topk"], active=2.5)
    found = train_dictionary(options, SITE, small_buffers())
    assert (found.kind, found.settings()["k"]) == ("topk", "3")


def test_each_kind_of_site_has_its_own_size_and_sparsity() -> None:
    options = TrainingOptions(
        kind="batch-topk", features=64, attention_features=16, active=8, embed_active=2, steps=3, batch=16
    )
    sizes = {name: options.features_at(Site.parse(name)) for name in ("embed", "attn_0", "mlp_0", "resid_1")}
    assert sizes == {"embed": 64, "attn_0": 16, "mlp_0": 64, "resid_1": 64}
    assert [options.active_at(Site.parse(name)) for name in ("embed", "attn_0", "resid_1")] == [2, 8, 8]
    assert train_dictionary(options, Site("attn", 0), [torch.randn(50, 8)]).n_features == 16


class Killed(Exception):
    """In the middle of a training."""


@pytest.mark.parametrize("kind", OPTIONS)
def test_killed_anywhere_it_goes_on_to_the_very_same_tensors(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkpoint, "SAVED_EVERY", 0)
    monkeypatch.setattr("explorer_engine.dictionaries.training.learner._DEAD_AFTER", 500)
    options, file = SMALL[kind], tmp_path / "checkpoints" / "resid_0.safetensors"
    whole = train_dictionary(options, SITE, small_buffers())
    told: list[int] = []

    def dies_after(steps: int) -> Callable[[int, int, str], None]:
        def tell(done: int, total: int, _: str) -> None:
            told.append(done)
            if done == steps:
                raise Killed

        return tell

    for steps in (5, 31, 32, options.steps):
        with pytest.raises(Killed):
            train_dictionary(options, SITE, small_buffers(), file, dies_after(steps))
    found = train_dictionary(options, SITE, small_buffers(), file, dies_after(-1))
    assert len(told) == options.steps + 1 + 3, "each goes on where the one before it saved"
    assert whole.state().keys() == found.state().keys()
    for name, value in whole.state().items():
        assert torch.equal(found.state()[name], value), name


def test_a_checkpoint_of_other_options_is_not_gone_on_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkpoint, "SAVED_EVERY", 0)
    options, file = SMALL["relu"], tmp_path / "kept"
    train_dictionary(replace(options, penalty=1.0), SITE, small_buffers(), file)
    found = train_dictionary(options, SITE, small_buffers(), file)
    assert torch.equal(found.encoder, train_dictionary(options, SITE, small_buffers()).encoder)


def test_one_buffer_is_held_at_a_time_and_each_is_made_once() -> None:
    made: list[int] = []
    alive: list[weakref.ref[Tensor]] = []

    class Made:
        def __len__(self) -> int:
            return 5

        def __getitem__(self, piece: int, /) -> Tensor:
            assert not any(earlier() is not None for earlier in alive)
            made.append(piece)
            values = torch.randn(200, 8, generator=torch.Generator().manual_seed(piece))
            alive.append(weakref.ref(values))
            return values

    train_dictionary(SMALL["relu"], SITE, Made())
    assert made == [0, 1, 2, 3, 4]


def test_progress_goes_on_from_what_was_done_and_ends_with_the_last_step() -> None:
    told: list[tuple[int, int, str]] = []
    options = TrainingOptions(features=4, steps=3, batch=8)
    train_dictionary(options, Site("mlp", 1), [torch.randn(50, 8)], progress=lambda *at: told.append(at))
    assert told == [(done, 3, "dictionary mlp_1") for done in range(4)]


def test_an_unknown_kind_names_the_near_one() -> None:
    with pytest.raises(InputError, match="did you mean batch-topk"):
        TrainingOptions(kind="batchtopk")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "name",
    [
        "features",
        "embed_features",
        "active",
        "attention_active",
        "steps",
        "batch",
        "windows",
        "buffer",
        "warm_up",
        "rate_warm_up",
        "decay",
    ],
)
def test_an_option_that_cannot_work_is_named(name: str) -> None:
    with pytest.raises(InputError, match=f"^{name} is 0: give a"):
        TrainingOptions(**{name: 0})  # type: ignore[arg-type]


def test_more_active_features_than_there_are_is_told_with_the_site() -> None:
    with pytest.raises(InputError, match=r"^active is 20 at attn sites, which have 16 features: give less"):
        TrainingOptions(kind="topk", active=20, attention_features=16)

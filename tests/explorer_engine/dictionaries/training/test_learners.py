"""One step of each kind of learner, against plain definitions."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from explorer_engine.dictionaries.training import TrainingOptions
from explorer_engine.dictionaries.training.batch_topk import BatchTopKLearner
from explorer_engine.dictionaries.training.learner import Learner
from explorer_engine.dictionaries.training.options import TrainingKind
from explorer_engine.dictionaries.training.relu import ReluLearner
from explorer_engine.dictionaries.training.topk import TopKLearner
from explorer_engine.sites import Site

SITE = Site("resid", 0)
LEARNERS: dict[TrainingKind, type[Learner]] = {
    "relu": ReluLearner,
    "topk": TopKLearner,
    "batch-topk": BatchTopKLearner,
}
VALUES = torch.randn(64, 8, generator=torch.Generator().manual_seed(3))


def begun(kind: TrainingKind, **options: float | tuple[float, ...]) -> Learner:
    """A learner of 12 features after its warm-ups, with biases that matter."""
    given = {"features": 12, "active": 3, "steps": 100, "batch": 64, "resample_at": (), **options}
    learner = LEARNERS[kind](
        TrainingOptions(kind=kind, **given),  # type: ignore[arg-type]
        SITE,
        VALUES,
        torch.Generator().manual_seed(5),
    )
    learner.begin(VALUES)
    with torch.no_grad():
        learner.encoder_bias.normal_(0, 0.1, generator=torch.Generator().manual_seed(6))
        learner.decoder_bias.normal_(0, 0.1, generator=torch.Generator().manual_seed(7))
    return learner


def plain_activations(learner: Learner, x: Tensor) -> Tensor:
    """[n,F] from the definition of each kind, written with loops where that is plainer."""
    z = ((x - learner.decoder_bias) @ learner.encoder.T + learner.encoder_bias).relu()
    if learner.options.kind == "topk":
        return torch.stack([row * (row >= row.sort(descending=True).values[2]) for row in z])
    if learner.options.kind == "batch-topk":
        return z * (z >= z.flatten().sort(descending=True).values[3 * len(x) - 1])
    return z


@pytest.mark.parametrize("kind", LEARNERS)
def test_a_step_follows_the_gradient_of_the_plain_loss(kind: TrainingKind) -> None:
    learner, plain = begun(kind), begun(kind)
    f = plain_activations(plain, VALUES)
    error = (VALUES - plain.decoder_bias - f @ plain.decoder).square().sum(1).mean()
    penalty = plain.options.penalty * f.sum(1).mean() if kind == "relu" else 0.0
    (error + penalty).backward()
    learner.step(50, lambda _: VALUES)
    for name in ("encoder", "encoder_bias", "decoder_bias"):
        gradient, expected = getattr(learner, name).grad, getattr(plain, name).grad
        torch.testing.assert_close(gradient, expected, rtol=1e-3, atol=1e-5)
    across = plain.decoder.grad - (plain.decoder.grad * plain.decoder).sum(1, keepdim=True) * plain.decoder  # type: ignore[operator]
    torch.testing.assert_close(learner.decoder.grad, across, rtol=1e-3, atol=1e-5)
    assert learner.figures.unexplained == pytest.approx(float(error.detach()), rel=1e-4)
    assert learner.figures.l0 == pytest.approx(float((f > 0).sum() / len(f)))


def test_features_that_are_silent_for_long_are_dead() -> None:
    learner = begun("relu")
    with torch.no_grad():
        learner.encoder_bias[:3] = -100.0
    for step in range(2):
        learner.step(50 + step, lambda _: VALUES.repeat(2000, 1))
    assert learner.figures.dead == 3 / 12


def test_dead_features_are_revived_by_the_error_that_the_others_leave() -> None:
    learner = begun("topk", active=1)
    with torch.no_grad():
        learner.encoder_bias[3:] = 20.0  # they alone are kept
    before = learner.encoder.detach().clone()
    learner.silent[:3] = 1_000_000
    learner.step(50, lambda _: VALUES)
    assert (learner.silent[:3] > 1_000_000).all(), "they did not fire"
    assert not torch.equal(learner.encoder[:3], before[:3])


def test_resampling_is_that_of_bricken_et_al() -> None:
    learner = begun("relu", resample_at=(0.5,))
    for step in range(50):
        learner.step(step, lambda _: VALUES)
    with torch.no_grad():
        learner.encoder_bias[:3] = -100.0
    learner.silent[:3] = 25 * 64  # half of the steps so far
    bias = learner.decoder_bias.detach().clone()
    learner.step(50, lambda _: VALUES)
    inputs = torch.nn.functional.normalize(VALUES - learner.decoder_bias, dim=1)
    assert not torch.equal(learner.decoder_bias, bias), "the step itself came before"
    nearest = (learner.decoder[:3] @ inputs.T).max(1)
    torch.testing.assert_close(nearest.values, torch.ones(3))
    assert len(set(nearest.indices.tolist())) == 3
    length = 0.2 * learner.encoder[3:].norm(dim=1).mean()
    torch.testing.assert_close(learner.encoder[:3], learner.decoder[:3] * length)
    assert not learner.encoder_bias[:3].any() and learner.encoder_bias[3:].all()
    for parameter in (learner.encoder, learner.encoder_bias, learner.decoder):
        for moment in ("exp_avg", "exp_avg_sq"):
            assert not learner.optimiser.state[parameter][moment][:3].any()
            assert learner.optimiser.state[parameter][moment][3:].any()


def test_badly_reconstructed_values_are_drawn_more_often() -> None:
    """One value in a thousand is far away: with the square of its squared error it is drawn first."""
    far = torch.tensor([[0.0, 0, 0, 0, 0, 0, 0, 30.0]])
    values = torch.cat([VALUES.repeat(16, 1)[:1000], far])
    learner = begun("relu", resample_at=(0.5,))
    for step in range(50):
        learner.step(step, lambda _: VALUES)
    learner.silent[:1] = 10_000
    with torch.no_grad():
        learner.encoder_bias[:1] = -100.0
    learner.step(50, lambda n: values if n > 64 else VALUES)
    assert float(learner.decoder[0, 7].detach()) > 0.95


def test_more_dead_features_than_inputs_are_usually_drawn() -> None:
    learner = begun("relu", features=9000, resample_at=(0.0,))
    with torch.no_grad():
        learner.encoder_bias[:] = -100.0
    generator = torch.Generator().manual_seed(0)
    learner.step(0, lambda n: torch.randn(n, 8, generator=generator))
    assert not learner.encoder_bias.any()


def test_the_learning_rate_grows_at_the_start_and_after_each_redrawing() -> None:
    options = TrainingOptions(steps=100, rate_warm_up=0.04, resample_at=(0.25, 0.5))
    growing = [0.25, 0.5, 0.75, 1.0]
    assert [options.rate_warmed(step) for step in range(5)] == [*growing, 1.0]
    assert [options.rate_warmed(step) for step in range(25, 31)] == [1.0, *growing, 1.0]
    assert [options.rate_warmed(step) for step in range(51, 55)] == growing

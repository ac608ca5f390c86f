"""Every kind of dictionary: its formula written out by hand, and its slope against finite differences."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor

from explorer_engine.dictionaries import Dictionary, build
from explorer_engine.errors import InputError
from tests.explorer_engine.tiny import KINDS, random_dictionary

D, F = 8, 20
X = torch.randn(3, 4, D, generator=torch.Generator().manual_seed(1), dtype=torch.float64)


def made(name: str) -> Dictionary:
    """A random float64 dictionary of a kind; decoder rows deliberately not of length 1."""
    return random_dictionary(name, D, F, seed=7, unit=False)


def pre_activations(d: Any, x: Tensor, bias: Tensor | None = None) -> list[float]:
    """z = W_enc (x − b_dec) + b_enc at one position, in plain Python; b_dec only where it is tied."""
    x = x - d.decoder_bias if getattr(d, "tied", True) else x
    bias = d.encoder_bias if bias is None else bias
    return [float(row @ x) + float(b) for row, b in zip(d.encoder, bias, strict=True)]


def gated(d: Any, x: Tensor) -> list[float]:
    u = pre_activations(d, x, torch.zeros(F))
    scaled = [float(r.exp()) * v + float(b) for r, v, b in zip(d.magnitude, u, d.encoder_bias, strict=True)]
    opened = [z > 0 for z in pre_activations(d, x, d.gate_bias)]
    return [max(m, 0) if o else 0 for m, o in zip(scaled, opened, strict=True)]


def jumprelu(d: Any, x: Tensor) -> list[float]:
    z = pre_activations(d, x)
    return [max(v, 0) if v > float(t) else 0 for v, t in zip(z, d.threshold, strict=True)]


def topk(d: Any, x: Tensor) -> list[float]:
    z = pre_activations(d, x)
    kept = sorted(range(F), key=lambda j: -z[j])[: d.k]
    return [max(v, 0) if j in kept else 0 for j, v in enumerate(z)]


def normalised(d: Any, x: Tensor) -> list[float]:
    values = x.tolist()
    if d.norm == "layer":
        mean = sum(values) / D
        scale = (sum((v - mean) ** 2 for v in values) / (D - 1)) ** 0.5
        z, extra = (x - mean) / (scale + 1e-5), [scale, mean]
    else:
        scale = (sum(v**2 for v in values) / D) ** 0.5
        z, extra = x / scale, [scale]
    return [scale * a for a in FORMULAS[d.inner.kind](d.inner, z)] + extra


# One position's activations, from the published formulas: what a new kind adds here.
FORMULAS: dict[str, Callable[[Any, Tensor], list[float]]] = {
    "relu": lambda d, x: [max(z, 0) for z in pre_activations(d, x)],
    "gated": gated,
    "jumprelu": jumprelu,
    "batchtopk": jumprelu,
    "topk": topk,
    "identity": lambda d, x: x.tolist(),
    "normalised": normalised,
}


@pytest.mark.parametrize("name", KINDS)
def test_encode_is_the_published_formula(name: str) -> None:
    d = made(name)
    f = d.encode(X)
    for b in range(3):
        for s in range(4):
            expected = torch.tensor(FORMULAS[d.kind](d, X[b, s]), dtype=torch.float64)
            torch.testing.assert_close(f[b, s], expected)
    assert 0 < (f > 0).double().mean() < 1


@pytest.mark.parametrize("name", KINDS)
def test_slope_is_the_derivative(name: str) -> None:
    d = made(name)
    x, step = X[0, 0], 1e-6
    gates = d.slope(x, d.encode(x))
    each = d.pull_back_each(
        x[None], torch.zeros(1, 1, dtype=torch.long), torch.arange(len(gates)), gates[:, None]
    )
    difference = torch.stack(
        [(d.encode(x + step * e) - d.encode(x - step * e)) / (2 * step) for e in torch.eye(D, dtype=x.dtype)],
        dim=1,
    )
    torch.testing.assert_close(each.squeeze(1), difference, atol=1e-8, rtol=1e-6)


@pytest.mark.parametrize("name", KINDS)
def test_encode_some_is_a_part_of_encode(name: str) -> None:
    d = made(name)
    index = torch.tensor([5, 0, 7])
    torch.testing.assert_close(d.encode_some(X, index), d.encode(X)[..., index])


@pytest.mark.parametrize("name", KINDS)
def test_some_features_alone_are_what_they_were(name: str) -> None:
    """Not where others decide which are active, nor of neurons, which have no rows to leave out."""
    d = made(name)
    for index in ([3, 17], [3, d.n_features - 1], [d.n_features - 1]):
        chosen = torch.tensor(index)
        if (found := d.only(chosen)) is None:
            assert name.split()[-1] == "identity" or "topk" in name.replace("batchtopk", ""), name
            continue
        few, at = found
        assert few.n_features < d.n_features
        torch.testing.assert_close(few.encode_some(X, at), d.encode(X)[..., chosen], atol=1e-12, rtol=0)
        assert torch.equal(few.decoder[at], d.decoder[chosen])
        again = build(few.kind, few.state(), few.settings())
        assert torch.equal(again.encode_some(X, at), few.encode_some(X, at))


@pytest.mark.parametrize("name", KINDS)
def test_a_dictionary_survives_being_written_down(name: str) -> None:
    d = made(name)
    again = build(d.kind, d.state(), d.settings()).to(dtype=d.dtype)
    assert type(again) is type(d)
    assert torch.equal(again.encode(X), d.encode(X))
    assert torch.equal(again.decode(d.encode(X)), d.decode(d.encode(X)))


def test_identity_leaves_no_error() -> None:
    d = made("identity")
    assert not d.has_error
    assert torch.equal(d.decode(d.encode(X)), X)
    assert (d.width, d.n_features) == (D, D)


@pytest.mark.parametrize("name", [name for name in KINDS if name.startswith("normalised")])
def test_a_normalised_input_is_reconstructed_in_its_own_units(name: str) -> None:
    d: Any = made(name)
    z, scale, mean = d._normalised(X)
    a = d.inner.encode(z)
    torch.testing.assert_close(d.decode(d.encode(X)), scale * d.inner.decode(a) + mean)
    constant = torch.zeros(1, D, dtype=torch.float64)
    assert bool(d.encode(constant).isfinite().all())


def test_to_changes_every_tensor() -> None:
    for name in KINDS:
        half = made(name).to(dtype=torch.float16)
        assert {t.dtype for t in half.state().values()} <= {torch.float16}
        assert half.dtype == torch.float16


def test_a_k_larger_than_the_dictionary_is_refused() -> None:
    d = made("topk")
    with pytest.raises(InputError, match="k is 21 but the dictionary has 20"):
        build("topk", d.state(), {"k": "21"})


def test_an_unknown_kind_or_a_missing_tensor_is_named() -> None:
    with pytest.raises(InputError, match="'sparse' is unknown: expected one of batchtopk, gated"):
        build("sparse", {}, {})
    with pytest.raises(InputError, match="'encoder' is missing"):
        build("relu", {}, {"tied": "True"})

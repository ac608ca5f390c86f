"""Every kind of dictionary: its formula written out by hand, and its slope against finite differences."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor

from explorer_engine.dictionaries import (
    BatchTopKDictionary,
    Dictionary,
    GatedDictionary,
    IdentityDictionary,
    JumpReluDictionary,
    ReluDictionary,
    TopKDictionary,
    build,
)
from explorer_engine.dictionaries.base import TensorDictionary
from explorer_engine.errors import InputError

D, F = 8, 20


def dictionaries() -> dict[str, Dictionary]:
    """One random float64 dictionary of each kind; decoder rows deliberately not of length 1."""
    random = torch.Generator().manual_seed(7)

    def normal(*shape: int) -> Tensor:
        return torch.randn(*shape, generator=random, dtype=torch.float64)

    common: dict[str, Any] = {
        "encoder": normal(F, D),
        "encoder_bias": normal(F),
        "decoder": normal(F, D),
        "decoder_bias": normal(D),
    }
    theta = torch.rand(F, generator=random, dtype=torch.float64)
    return {
        "tied": ReluDictionary(**common),
        "untied": ReluDictionary(**common, tied=False),
        "gated": GatedDictionary(**common, gate_bias=normal(F), magnitude=normal(F) / 2),
        "jumprelu": JumpReluDictionary(**common, threshold=theta),
        "topk": TopKDictionary(**common, k=5),
        "batchtopk": BatchTopKDictionary(**common, threshold=torch.full_like(theta, 0.7)),
        "identity": IdentityDictionary(D, torch.float64),
    }


NAMES = list(dictionaries())
X = torch.randn(3, 4, D, generator=torch.Generator().manual_seed(1), dtype=torch.float64)


def by_hand(name: str, d: Dictionary, x: Tensor) -> Tensor:
    """One position's activations in plain Python, from the published formulas."""
    if not isinstance(d, TensorDictionary):
        return x
    centred = x if name in ("untied", "jumprelu") else x - d.decoder_bias
    u = [float(row @ centred) for row in d.encoder]
    z = [value + float(b) for value, b in zip(u, d.encoder_bias, strict=True)]
    match d:
        case GatedDictionary():
            mag = [
                float(r.exp()) * v + float(b) for r, v, b in zip(d.magnitude, u, d.encoder_bias, strict=True)
            ]
            f = [max(m, 0) if v + float(g) > 0 else 0 for m, v, g in zip(mag, u, d.gate_bias, strict=True)]
        case JumpReluDictionary():
            f = [max(v, 0) if v > float(t) else 0 for v, t in zip(z, d.threshold, strict=True)]
        case TopKDictionary():
            kept = sorted(range(F), key=lambda j: -z[j])[: d.k]
            f = [max(v, 0) if j in kept else 0 for j, v in enumerate(z)]
        case _:
            f = [max(v, 0) for v in z]
    return torch.tensor(f, dtype=torch.float64)


@pytest.mark.parametrize("name", NAMES)
def test_encode_is_the_published_formula(name: str) -> None:
    d = dictionaries()[name]
    f = d.encode(X)
    for b in range(3):
        for s in range(4):
            torch.testing.assert_close(f[b, s], by_hand(name, d, X[b, s]))
    assert 0 < (f > 0).double().mean() < 1


@pytest.mark.parametrize("name", NAMES)
def test_slope_is_the_derivative(name: str) -> None:
    d = dictionaries()[name]
    x, step = X[0, 0], 1e-6
    gates = d.slope(x, d.encode(x))
    difference = torch.stack(
        [(d.encode(x + step * e) - d.encode(x - step * e)) / (2 * step) for e in torch.eye(D, dtype=x.dtype)],
        dim=1,
    )
    torch.testing.assert_close(gates[:, None] * d.encoder, difference, atol=1e-8, rtol=1e-6)


@pytest.mark.parametrize("name", NAMES)
def test_encode_some_is_a_part_of_encode(name: str) -> None:
    d = dictionaries()[name]
    index = torch.tensor([5, 0, 7])
    torch.testing.assert_close(d.encode_some(X, index), d.encode(X)[..., index])


@pytest.mark.parametrize("name", NAMES)
def test_unit_rows_keeps_the_reconstruction(name: str) -> None:
    d = dictionaries()[name]
    unit = d.unit_rows()
    torch.testing.assert_close(unit.decode(unit.encode(X)), d.decode(d.encode(X)))
    if name != "topk":
        torch.testing.assert_close(unit.decoder.norm(dim=1), torch.ones(d.n_features, dtype=d.dtype))


@pytest.mark.parametrize("name", NAMES)
def test_a_dictionary_survives_being_written_down(name: str) -> None:
    d = dictionaries()[name]
    again = build(d.kind, d.state(), d.settings()).to(dtype=d.dtype)
    assert type(again) is type(d)
    assert torch.equal(again.encode(X), d.encode(X))
    assert torch.equal(again.decode(d.encode(X)), d.decode(d.encode(X)))


def test_identity_leaves_no_error() -> None:
    d = dictionaries()["identity"]
    assert not d.has_error
    assert torch.equal(d.decode(d.encode(X)), X)
    assert (d.width, d.n_features) == (D, D)


def test_to_changes_every_tensor() -> None:
    for d in dictionaries().values():
        half = d.to(dtype=torch.float16)
        assert {t.dtype for t in half.state().values()} <= {torch.float16}
        assert half.dtype == torch.float16


def test_a_k_larger_than_the_dictionary_is_refused() -> None:
    d = dictionaries()["topk"]
    with pytest.raises(InputError, match="k is 21 but the dictionary has 20"):
        build("topk", d.state(), {"k": "21"})


def test_an_unknown_kind_or_a_missing_tensor_is_named() -> None:
    with pytest.raises(InputError, match="'sparse' is unknown: expected one of batchtopk, gated"):
        build("sparse", {}, {})
    with pytest.raises(InputError, match="'encoder' is missing"):
        build("relu", {}, {"tied": "True"})

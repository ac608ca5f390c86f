"""Kinds of dictionary by hand, and stored figures of two sites on other held-out text (the paper, App. B)."""

from __future__ import annotations

import pytest
import torch

from tests.independent import world
from tests.independent.plain.dictionaries import Dictionary, quality
from tests.independent.plain.model import values

DOCUMENTS = 100
"""The stored figures were taken on test windows that the store does not hold; these are others like them."""
TOLERANCE = {"variance_explained": 0.005, "l0": 0.03, "l1": 0.03}
"""Variance explained: difference; L0 and L1: share. So much may samples of text differ."""


def _of_kind(kind: str, **settings: str) -> Dictionary:
    """Three features that read and write the axes of a plane; the third reads both."""
    rows = torch.tensor([[1.0, 0.0], [0.0, 1.0], [0.6, 0.8]])
    tensors = {
        "encoder": rows,
        "encoder_bias": torch.zeros(3),
        "decoder": rows,
        "decoder_bias": torch.ones(2),
    }
    return Dictionary({**tensors, "threshold": torch.tensor([0.5, 0.5, 3.0])}, {"kind": kind, **settings})


@pytest.mark.parametrize(
    ("dictionary", "x", "expected"),
    [
        (_of_kind("relu", tied="True"), [3.0, 0.0], [2.0, 0.0, 0.4]),  # x − b_dec = (2, −1)
        (_of_kind("relu", tied="False"), [3.0, 0.0], [3.0, 0.0, 1.8]),
        (_of_kind("jumprelu", tied="False"), [3.0, 0.4], [3.0, 0.0, 0.0]),  # 2.12 and .4 are below their θ
        (_of_kind("batchtopk", tied="True"), [3.0, 1.4], [2.0, 0.0, 0.0]),
        (_of_kind("topk", k="1"), [3.0, 3.0], [0.0, 0.0, 2.8]),
        (_of_kind("topk", k="2"), [3.0, 0.0], [2.0, 0.0, 0.4]),
        (_of_kind("topk", k="3"), [3.0, 0.0], [2.0, 0.0, 0.4]),  # a negative z is never kept
    ],
)
def test_kinds_by_hand(dictionary, x, expected):
    f, error = dictionary.split(torch.tensor(x))
    assert f.tolist() == pytest.approx(expected)
    assert (dictionary.decode(f) + error).tolist() == pytest.approx(x)


def test_an_unknown_kind_is_not_passed_over():
    with pytest.raises(ValueError, match="not written down"):
        _of_kind("other").encode(torch.zeros(2))


def test_the_store_describes_the_files():
    stored = {row["site"]: row for row in world.rows("SELECT * FROM dictionary ORDER BY depth")}
    assert list(stored) == list(world.dictionaries())
    for site, dictionary in world.dictionaries().items():
        assert dictionary.settings["kind"] == stored[site]["kind"]
        n_features, width = stored[site]["n_features"], stored[site]["width"]
        assert dictionary.tensors["decoder"].shape == (n_features, width)


@torch.no_grad()
def test_figures_on_other_held_out_text():
    """Variance explained, L0 and L1 of an attention site and of the last residual one."""
    sites = [list(world.dictionaries())[k] for k in (4, -1)]
    found = values(world.model(), torch.tensor(world.documents()[:DOCUMENTS]), sites)
    for site, x in found.items():
        (stored,) = world.rows("SELECT * FROM dictionary WHERE site = ?", site)
        figures = quality(world.dictionaries()[site], x.flatten(0, 1))
        share = {name: figures[name] / stored[name] - 1 for name in ("l0", "l1")}
        share["variance_explained"] = figures["variance_explained"] - stored["variance_explained"]
        assert {name: share[name] for name in share if abs(share[name]) > TOLERANCE[name]} == {}, site

"""A new kind of dictionary is one file in `kinds/`, and a name belongs to one kind."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from explorer_engine.attribution.nodes import node_effects, quadrature
from explorer_engine.dictionaries import kinds, load_dictionaries, registry, save_dictionaries
from explorer_engine.errors import InputError
from explorer_engine.imports import import_all
from explorer_engine.sites import Site
from tests.explorer_engine.reference import Reference
from tests.explorer_engine.test_attribution import assert_effects, difference
from tests.explorer_engine.tiny import random_dictionary, tiny_examples, tiny_model

KIND = '''"""Leaky dictionaries: what is below zero counts a little."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from torch import Tensor
from torch.nn.functional import leaky_relu

from explorer_engine.dictionaries.base import TensorDictionary
from explorer_engine.dictionaries.registry import register


@register
@dataclass(frozen=True, eq=False, repr=False)
class LeakyDictionary(TensorDictionary):
    kind: ClassVar[str] = "leaky"

    def encode(self, x: Tensor) -> Tensor:
        return leaky_relu(x @ self.encoder.T + self.encoder_bias, 0.125)

    def encode_some(self, x: Tensor, index: Tensor) -> Tensor:
        return leaky_relu(x @ self.encoder[index].T + self.encoder_bias[index], 0.125)

    def slope(self, x: Tensor, f: Tensor) -> Tensor:
        return (f > 0).to(f.dtype).clamp_min(0.125)
'''


@pytest.fixture
def leaky(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The file `leaky.py` lies in `kinds/`, as far as Python can tell, and as long as the test runs."""
    registry.kinds()
    (tmp_path / "leaky.py").write_text(KIND)
    monkeypatch.setattr(registry, "_KINDS", dict(registry._KINDS))
    monkeypatch.setattr(kinds, "__path__", [*kinds.__path__, str(tmp_path)])
    import_all.cache_clear()
    yield
    sys.modules.pop(f"{kinds.__name__}.leaky", None)
    import_all.cache_clear()


@pytest.mark.usefixtures("leaky")
def test_a_file_in_the_folder_is_a_kind(tmp_path: Path) -> None:
    model, examples = tiny_model("gpt_neox"), tiny_examples()
    dictionaries = {
        site: random_dictionary("leaky", 16, 9, seed=1) for site in (Site("mlp", 0), Site("resid", 1))
    }
    save_dictionaries(tmp_path, dictionaries, "float64")
    loaded = load_dictionaries(tmp_path, model.sites, "cpu", "float64", model)
    assert {d.kind for d in loaded.values()} == {"leaky"}
    effects = node_effects(model, loaded, examples, steps=2)
    assert_effects(effects, Reference(model, dictionaries, examples, difference), quadrature(2, "left"))


def test_a_name_belongs_to_one_kind() -> None:
    relu = registry.class_of("relu")
    with pytest.raises(InputError, match="kind 'relu' is registered twice"):
        registry.register(relu)
    assert registry.class_of("relu") is relu

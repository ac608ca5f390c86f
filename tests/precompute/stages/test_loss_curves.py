"""Checkpoints of a model: folders by their steps; revisions are of the hub, one name a step."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from explorer_engine.errors import InputError
from precompute.stages.loss_curves import load_folder, token_losses
from precompute.stages.text import TextOptions
from precompute.world.options import DictionariesOptions, ModelOptions
from precompute.world.recipe import WorldRecipe


def test_a_folder_is_loaded_as_it_lies(built):
    folder = built.world / "model"
    model = load_folder({512: str(folder)}, "some/model", 512)
    assert next(model.parameters()).dtype == torch.float32 and not model.training
    document = list(range(10, 30))
    ((losses, right),) = token_losses(model, [document])
    logits = model(torch.tensor([document])).logits[0, :-1].double()
    expected = -logits.log_softmax(-1)[torch.arange(19), torch.tensor(document[1:])]
    torch.testing.assert_close(torch.tensor(losses).double(), expected.detach(), rtol=1e-4, atol=1e-5)
    assert len(right) == 19


def test_a_folder_has_no_revisions(built, tmp_path):
    """Transformers would load the folder itself for every step, and every loss would be the last one."""
    for name, model in (("step512", str(built.world / "model")), (f"{built.world / 'model'}@step512", "m")):
        with pytest.raises(InputError, match=r"model\.checkpoints: .*step512.*without revisions"):
            load_folder({512: name}, model, 512)


def test_two_checkpoints_of_one_step_are_told(built, tmp_path):
    recipe = WorldRecipe(
        TextOptions(source=str(tmp_path)),
        model=ModelOptions(str(built.world / "model"), checkpoints=("a/step5", "b/step5")),
        dictionaries=DictionariesOptions(str(built.world / "dictionaries")),
    )
    with pytest.raises(InputError, match="a/step5 and b/step5 are both of step 5"):
        recipe.stages(tmp_path)
    one = replace(recipe, model=replace(recipe.model, checkpoints=("a/step5",)))
    assert "training-loss" in [stage.name for stage in one.stages(tmp_path)]
    none = replace(recipe, model=replace(recipe.model, checkpoints=()))
    assert "training-loss" not in [stage.name for stage in none.stages(tmp_path)]

"""What SAELens's list of releases says of dictionaries, and their files do not, is read too."""

from __future__ import annotations

import pytest
import torch

from explorer_engine.dictionaries import describe_dictionaries, load_dictionaries
from explorer_engine.sites import sites_of
from tests.explorer_engine.dictionaries.sources.layouts import LAYOUTS, RESID, D, T, saelens

X = 2 * torch.randn(7, D, generator=torch.Generator().manual_seed(1), dtype=torch.float64) + 0.3
TENSORS = {name: tensor for name, tensor in T.items() if name != "threshold"}


@pytest.mark.parametrize("layout", ["SAELens", "SAELens, old"])
def test_values_of_a_model_with_centred_weights_are_centred(tmp_path, layout):
    """The package runs the rewritten model, whose values have no mean, and computes this from them."""
    tied = layout == "SAELens, old"
    repository = tmp_path / "GPT2-Small-SAEs-Reformatted"
    saelens(repository / "one", TENSORS, apply_b_dec_to_input=tied)
    found = load_dictionaries(repository, [RESID], "cpu", "float64")[RESID]
    activations, back = LAYOUTS[layout].computes(X - X.mean(1, keepdim=True))
    torch.testing.assert_close(found.encode(X), activations)
    torch.testing.assert_close(found.decode(found.encode(X)), back)


def test_a_factor_that_only_the_list_has_is_folded_in(tmp_path):
    name, factor = "gemma_2b_blocks.12.hook_resid_post_16384", 0.21381938399317255
    repository = tmp_path / "models--jbloom--Gemma-2b-Residual-Stream-SAEs"
    saelens(repository / name, TENSORS, normalize_activations="expected_average_only_in")
    found = load_dictionaries(repository, [RESID], "cpu", "float64")[RESID]
    activations, back = LAYOUTS["SAELens"].computes(X * factor)
    torch.testing.assert_close(found.encode(X), activations)
    torch.testing.assert_close(found.decode(found.encode(X)), back / factor)
    assert "times 0.213819" in describe_dictionaries(repository, sites_of(2))[RESID].normalises

"""Loading takes little more memory than the loaded dictionary itself, in any layout and number type."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor

from explorer_engine.dictionaries import ReluDictionary, save_dictionaries
from explorer_engine.sites import Site
from tests.explorer_engine.dictionaries.sources.layouts import saelens

WIDTH, FEATURES = 1024, 16_384
SIZE = 4 * 2 * WIDTH * FEATURES
SITE = Site("resid", 1)
MEASURE = r"""
import gc, json, re, sys
from pathlib import Path
from explorer_engine.dictionaries import load_dictionaries
from explorer_engine.sites import Site

def status(name):
    return 1024 * int(re.search(rf"{name}:\s+(\d+)", Path("/proc/self/status").read_text())[1])

load_dictionaries(sys.argv[2], [Site("resid", 1)], "cpu", sys.argv[1])  # what stays is in memory now
taken = {}
for place in sys.argv[2:]:
    gc.collect()
    Path("/proc/self/clear_refs").write_text("5")  # the peak starts again at what there is
    before = status("VmRSS")
    (found,) = load_dictionaries(place, [Site("resid", 1)], "cpu", sys.argv[1]).values()
    taken[place] = status("VmHWM") - before
    del found
print(json.dumps(taken))
"""


def _rows() -> dict[str, Tensor]:
    g = torch.Generator().manual_seed(0)
    shapes = {"W_enc": (WIDTH, FEATURES), "W_dec": (FEATURES, WIDTH), "b_enc": (FEATURES,), "b_dec": (WIDTH,)}
    return {name: torch.randn(shape, generator=g) for name, shape in shapes.items()}


def _linear(folder: Path, tensors: dict[str, Tensor]) -> None:
    inner = folder / "resid_out_layer1" / "10"
    inner.mkdir(parents=True)
    state = {
        "encoder.weight": tensors["W_enc"].T.contiguous(),
        "encoder.bias": tensors["b_enc"],
        "decoder.weight": tensors["W_dec"].T.contiguous(),
        "bias": tensors["b_dec"],
    }
    torch.save(state, inner / "ae.pt")


@pytest.fixture(scope="module")
def places(tmp_path_factory) -> dict[str, Path]:
    """Dictionaries of one size, whose decoder rows are not of length 1."""
    root, tensors = tmp_path_factory.mktemp("large"), _rows()
    half = {name: tensor.bfloat16() for name, tensor in tensors.items()}
    ours = ReluDictionary(tensors["W_dec"], tensors["b_enc"], tensors["W_dec"], tensors["b_dec"])
    save_dictionaries(root / "ours", {SITE: ours}, "float16")
    saelens(root / "saelens" / "one", tensors)
    saelens(root / "saelens, bfloat16" / "one", half)
    saelens(
        root / "saelens, batchtopk" / "one",
        {**half, "topk_threshold": torch.ones(1)},
        architecture="batchtopk",
    )
    _linear(root / "dictionary_learning", tensors)
    gemma = root / "gemma-scope-2b-pt-res" / "layer_1" / "width_16k" / "average_l0_100"
    gemma.mkdir(parents=True)
    arrays = {name: tensor.numpy() for name, tensor in tensors.items()}
    np.savez(gemma / "params.npz", **arrays, threshold=arrays["b_enc"])
    sparse = root / "sparsify" / "layers.1"
    sparse.mkdir(parents=True)
    (sparse / "cfg.json").write_text(json.dumps({"k": 4}))
    state = {"encoder.weight": half["W_dec"], "encoder.bias": half["b_enc"]}
    save_file({**state, "W_dec": half["W_dec"].clone(), "b_dec": half["b_dec"]}, sparse / "sae.safetensors")
    names = ["ours", "saelens", "saelens, bfloat16", "saelens, batchtopk", "dictionary_learning", "sparsify"]
    return {name: root / name for name in names} | {"Gemma Scope": root / "gemma-scope-2b-pt-res"}


@pytest.mark.skipif(not os.access("/proc/self/clear_refs", os.W_OK), reason="memory is read from /proc")
@pytest.mark.parametrize("dtype, size", [("float32", SIZE), ("bfloat16", SIZE / 2)])
def test_loading_takes_no_second_copy(places: dict[str, Path], dtype: str, size: float) -> None:
    # what is freed goes back to the system at once, as otherwise only the largest tensors do
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "MALLOC_MMAP_THRESHOLD_": "65536"}
    command = [sys.executable, "-c", MEASURE, dtype, *map(str, places.values())]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    ratios = {place: taken / size for place, taken in json.loads(done.stdout).items()}
    assert all(0.9 < ratio < 1.2 for ratio in ratios.values()), ratios

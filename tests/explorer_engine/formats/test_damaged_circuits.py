"""Damaged circuit files of every form: read, or told in one line that names the file; no code is run.

`DAMAGES=500 python -m pytest tests/explorer_engine/formats/test_damaged_circuits.py` tries 500 of each.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from explorer_engine.circuits.fingerprint import Fingerprint
from explorer_engine.errors import InputError
from explorer_engine.formats.circuit_files import FORMS, read_any
from tests.damage import DAMAGE, DAMAGES, inner, setting
from tests.explorer_engine.dictionaries.sources.test_damaged import little_memory
from tests.explorer_engine.formats.graphs import neuronpedia_graph
from tests.explorer_engine.formats.test_circuit_files import made
from tests.explorer_engine.formats.test_published_circuit import SparseAct, save

__all__ = ["save"]


def circuit_json(_: Any) -> bytes:
    return FORMS["json"].text(made(True, Fingerprint("aa", "bb")), "").encode()


def older_json(_: Any) -> bytes:
    values = {**json.loads(circuit_json(None)), "version": 1}
    del values["fingerprint"]
    return json.dumps(values).encode()


def our_graph(_: Any) -> bytes:
    return FORMS["attribution-graph"].text(made(True), "").encode()


def foreign_graph(_: Any) -> bytes:
    return json.dumps(neuronpedia_graph()).encode()


def published(save: Callable[[Any], Path]) -> bytes:
    weights = torch.zeros(3, 4)
    weights[0, 1], weights[2, 3] = 0.5, -0.75
    nodes = {
        "embed": SparseAct(torch.tensor([0.0, 0.5, 0.2]), torch.tensor([0.3])),
        "resid_0": SparseAct(torch.tensor([0.5, 0.2]), torch.tensor([0.3])),
    }
    edges = {"embed": {"resid_0": weights.to_sparse()}, "resid_0": {"y": torch.tensor([0.5, 0.2, 0.3])}}
    return save({"examples": [{"clean_prefix": "a"}], "nodes": nodes, "edges": edges}).read_bytes()


WHOLE = [circuit_json, older_json, our_graph, foreign_graph, published]


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="the limit is set as Linux counts")
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("whole", WHOLE)
def test_damage_is_told(whole, save, tmp_path):
    r, told, content = random.Random(whole.__name__), 0, whole(save)
    file = tmp_path / "circuit"
    file.write_bytes(content)
    read_any(file)
    kinds = [*DAMAGE, *([inner] * 20 if whole is not published else [])]
    with little_memory():
        for _ in range(DAMAGES):
            damaged = bytearray(content)
            r.choice([kind for kind in kinds if whole is not published or kind is not setting])(damaged, r)
            file.write_bytes(damaged)
            try:
                circuit = read_any(file)
            except InputError as error:
                assert str(file) in str(error) and "\n" not in str(error) and len(str(error)) < 600
                told += 1
            else:
                for form in FORMS.values():  # what is read can be shown and handed out
                    form.text(circuit, "a name").encode()
    assert told > DAMAGES / 5


class Runs:
    """Unpickled, it would call something."""

    def __reduce__(self):
        return (Path.touch, (Path("was-run"),))


def test_no_code_of_a_file_is_run(save, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for values in (Runs(), {"nodes": Runs(), "edges": {}}, {"nodes": {}, "edges": {"embed": {"y": Runs()}}}):
        with pytest.raises(InputError, match="without running code"):
            read_any(save(values))
    assert not Path("was-run").exists()


MANY = 1 << 40
PLACES = torch.zeros(1, 1, dtype=torch.long).expand(1, MANY)


@pytest.mark.parametrize(
    "weights",
    [
        torch.ones(1).expand(MANY),
        torch.sparse_coo_tensor(PLACES, torch.ones(1).expand(MANY), (3,), check_invariants=False),
    ],
    ids=["expanded", "sparse"],
)
def test_a_declared_size_takes_no_memory(weights, save):
    nodes = {"resid_0": SparseAct(torch.tensor([0.5, 0.2]), torch.tensor([0.3]))}
    with little_memory(), pytest.raises(InputError, match=r"circuit\.pt"):
        read_any(save({"nodes": nodes, "edges": {"resid_0": {"y": weights}}}))

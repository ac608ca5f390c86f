"""Circuits of the paper's code: read as they are, refused where they hold more than plain values."""

from __future__ import annotations

import sys
from types import ModuleType

import pytest
import torch

from explorer_engine.errors import InputError
from explorer_engine.formats.published_circuit import read_published


class SparseAct:
    """As the class of theirs pickles itself."""

    def __init__(self, act, resc):
        self.act, self.res, self.resc = act, None, resc


@pytest.fixture
def save(tmp_path, monkeypatch):
    """Saves as their code does, whose class is in a module `activation_utils`."""
    module = ModuleType("activation_utils")
    module.SparseAct = SparseAct  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "activation_utils", module)
    monkeypatch.setattr(SparseAct, "__module__", "activation_utils")

    def save(values):
        torch.save(values, tmp_path / "circuit.pt")
        return tmp_path / "circuit.pt"

    return save


@pytest.fixture
def read(save):
    def read(values):
        file = save(values)
        del sys.modules["activation_utils"]  # nobody who reads it has it
        return read_published(file, "pythia", 0.1, 0.01)

    return read


def test_positions_apart(read):
    act, above = torch.zeros(2, 3), torch.zeros(2, 3)
    act[1, 2], above[0, 0] = 0.5, -0.75
    weights = torch.zeros(2, 4, 2, 4)
    weights[0, 0, 1, 2], weights[0, 0, 1, 3] = 0.25, 0.125
    circuit = read(
        {
            "examples": [{"clean_prefix": "a"}, {"clean_prefix": "b"}],
            "nodes": {
                "y": torch.tensor(1.0),
                "embed": SparseAct(act, torch.tensor([[0.0], [0.2]])),
                "resid_0": SparseAct(above, torch.zeros(2, 1)),
            },
            "edges": {
                "embed": {"resid_0": weights.to_sparse()},
                "resid_0": {"y": torch.cat([above, torch.zeros(2, 1)], 1)},
            },
        }
    )
    assert {node.id: node.effect for node in circuit.nodes} == pytest.approx(
        {"embed/2@1": 0.5, "embed/error@1": 0.2, "resid_0/0@0": -0.75}
    )
    assert {(edge.source, edge.target): edge.weight for edge in circuit.edges} == pytest.approx(
        {
            ("embed/2@1", "resid_0/0@0"): 0.25,
            ("embed/error@1", "resid_0/0@0"): 0.125,
            ("resid_0/0@0", "y"): -0.75,
        }
    )
    assert (circuit.aggregation, circuit.n_examples, circuit.model) == ("none", 2, "pythia")


def test_positions_summed(read):
    weights = torch.zeros(3, 3)
    weights[2, 1] = -0.5
    circuit = read(
        {
            "nodes": {
                "mlp_0": SparseAct(torch.tensor([0.0, 0.3]), torch.tensor([0.05])),
                "resid_0": SparseAct(torch.tensor([0.0, 0.0]), torch.tensor([0.4])),
            },
            "edges": {"mlp_0": {"resid_0": weights.to_sparse()}},
        }
    )
    assert [node.id for node in circuit.nodes] == ["mlp_0/1", "resid_0/error"]
    assert [(edge.source, edge.target, edge.weight) for edge in circuit.edges] == [
        ("mlp_0/1", "resid_0/error", -0.5)
    ]
    assert circuit.aggregation == "sum"


class Run:
    def __reduce__(self):
        return eval, ("1 / 0",)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"nodes": {}, "edges": {}, "examples": Run()}, "without running code"),
        ([1], "no nodes and edges"),
        ({"nodes": {"where": SparseAct(torch.ones(2), torch.ones(1))}, "edges": {}}, "'where' is not a site"),
        ({"nodes": {"embed": 3}, "edges": {}}, "not as the paper's code keeps them"),
        ({"nodes": {"embed": SparseAct(torch.ones(2), torch.tensor([torch.nan]))}, "edges": {}}, "NaN"),
        (
            {"nodes": {"embed": SparseAct(torch.ones(1).expand(1 << 40), torch.ones(1))}, "edges": {}},
            "not a plain tensor",
        ),
        ({"nodes": {}, "edges": {"embed": {"y": torch.ones(3)}}}, "not as the paper's code keeps them"),
    ],
)
def test_what_is_not_such_a_circuit_is_refused(read, values, said):
    with pytest.raises(InputError, match=said) as told:
        read(values)
    assert "circuit.pt" in str(told.value) and "\n" not in str(told.value)


def test_a_file_of_another_kind_is_refused(tmp_path):
    (tmp_path / "circuit.pt").write_bytes(b"\x80\x04circuit")
    with pytest.raises(InputError, match=r"circuit\.pt"):
        read_published(tmp_path / "circuit.pt", "", 0.1, 0.01)
    with pytest.raises(InputError, match=r"nothing\.pt"):
        read_published(tmp_path / "nothing.pt", "", 0.1, 0.01)

"""Stage `circuits`: two circuits where positions align, else one; its choice of points; names it refuses."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from explorer_engine.circuits.rows import from_rows
from explorer_engine.errors import InputError
from explorer_engine.store import shards
from precompute.source import Source
from precompute.stages.circuits import ContrastOptions, PairsCircuitOptions, PairsFile, stage

OPTIONS = ContrastOptions(
    pairs=3,
    circuit=PairsCircuitOptions(steps=8, quadrature_error=0.1, n_nodes=12, edge_threshold=0.01),
)


@pytest.fixture
def source(built) -> Source:
    return Source(built.world / "model", built.world / "dictionaries", built.work / "corpus" / "shards")


def lines(built, structure: str, n: int) -> list[str]:
    return (built.world / "pairs" / f"{structure}.jsonl").read_text().splitlines()[:n]


def circuits_of(source: Source, folder: Path, file: PairsFile, options: ContrastOptions = OPTIONS):
    """What the stage makes of one file, by id."""
    job = stage(options, source, [file])
    job.run(file.id, folder)
    tables = ("circuit", "circuit_node", "circuit_edge", "faithfulness")
    found = from_rows({table: shards.read(folder / "shards", table) for table in tables})
    return {entry.id: entry for entry in found}


def test_pairs_of_one_length_give_a_circuit_with_positions_and_one_without(built, source, tmp_path, capsys):
    path = tmp_path / "pairs.jsonl"
    path.write_text("\n".join(lines(built, "simple", 6)))
    found = circuits_of(source, tmp_path, PairsFile("pairs", "Pairs", path))
    assert sorted(found) == ["pairs", "pairs-summed"]
    apart, summed = found["pairs"], found["pairs-summed"]
    assert (apart.circuit.aggregation, summed.circuit.aggregation) == ("none", "sum")
    assert (apart.summed_of, summed.summed_of) == (None, "pairs")
    assert apart.title != summed.title
    assert len(apart.circuit.nodes) == len(summed.circuit.nodes) == 12, "chosen from its own effects"
    assert all(n.position is not None for n in apart.circuit.nodes)
    assert sorted(apart.faithfulness) == sorted(summed.faithfulness)
    assert {sweep.unit for sweep in summed.faithfulness} == {"features", "neurons"}
    points = apart.circuit.provenance["points"]
    said = (
        f"pairs: {sum(points.values())} points at {len(points)} sites instead of {10 * len(points)}, off by"
    )
    assert said in capsys.readouterr().out


def test_pairs_of_several_lengths_give_only_the_summed_one_whatever_they_are_tested_on(
    built, source, tmp_path
):
    short, long = lines(built, "simple", 4), lines(built, "across-rc", 4)
    mixed, same = tmp_path / "mixed.jsonl", tmp_path / "same.jsonl"
    mixed.write_text("\n".join([*short, *long]))
    same.write_text("\n".join(short))
    for name, file in (
        ("mixed", PairsFile("it", "It", mixed, {"other pairs": same})),
        ("tested", PairsFile("it", "It", same, {"other pairs": mixed})),
    ):
        found = circuits_of(source, tmp_path / name, file, replace(OPTIONS, pairs=8))
        assert list(found) == ["it"], name
        assert found["it"].circuit.aggregation == "sum" and found["it"].summed_of is None
        assert found["it"].title == "It" and found["it"].faithfulness


def test_which_points_are_taken_does_not_depend_on_what_it_is_tested_on(built, source, tmp_path):
    first, second = (tmp_path / f"{name}.jsonl" for name in ("first", "second"))
    own = lines(built, "simple", 6)
    first.write_text("\n".join(own))
    second.write_text("\n".join([*own[:3], *own[:2:-1]]))
    made = [
        circuits_of(source, tmp_path / file.stem, PairsFile("it", "It", file))["it"].circuit.provenance
        for file in (first, second)
    ]
    for what in ("points", "quadrature_error"):
        assert made[0][what] == made[1][what]


def test_a_file_may_not_be_called_as_the_summed_circuit_of_another(source, tmp_path):
    files = [PairsFile(id, id, tmp_path / id) for id in ("a", "a-summed")]
    with pytest.raises(InputError, match=r"a-summed .*rename"):
        stage(OPTIONS, source, files)

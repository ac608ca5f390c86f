"""`precompute circuit` and `precompute faithfulness` on the golden model, and what they say to bad input."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast

from explorer_engine.formats.circuit_json import read_circuit
from precompute.cli import main
from tests.golden.load import FOLDER, golden_examples, numbers


def text(tokens: list[int]) -> str:
    return " ".join(f"w{token}" for token in tokens)


@pytest.fixture(scope="module")
def world(tmp_path_factory) -> Path:
    """The golden model with a tokenizer of made-up words (w17 is token 17), dictionaries, pairs."""
    folder = tmp_path_factory.mktemp("world")
    shutil.copytree(FOLDER / "model", folder / "model")
    shutil.copytree(FOLDER / "dictionaries", folder / "dictionaries")
    vocabulary = {"[PAD]": 0, "[UNK]": 1} | {f"w{i}": i for i in range(2, 300)}
    words = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))
    words.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=words, pad_token="[PAD]", unk_token="[UNK]")
    tokenizer.save_pretrained(folder / "model")
    for name, prefix in (("pairs", ""), ("test", "test.")):
        e = golden_examples(prefix)
        lines = [
            json.dumps(
                {
                    "clean_prefix": text(clean),
                    "patch_prefix": text(patch),
                    "clean_answer": f" w{answer}",
                    "patch_answer": f" w{other}",
                    "case": "singular",
                }
            )
            for clean, patch, answer, other in zip(
                e.tokens.tolist(), e.patch.tolist(), e.answer.tolist(), e.patch_answer.tolist(), strict=True
            )
        ]
        (folder / f"{name}.jsonl").write_text("\n".join(lines))
    contexts = {
        str(i): {"context": text(row).replace(" ", "| ").split("|"), "answer": f" w{answer}", "loss": 0.1}
        for i, (row, answer) in enumerate(zip(e.tokens.tolist(), e.answer.tolist(), strict=True))
    }
    (folder / "cluster.json").write_text(json.dumps(contexts))
    return folder


def arguments(world: Path, data: str = "pairs.jsonl", **options: object) -> list[str]:
    given = {"model": world / "model", "dictionaries": world / "dictionaries", "data": world / data} | options
    return [part for name, value in given.items() for part in (f"--{name.replace('_', '-')}", str(value))]


def test_circuit_and_faithfulness_end_to_end(world, tmp_path, capsys):
    out = tmp_path / "circuit.json"
    assert main(["circuit", *arguments(world, out=out, dtype="float64", node_threshold=0.05)]) == 0
    circuit = read_circuit(out)
    z = numbers()
    table = {f"resid_2/{j}@4": float(v) for j, v in enumerate(z["circuit_none.nodes.resid_2.act"][4])}
    for node in circuit.nodes:
        if node.site.kind == "resid" and node.site.layer == 2 and not node.is_error:
            assert node.effect == pytest.approx(table[node.id], abs=1e-9)
    values = json.loads(out.read_text())
    assert values["metric"] == "logit-diff"
    assert values["baseline"] == "patch"
    assert values["method"] == {"name": "ig", "steps": 10, "rule": "left"}
    assert values["data"]["examples"] == 8
    assert len(values["tokens"]) == 5
    assert "--node-threshold 0.05" in values["provenance"]["command"]
    assert "8 examples, none dropped" in capsys.readouterr().err

    rows_out = tmp_path / "faithfulness.json"
    options = {"circuit": out, "out": rows_out, "start_layer": 1, "dtype": "float64"}
    thresholds = ["--node-threshold", "0.1", "0.3"]
    assert main(["faithfulness", *arguments(world, "test.jsonl", **options), *thresholds]) == 0
    found = json.loads(rows_out.read_text())
    golden = json.loads((FOLDER / "parallel_ablation.json").read_text())
    for row in found["rows"]:
        key = f"none.thr{row['threshold']}.start1.mean.default"
        assert row["faithfulness"] == pytest.approx(golden[f"FC.{key}"][2], abs=1e-9)
        assert row["completeness"] == pytest.approx(golden[f"Fcomp.{key}"][2], abs=1e-9)
        assert row["m_circuit"] == pytest.approx(-golden[f"FC.{key}"][0], abs=1e-9)
    assert found["m_empty"] == pytest.approx(-golden["Fempty.start1.mean.default"][0], abs=1e-9)
    assert found["sign"]
    assert main(["faithfulness", *arguments(world, "test.jsonl", **options)]) == 0
    assert len(json.loads(rows_out.read_text())["rows"]) == 15


def test_a_cluster_has_a_zero_baseline_and_surprise_as_its_metric(world, tmp_path):
    out = tmp_path / "circuit.json"
    options = {"out": out, "aggregation": "sum", "examples": 5, "batch_size": 2, "node_threshold": 0.3}
    assert main(["circuit", *arguments(world, "cluster.json", **options)]) == 0
    circuit = read_circuit(out)
    assert (circuit.metric, circuit.baseline, circuit.n_examples) == ("log-prob", "zero", 5)
    assert all(node.position is None for node in circuit.nodes)
    assert circuit.tokens is None


def failing(capsys, command: list[str], out: Path) -> str:
    """The one line that a failing command says; nothing may have been written."""
    assert main(command) == 2
    assert list(out.parent.iterdir()) == []
    lines = [line for line in capsys.readouterr().err.splitlines() if line.startswith("precompute ")]
    assert len(lines) == 1
    return lines[0]


def test_bad_input_exits_with_2_and_one_line(world, tmp_path, capsys):
    out = tmp_path / "out" / "circuit.json"
    out.parent.mkdir()

    def complaint(data: str = "pairs.jsonl", **options: object) -> str:
        return failing(capsys, ["circuit", *arguments(world, data, out=out, **options)], out)

    assert "nowhere" in complaint(model=world / "nowhere")
    assert "nowhere" in complaint(dictionaries=world / "nowhere")
    assert "nowhere.json" in complaint("nowhere.json")
    assert "99 examples were asked for" in complaint(examples=99)
    assert "must be 0 or more" in complaint(node_threshold=-0.5)
    assert "must be 0 or more" in complaint(edge_threshold="nan")
    assert "no patch" in complaint("cluster.json", baseline="patch")
    assert "no patch answers" in complaint("cluster.json", metric="logit-diff")
    (world / "bad.jsonl").write_text('{"clean_prefix": "w2 w3"}')
    assert "line 1 lacks patch_prefix" in complaint("bad.jsonl")
    (world / "empty.jsonl").write_text("")
    assert "no usable example" in complaint("empty.jsonl")
    assert main(["circuit", *arguments(world, out=tmp_path / "none" / "c.json")]) == 2
    assert "make it first" in capsys.readouterr().err


def test_sites_without_a_dictionary_are_an_error_unless_that_is_allowed(world, tmp_path, capsys):
    out = tmp_path / "out" / "circuit.json"
    out.parent.mkdir()
    some = shutil.copytree(world / "dictionaries", tmp_path / "some")
    gone = next(some.rglob("*mlp*1*"))
    shutil.rmtree(gone) if gone.is_dir() else gone.unlink()
    told = failing(capsys, ["circuit", *arguments(world, out=out, dictionaries=some)], out)
    assert "no dictionary for mlp_1: add --allow-missing" in told
    of_kind = f"attn={some} resid={some} embed={some}"
    for allowed in (["--allow-missing"], ["--dictionaries", of_kind]):
        assert main(["circuit", *arguments(world, out=out, dictionaries=some), *allowed]) == 0
        said = capsys.readouterr().err
        assert ("no dictionary for mlp_1" in said) == ("--allow-missing" in allowed)
        command = json.loads(out.read_text())["provenance"]["command"]
        assert ("--allow-missing" in command) == ("--allow-missing" in allowed)


def test_a_first_layer_that_there_is_not_is_told(world, tmp_path, capsys):
    out = tmp_path / "out" / "circuit.json"
    out.parent.mkdir()
    command = ["faithfulness", *arguments(world, circuit="c.json", out=out)]
    assert "must be -1 or more" in failing(capsys, [*command, "--start-layer", "-100"], out)


def test_wrong_options_are_told_in_one_line(world, tmp_path, capsys):
    for option in ({"examples": 0}, {"steps": "few"}, {"metric": "loudness"}):
        with pytest.raises(SystemExit) as stopped:
            main(["circuit", *arguments(world, out=tmp_path / "c.json", **option)])
        assert stopped.value.code == 2
        assert len(capsys.readouterr().err.splitlines()) == 1


def test_a_place_that_cannot_be_written_is_told_before_the_work(world, tmp_path, capsys):
    for out in ("/proc/c.json", tmp_path / ("x" * 300)):
        assert main(["circuit", *arguments(world, out=out)]) == 2
        lines = capsys.readouterr().err.splitlines()
        assert len(lines) == 1  # not even the data was read
        assert "choose another place" in lines[0]
    assert list(tmp_path.iterdir()) == []


def test_a_model_that_lacks_weights_or_tokens_is_told(world, tmp_path, capsys):
    for name, complaint in (("lacks", "weights lack"), ("words", "own tokenizer")):
        shutil.copytree(world / "model", tmp_path / name)
        file = tmp_path / name / "model.safetensors"
        weights = load_file(file)
        if name == "lacks":
            del weights["gpt_neox.layers.0.mlp.dense_4h_to_h.bias"]
        else:
            weights = {k: v[:50].clone() if v.shape[0] == 300 else v for k, v in weights.items()}
            config = json.loads((tmp_path / name / "config.json").read_text())
            (tmp_path / name / "config.json").write_text(json.dumps(config | {"vocab_size": 50}))
        save_file(weights, file, metadata={"format": "pt"})
        assert main(["circuit", *arguments(world, out=tmp_path / "c.json", model=tmp_path / name)]) == 2
        assert complaint in capsys.readouterr().err
        assert not (tmp_path / "c.json").exists()


def test_damaged_circuit_files_and_other_prompt_lengths_are_told(world, tmp_path, capsys):
    out, rows = tmp_path / "circuit.json", tmp_path / "rows.json"
    assert main(["circuit", *arguments(world, out=out, node_threshold=0.05)]) == 0
    values = json.loads(out.read_text())
    node = {name: value for name, value in values["nodes"][0].items() if name != "id"}

    def complaint(data: str = "pairs.jsonl", **changes: object) -> str:
        (tmp_path / "changed.json").write_text(json.dumps(values | changes))
        command = arguments(world, data, circuit=tmp_path / "changed.json", out=rows)
        assert main(["faithfulness", *command]) == 2
        assert not rows.exists()
        return capsys.readouterr().err

    assert "node_threshold is 'x'" in complaint(node_threshold="x")
    assert "feature is -1" in complaint(nodes=[node | {"feature": -1}], edges=[])
    assert "position is -2" in complaint(nodes=[node | {"position": -2}], edges=[])
    assert "have a position" in complaint(nodes=[node | {"position": None}], edges=[])
    pair = json.loads((world / "pairs.jsonl").read_text().splitlines()[0])
    longer = pair | {key: "w9 " + pair[key] for key in ("clean_prefix", "patch_prefix")}
    (world / "longer.jsonl").write_text(json.dumps(longer))
    assert "found on prompts of 5 tokens, these have 6" in complaint("longer.jsonl")
    assert "another model" in complaint(provenance={"model_fingerprint": "0" * 16})

    shutil.copytree(world / "model", tmp_path / "moved")
    command = arguments(world, circuit=out, out=rows, model=tmp_path / "moved")
    assert main(["faithfulness", *command]) == 0  # the same model in another folder


def test_dropped_pairs_are_counted_and_the_rest_goes_on(world, tmp_path, capsys):
    pair = json.loads((world / "pairs.jsonl").read_text().splitlines()[0])
    longer = pair | {"patch_prefix": pair["patch_prefix"] + " w9"}
    several = pair | {"clean_answer": " w5 w6"}
    (world / "some.jsonl").write_text("\n".join(json.dumps(p) for p in (longer, pair, several)))
    out = tmp_path / "circuit.json"
    assert main(["circuit", *arguments(world, "some.jsonl", out=out)]) == 0
    assert ": 1 example, 2 dropped" in capsys.readouterr().err
    assert sum(json.loads(out.read_text())["data"]["dropped"].values()) == 2
    (world / "none.jsonl").write_text(json.dumps(longer))
    assert main(["circuit", *arguments(world, "none.jsonl", out=out)]) == 2
    assert "unequal length" in capsys.readouterr().err


def test_damaged_or_foreign_dictionaries_and_circuits_are_told(world, tmp_path, capsys):
    out = tmp_path / "circuit.json"
    assert main(["circuit", *arguments(world, out=out)]) == 0
    capsys.readouterr()
    other = tmp_path / "other"
    shutil.copytree(world / "model", other / "model")
    weights = {name: value * 1.5 for name, value in load_file(other / "model" / "model.safetensors").items()}
    save_file(weights, other / "model" / "model.safetensors", metadata={"format": "pt"})
    rows = tmp_path / "faithfulness.json"
    command = ["faithfulness", *arguments(world, circuit=out, out=rows, model=other / "model")]
    assert main(command) == 2
    assert "is a circuit of another model" in capsys.readouterr().err
    (tmp_path / "text.json").write_text("[]")
    assert main(["faithfulness", *arguments(world, circuit=tmp_path / "text.json", out=rows)]) == 2
    assert "not a circuit file" in capsys.readouterr().err

    broken = tmp_path / "broken"
    shutil.copytree(world / "dictionaries", broken)
    tensors = load_file(broken / "mlp_1.safetensors")
    tensors["decoder"] = torch.full_like(tensors["decoder"], float("inf"))
    save_file(tensors, broken / "mlp_1.safetensors", metadata={"kind": "relu", "tied": "True"})
    assert main(["circuit", *arguments(world, out=tmp_path / "c.json", dictionaries=broken)]) == 2
    assert "mlp_1" in capsys.readouterr().err
    assert not rows.exists()
    assert not (tmp_path / "c.json").exists()


def test_the_real_process_fails_without_a_traceback(world, tmp_path):
    command = [
        sys.executable,
        "-m",
        "precompute",
        "circuit",
        *arguments(world, out=tmp_path / "c.json", examples=50),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert "examples were asked for" in done.stderr.splitlines()[-1]
    assert list(tmp_path.iterdir()) == []

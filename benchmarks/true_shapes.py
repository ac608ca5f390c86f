"""Models and dictionaries of their true sizes, from files in their true layouts: time, memory and disk.

    python -m benchmarks.true_shapes pythia-70m
    python -m benchmarks.true_shapes gemma-2-2b

Weights are random, dictionaries have about 75 features active a token and some directions of the model's
own values, so that what is computed costs what it costs with trained ones. Pythia-70M is whole: 19
dictionaries of 32,768 features. Of Gemma-2-2B, with 16,384 features at three sites of each of 26 layers,
slices of one and of two layers are measured; what all layers take is told by their difference: arithmetic,
not measured.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import torch

from benchmarks.circuit_discovery_setup import Meter, metered
from benchmarks.true_shapes_files import SHAPES, Shape, write
from explorer_engine.circuits.discovery import find_circuit
from explorer_engine.circuits.options import CircuitOptions
from explorer_engine.dashboards.activity import collect_activity
from explorer_engine.data import Examples
from explorer_engine.dictionaries import Dictionaries, load_dictionaries
from explorer_engine.models import LanguageModel, load_model
from explorer_engine.shift import ClassifierTask, ShiftSession, TaskTexts, TextSet
from explorer_engine.sites import Site

ROOT = Path(__file__).resolve().parents[1]
ABLATED = 50
RECIPE = """title = "True shapes"
[text]
source = "installed-packages"
window = 128
documents = 2000
training_windows = 0
test_windows = 100
[model]
source = "{folder}/model"
[dictionaries]
source = "{place}"
"""


@dataclass(frozen=True)
class Amounts:
    """How much of each thing is done."""

    pairs: int
    contexts: int
    tokens: int
    windows: int
    texts: int


def main() -> None:
    """Print what each step takes."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.true_shapes", description=__doc__)
    parser.add_argument("shape", choices=SHAPES)
    parser.add_argument("--pairs", type=int, default=8, help="of 16 tokens (%(default)s)")
    parser.add_argument("--contexts", type=int, help="of a behaviour (as the shape says)")
    parser.add_argument("--tokens", type=int, default=64, help="of each context (%(default)s)")
    parser.add_argument("--windows", type=int, default=16, help="of 128 tokens, for dashboards (%(default)s)")
    parser.add_argument("--texts", type=int, default=200, help="of 64 tokens, for SHIFT (%(default)s)")
    args = parser.parse_args()
    torch.set_num_threads(1)
    shape = SHAPES[args.shape]
    amounts = Amounts(args.pairs, args.contexts or shape.contexts, args.tokens, args.windows, args.texts)
    measured = {layers: steps(shape, layers, amounts) for layers in shape.measured}
    if len(measured) > 1:
        _told(measured, shape.layers, amounts)


def steps(shape: Shape, layers: int, amounts: Amounts) -> dict[str, Meter]:
    """Write the files of a slice, use them as a user does, and print and return what each step takes."""
    taken: dict[str, Meter] = {}

    @contextmanager
    def step(name: str) -> Iterator[None]:
        with metered() as meter:
            yield
        taken[name] = meter
        print(f"{name:<58} {meter.wall:8.1f} s {meter.cpu:8.1f} s CPU {meter.peak / 1e9:6.2f} GB at most")

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        place = write(shape, folder, layers)
        size = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
        print(f"\n{shape.name}, {layers} of {shape.layers} layers, 1 thread; {size / 1e9:.2f} GB on disk")
        with step("model opened"):
            model = load_model(folder / "model", device="cpu")
        with step("dictionaries opened"):
            dictionaries = load_dictionaries(place, model.sites, "cpu", model=model)
        with step(f"circuit of {amounts.pairs} pairs of 16 tokens"):
            pairs(model, dictionaries, amounts)
        with step(f"dashboards' pass over {amounts.windows} windows of 128 tokens"):
            collect_activity(model, dictionaries, _tokens(model, amounts.windows, 128).tolist())
        with step(f"circuit of a behaviour, {amounts.contexts} contexts of {amounts.tokens} tokens"):
            behaviour(model, dictionaries, amounts)
        with step(f"SHIFT: a probe of {amounts.texts} texts of 64 tokens"):
            session = shift_session(model, dictionaries, amounts)
        with step(f"SHIFT: {ABLATED} features ablated"):
            session.evaluate(_features(dictionaries, session))
        session.close()
        del model, dictionaries, session
        with step("plan of a recipe"):
            plan(folder, place)
    return taken


def pairs(model: LanguageModel, dictionaries: Dictionaries, amounts: Amounts) -> None:
    """A position-resolved circuit, as the paper finds it."""
    clean, patch = _tokens(model, amounts.pairs, 16), _tokens(model, amounts.pairs, 16, seed=1)
    answers = _tokens(model, amounts.pairs, 2, seed=2)
    examples = Examples(clean, torch.ones_like(clean, dtype=torch.bool), answers[:, 0], patch, answers[:, 1])
    found = find_circuit(model, dictionaries, examples, CircuitOptions(n_nodes=100))
    print(f"  {len(found.nodes)} nodes, {len(found.edges)} edges, {found.method['steps']} points a site")


def behaviour(model: LanguageModel, dictionaries: Dictionaries, amounts: Amounts) -> None:
    """A circuit of contexts without a patch, positions summed, with points as the quadrature error needs."""
    tokens = _tokens(model, amounts.contexts, amounts.tokens)
    answers = _tokens(model, amounts.contexts, 1, seed=2)[:, 0]
    options = CircuitOptions(
        metric="log-prob", baseline="zero", aggregation="sum", n_nodes=100,
        steps=24, rule="midpoint", quadrature_error=0.05,
    )  # fmt: skip
    examples = Examples(tokens, torch.ones_like(tokens, dtype=torch.bool), answers)
    found = find_circuit(model, dictionaries, examples, options)
    points = found.provenance.get("points")
    print(f"  {len(found.nodes)} nodes, {len(found.edges)} edges, points at each site: {points}")


def shift_session(model: LanguageModel, dictionaries: Dictionaries, amounts: Amounts) -> ShiftSession:
    """A probe behind the last layer but one, where there are two."""
    site = Site("resid", max(0, model.n_layers - 2))

    def texts(seed: int) -> TextSet:
        rows = _tokens(model, amounts.texts, 64, seed).tolist()
        return TextSet.of(rows, [k % 2 for k in range(len(rows))], [k // 2 % 2 for k in range(len(rows))])

    task = ClassifierTask("b", site, ("a", "b"), ("c", "d"))
    return ShiftSession(model, dictionaries, task, TaskTexts(texts(3), texts(4), texts(5)), workers=1)


def plan(folder: Path, place: str) -> None:
    """What `plan` says of a world of these files."""
    recipe = folder / "recipe.toml"
    recipe.write_text(RECIPE.format(folder=folder, place=place))
    command = [sys.executable, "-m", "precompute", "plan", str(recipe), "--work", str(folder / "work")]
    said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    print("".join(f"  {line}\n" for line in (said.stdout + said.stderr).splitlines()), end="")


def _told(measured: dict[int, dict[str, Meter]], layers: int, amounts: Amounts) -> None:
    """What all layers would take: the first slice, and for each layer more what the second took more.

    Seconds of processor: those of the clock are also of what else the machine does.
    """
    (few, least), (more, second) = measured.items()
    print(f"\n{layers} layers, by arithmetic from {few} and {more}: a + (layers − {few})·(b − a)")
    for (name, a), b in zip(least.items(), second.values(), strict=True):
        if name.startswith(("SHIFT", "plan")):  # the probe reads the first layer of both slices
            continue
        cpu, peak = (
            x + (layers - few) * (y - x) / (more - few) for x, y in ((a.cpu, b.cpu), (a.peak, b.peak))
        )
        each = f"{cpu / amounts.contexts:.1f} s a context" if "behaviour" in name else ""
        print(f"{name:<58} {cpu:8.0f} s CPU {peak / 1e9:18.1f} GB at most   {each}")


def _features(dictionaries: Dictionaries, session: ShiftSession) -> list[str]:
    sites = [site for site in dictionaries if site <= session.task.site]
    return [f"{sites[k % len(sites)]}/{k}" for k in range(ABLATED)]


def _tokens(model: LanguageModel, n: int, length: int, seed: int = 0) -> torch.Tensor:
    """Random tokens [n, length]."""
    generator = torch.Generator().manual_seed(seed)
    return torch.randint(model.unembed.weight.shape[0], (n, length), generator=generator)


if __name__ == "__main__":
    main()

"""The shipped demo world: every bar of its quality report is met, and its figures come out again."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest
import torch

from explorer_engine.behaviours.score import scores
from explorer_engine.data import Examples
from explorer_engine.dictionaries import load_dictionaries
from explorer_engine.models import load_model
from explorer_engine.world.loaded import LoadedWorld
from explorer_engine.world.world import open_world
from precompute.demo.abilities import agreement_accuracy
from precompute.demo.bars import BARS
from precompute.demo.corpus.agreement import STRUCTURES

WORLD = Path(__file__).parents[1] / "assets" / "demo"
TASK = "professor-nurse"


@pytest.fixture(scope="module")
def world():
    return open_world(WORLD)


@pytest.fixture(scope="module")
def model(world):
    return load_model(world.model, device="cpu")


def test_every_bar_is_reported(world):
    figures = {(f.area, f.figure): f for f in world.store.start.quality()}
    assert figures.keys() >= BARS.keys()
    for name, (low, high) in BARS.items():
        assert (figures[name].low, figures[name].high) == (low, high)


def test_the_world_is_small_enough_to_ship():
    assert sum(file.stat().st_size for file in WORLD.rglob("*") if file.is_file()) <= 40e6


@pytest.mark.parametrize("structure", STRUCTURES)
def test_verbs_agree_on_new_prompts(model, structure):
    assert agreement_accuracy(model.hf, model.tokenizer, structure, n=60, seed=12345) >= 0.98


def test_dictionaries_reconstruct_as_reported(world, model):
    dictionaries = load_dictionaries(world.dictionaries, model.sites, device="cpu", model=model)
    rows = world.store.reader.rows("SELECT tokens FROM document ORDER BY id LIMIT 60")
    tokens = torch.tensor([tokens for (tokens,) in rows])
    examples = Examples(tokens, torch.ones_like(tokens, dtype=torch.bool))
    values = model.activations(examples.tokens, examples.mask, model.sites)
    for reported in world.store.start.dictionaries():
        x = values[reported.site].flatten(0, 1)
        f = dictionaries[reported.site].encode(x)
        residue = (x - dictionaries[reported.site].decode(f)).square().sum()
        explained = 1 - residue / (x - x.mean(0)).square().sum()
        assert float(explained) == pytest.approx(reported.variance_explained, abs=0.02)
        assert float((f > 0).sum(1).float().mean()) == pytest.approx(reported.l0, rel=0.1)


def test_answers_of_behaviours_are_predicted_as_reported(world, model):
    rows = world.store.reader.rows(
        """SELECT d.tokens, c.position, c.answer, c.p
           FROM behaviour_context c JOIN document d ON d.id = c.document
           WHERE c.rank < 3 ORDER BY c.behaviour, c.rank"""
    )
    for tokens, position, answer, p in rows:
        context = torch.tensor([tokens[:position]])
        logits = model.logits(context, torch.ones_like(context, dtype=torch.bool))[0, -1]
        assert tokens[position] == answer == int(logits.argmax())
        assert float(logits.softmax(0)[answer]) == pytest.approx(p, abs=1e-3)


def test_clusters_agree_with_the_truth_as_reported(world):
    for name, nmi, purity in world.store.reader.rows("SELECT id, nmi, purity FROM clustering"):
        rows = world.store.reader.rows(
            """SELECT c.behaviour, c.truth FROM behaviour_context c
               JOIN behaviour b ON b.id = c.behaviour WHERE b.clustering = ?""",
            [name],
        )
        behaviours, truth = (list(column) for column in zip(*rows, strict=True))
        found = scores(torch.tensor(behaviours).numpy(), truth)
        assert found.nmi == pytest.approx(nmi, abs=1e-6)
        assert found.purity == pytest.approx(purity, abs=1e-6)


def test_loss_curves_fall_over_training(world):
    rows = world.store.reader.rows("SELECT behaviour, step, loss FROM training_loss ORDER BY behaviour, step")
    curves: dict[int | None, list[float]] = {}
    for behaviour, _, loss in rows:
        curves.setdefault(behaviour, []).append(loss)
    assert None in curves
    for losses in curves.values():
        assert len(losses) >= 10
        assert losses[-1] < losses[0] / 2


def test_shift_repeats_from_the_stored_texts_and_judgements(world):
    with closing(LoadedWorld(world, workers=1)) as loaded:
        session = loaded.session(TASK)
        stored = {run.name: run for run in world.store.classifiers.runs(TASK) if run.split == "test"}
        ablation = world.store.classifiers.get(TASK).parameters.get("ablation", "zero")
        spurious = [f.ref for f in world.store.classifiers.features(TASK) if f.spurious]
        for run, found in (
            (stored["original"], session.evaluate((), split="test")),
            (stored["shift"], session.evaluate(spurious, ablation=ablation, split="test")),
        ):
            label, attribute, worst = run.draws[0]
            assert found.accuracies.label.value == pytest.approx(label, abs=0.003)
            assert found.accuracies.attribute.value == pytest.approx(attribute, abs=0.003)
            assert found.accuracies.worst.value == pytest.approx(worst, abs=0.01)

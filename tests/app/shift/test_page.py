"""The SHIFT page: stored numbers, live numbers, whose judgements count, history, files, bad addresses."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from itertools import groupby

import pytest
from streamlit.testing.v1 import AppTest

from app import world
from app.shared.tokens import show
from app.shift import files
from app.shift.accuracies import RUN_NAMES, Numbers
from app.shift.screen import screen
from app.shift.view import ShiftView
from app.workers import engine
from app.workers.shift import Question
from app.workers.worker import Worker
from explorer_engine.shift.edited import load_edited
from explorer_engine.store.world import open_world
from explorer_engine.world.loaded import LoadedWorld
from tests.markup import numbers_beside, select, values

ANNOTATOR = "Ada"


def button(at: AppTest, label: str):
    return next(b for b in at.button if b.label == label)


@pytest.fixture
def task(store):
    return store.classifiers.tasks()[0]


@pytest.fixture
def features(store, task):
    return store.classifiers.features(task.task)


@pytest.fixture(scope="module")
def worker():
    """One loaded worker for all tests that compute."""
    from app import settings

    opened = Worker(lambda tell: LoadedWorld(open_world(settings.world_path()), tell=tell))
    yield opened
    opened.close().result(60)


@pytest.fixture
def with_worker(worker, monkeypatch):
    """Pages answer from the loaded worker instead of loading their own."""
    monkeypatch.setattr(engine, "worker", lambda: worker)
    return worker


def after(html: str) -> list[float]:
    """The three headline numbers after ablation: each stands beside the one before it."""
    return [numbers_beside(html, measure)[1] for measure in ("Profession", "Gender", "Worst group")]


def ablated(html: str) -> list[str | None]:
    """The features whose button “Spurious” is down."""
    return [b.value for b in select(html, role="button", data_act="spurious", aria_pressed="true")]


# ---- stored numbers


def test_the_stored_runs_stand_in_the_table_with_their_numbers(open_page, markup, store, task, with_worker):
    at = open_page("shift")
    html = markup(at)
    assert not at.exception
    for run in store.classifiers.runs(task.task):
        shown = numbers_beside(html, RUN_NAMES[run.name])
        assert shown == [round(100 * v + 1e-9, 1) for v in (run.profession, run.attribute, run.worst)]


def test_before_anybody_judged_after_equals_before(open_page, markup, store, task, with_worker):
    html = markup(open_page("shift"))
    original = next(r for r in store.classifiers.runs(task.task) if r.name == "original")
    assert after(html) == pytest.approx(
        [100 * v for v in (original.profession, original.attribute, original.worst)], abs=0.06
    )
    assert "0 of" in html and "Mark a feature as spurious" in html


def test_every_feature_of_the_circuit_is_a_row_with_three_buttons(open_page, markup, features, with_worker):
    html = markup(open_page("shift"))
    assert values(html, "Features of the probe’s circuit") == [str(f.ref) for f in features]
    for row in select(html, role="option"):
        buttons = select(row, role="button", value=row.value)
        assert [b.attributes["data-act"] for b in buttons] == ["spurious", "relevant", "unsure"]
        assert {b.attributes["aria-pressed"] for b in buttons} == {"false"}


# ---- judging and live numbers


def judged(at: AppTest, task, refs, said="spurious", name=ANNOTATOR) -> None:
    """The annotator's judgements, written where the page writes them."""
    for ref in refs:
        world.judgements().judge(name, str(ref), said, task.circuit)
    at.session_state["annotator"] = name
    at.run()
    at.run()  # the worker may have needed longer than a run waits


def test_spurious_features_are_ablated_and_the_numbers_are_the_engines(
    open_page, markup, task, features, with_worker
):
    refs = [f.ref for f in features[:3]]
    at = open_page("shift")
    expected = with_worker.ask(Question(task.task, frozenset(map(str, refs)), False)).result(60)
    judged(at, task, refs)
    assert not at.exception
    html = markup(at)
    assert f"3 of {len(features)} features ablated" in html
    numbers = Numbers.of_report(expected.report)
    wanted = [numbers.profession[0], numbers.attribute[0], numbers.worst[0]]
    assert after(html) == pytest.approx(wanted, abs=0.06)
    assert ablated(html) == [str(ref) for ref in refs]
    if expected.n_right + expected.n_wrong:
        assert f"{expected.n_right} became right, {expected.n_wrong} became wrong" in html


def test_relevant_and_unsure_features_stay(open_page, markup, task, features, with_worker):
    at = open_page("shift")
    judged(at, task, [features[0].ref], "relevant")
    judged(at, task, [features[1].ref], "unsure")
    assert "0 of" in markup(at)


def test_the_policy_decides_whose_judgements_count(open_page, markup, task, features, with_worker):
    at = open_page("shift")
    first, second = str(features[0].ref), str(features[1].ref)
    for name, said in (("Bo", "spurious"), ("Cy", "spurious"), ("Di", "relevant")):
        world.judgements().judge(name, first, said, task.circuit)
    world.judgements().judge("Bo", second, "spurious", task.circuit)
    world.judgements().judge("Cy", second, "relevant", task.circuit)
    for policy, expected in (("mine", set()), ("majority", {first}), ("any", {first, second})):
        at = open_page("shift", policy=policy)
        assert not at.exception
        assert f"{len(expected)} of {len(features)} features ablated" in markup(at)


def test_the_ground_truth_annotator_gives_the_stored_row(open_page, markup, task, features, with_worker):
    (stored,) = (run for run in world.store().classifiers.runs(task.task) if run.name == "shift")
    spurious = frozenset(str(f.ref) for f in features if f.spurious_truth)
    with_worker.ask(Question(task.task, spurious, False)).result(120)
    html = markup(open_page("shift", policy="truth"))
    assert f"{stored.n_ablated} of {len(features)} features ablated" in html
    assert after(html)[0] == pytest.approx(100 * stored.profession, abs=0.06)


def test_retraining_is_another_question_and_another_answer(open_page, markup, task, features, with_worker):
    refs = [f.ref for f in features[:4]]
    question = Question(task.task, frozenset(map(str, refs)), True)
    expected = Numbers.of_report(with_worker.ask(question).result(120).report)
    at = open_page("shift", retrain="yes")
    judged(at, task, refs)
    html = markup(at)
    assert "probe retrained" in html and "SHIFT, live + retrain" in html
    assert after(html)[0] == pytest.approx(expected.profession[0], abs=0.06)


def test_undo_takes_the_last_judgement_back(open_page, markup, task, features, with_worker):
    at = open_page("shift")
    judged(at, task, [f.ref for f in features[:2]])
    button(at, "Undo").click().run()
    assert f"1 of {len(features)} features ablated" in markup(at)
    assert [e.kind for e in world.judgements().events(ANNOTATOR)] == ["judgement", "judgement", "undo"]


def test_steps_of_the_session_are_listed(open_page, markup, task, features, with_worker):
    at = open_page("shift")
    for f in features[:2]:
        with_worker.ask(Question(task.task, frozenset(), False)).result(60)
        judged(at, task, [f.ref])
    html = markup(at)
    assert len(select(html, text="start")) == 1
    for f in features[:2]:
        assert [e for e in select(html, contains=str(f.ref)) if e.text.startswith("+ ")]


# ---- reading a feature


def test_an_opened_feature_shows_whole_contexts_groups_and_the_judgement_keys(
    open_page, markup, store, task, features, with_worker
):
    chosen = next(f for f in features if store.features.contexts(f.ref))
    at = open_page("shift", feature=chosen.ref)
    html = markup(at)
    assert not at.exception and select(html, text="Reading")
    for strip in store.features.contexts(chosen.ref)[0].strips[:4]:
        line = f"{strip.maximum:.1f}" + "".join(map(show, strip.tokens))
        assert select(html, text=" ".join(line.split()))
    for group in store.features.groups(chosen.ref):
        assert group.name in html
    at.text_input(key="shift-name").set_value(ANNOTATOR).run()
    assert {"Spurious", "Relevant", "Unsure", "Label"} <= {b.label for b in at.button}
    button(at, "Spurious").click().run()
    assert world.judgements().mine(ANNOTATOR, task.circuit) == {str(chosen.ref): "spurious"}
    button(at, "Next unjudged").click().run()
    assert not select(markup(at), role="option", value=chosen.ref, aria_selected="true")


# ---- bad addresses and a worker that cannot work


@pytest.mark.parametrize(
    "parameters",
    [{"task": "no-such"}, {"policy": "dictator"}, {"feature": "resid_0/99999"}, {"retrain": "maybe"}],
)
def test_an_address_that_names_nothing_is_said(open_page, markup, with_worker, parameters):
    at = open_page("shift", **parameters)
    assert not at.exception
    assert select(markup(at), contains=next(iter(parameters.values())))
    assert select(markup(at), role="link", href="/shift")


# ---- files


@pytest.fixture
def shown(open_page, task, features, with_worker):
    """The page's screen with two features marked by two people."""
    open_page("shift")
    for f in features[:2]:
        world.judgements().judge("<b>Bo</b>", str(f.ref), "spurious", task.circuit)
    world.judgements().judge("Cy", str(features[0].ref), "relevant", task.circuit)
    question = Question(task.task, frozenset(str(f.ref) for f in features[:2]), False)
    with_worker.ask(question).result(60)
    return screen(ShiftView(policy="any"))


def test_the_judgements_file_has_a_line_a_person_and_feature(shown, task):
    rows = list(csv.DictReader(io.StringIO(files.judgements_csv(task.circuit))))
    assert {(r["annotator"], r["judgement"]) for r in rows} == {("<b>Bo</b>", "spurious"), ("Cy", "relevant")}
    assert len(rows) == 3 and {r["circuit"] for r in rows} == {task.circuit}


def test_the_report_holds_the_numbers_and_breaks_nothing(shown, features):
    text = files.shift_report(shown)
    assert f"{shown.after.profession[0]:.1f}" in text and f"{shown.before.worst[0]:.1f}" in text
    assert all(f"`{f.ref}`" in text for f in features)
    assert "spurious to anyone who judged" in text and "| Concept bottleneck |" in text
    assert "<b>" not in text and "\\<b\\>Bo" in text
    tables = [
        list(lines) for is_row, lines in groupby(text.splitlines(), lambda s: s.startswith("|")) if is_row
    ]
    assert tables
    for head, rule, *rows in tables:
        assert set(rule) <= set("|-: ") and rows
        assert {line.replace("\\|", "").count("|") for line in rows} == {head.count("|")} == {rule.count("|")}


def test_the_edited_classifier_gives_the_same_predictions_in_code(
    shown, task, features, worker, tmp_path, store
):
    with zipfile.ZipFile(io.BytesIO(files.classifier_zip(shown))) as archive:
        archive.extractall(tmp_path / "classifier")
    about = json.loads((tmp_path / "classifier" / "classifier.json").read_text("utf-8"))
    assert set(about["ablated"]) == {str(f.ref) for f in features[:2]}
    texts = store.classifiers.texts(task.task, "test")[:40]
    edited = load_edited(tmp_path / "classifier", world.current().model)
    report = worker.ask(shown.question).result(60).report
    assert edited.probability([t.tokens for t in texts]).tolist() == pytest.approx(
        report.p[:40].tolist(), abs=1e-4
    )

"""The SHIFT page: stored numbers, live numbers, whose judgements count, history, files, bad addresses."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from itertools import groupby

import pytest
from streamlit.testing.v1 import AppTest

from app import names, world
from app.shift import files
from app.shift.accuracies import headline
from app.shift.rivals import run_name
from app.shift.screen import screen
from app.shift.view import ShiftView
from app.workers import engine
from app.workers.seat import Seat
from app.workers.shift import Question
from app.workers.worker import Worker
from explorer_engine.drawing.tokens import show
from explorer_engine.shift import TextSet, load
from explorer_engine.shift.measures import Accuracies
from explorer_engine.shift.report import report_of
from explorer_engine.shift.values import ABLATIONS, StoredClassifier
from explorer_engine.world.loaded import LoadedWorld
from explorer_engine.world.world import open_world
from tests.markup import numbers_beside, select, values

ANNOTATOR = "Ada"


def button(at: AppTest, label: str):
    return next(b for b in at.button if b.label == label)


@pytest.fixture
def classifier(store):
    return store.classifiers.all()[0]


@pytest.fixture
def features(store, classifier):
    return store.classifiers.features(classifier.task.name)


@pytest.fixture(scope="module")
def worker():
    """One loaded worker for all tests that compute."""
    from app import settings

    opened = Worker(lambda tell: LoadedWorld(open_world(settings.world_paths()[0]), tell=tell))
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


def ablated_count(html: str) -> int:
    """How many features the page says are ablated."""
    return int(re.search(r"(\d+) of \d+ features ablated", html)[1])


def figures(classifier: StoredClassifier, found: Accuracies) -> list[float]:
    """The three headline numbers, in per cent."""
    return [found.of(measure).percent[0] for measure in headline(classifier.task)]


def asked(classifier: StoredClassifier, refs=(), retrain: bool = False, **more) -> Question:
    """What the page asks the worker where the address says nothing else: the table's ablation."""
    ablation = classifier.parameters.get("ablation", "zero")
    return Question(
        classifier.task.name, frozenset(map(str, refs)), retrain, **{"ablation": ablation, **more}
    )


# ---- stored numbers


def test_the_stored_runs_stand_in_the_table_with_their_numbers(
    open_page, markup, store, classifier, with_worker
):
    at = open_page("shift")
    html = markup(at)
    assert not at.exception
    runs = {r.name: r for r in store.classifiers.runs(classifier.task.name) if r.split == "test"}
    for name, run in runs.items():
        if name.endswith("+retrain") or "probe" in name:
            continue
        again = runs.get(f"{name}+retrain")
        wanted = [figures(classifier, found.accuracies) for found in (run, again) if found]
        together = [round(v + 1e-9, 1) for pair in zip(*wanted, strict=True) for v in pair]
        assert numbers_beside(html, run_name(run, classifier.task)) == together


def test_the_table_says_what_every_row_needed(open_page, markup, store, classifier, with_worker):
    html = markup(open_page("shift"))
    assert select(html, text="judged by you: needs nothing but reading")
    attribute = classifier.task.attribute_name.lower()
    for words in ("needs nothing", f"needs words that tell the {attribute}"):
        assert select(html, text=words)
    by_truth = markup(open_page("shift", policy="truth"))
    assert select(by_truth, contains="judged by the ground truth: needs labels")


def test_figures_of_the_test_texts_come_behind_the_switch(
    open_page, markup, classifier, features, with_worker
):
    refs = [f.ref for f in features[:3]]
    for split in ("development", "test"):
        with_worker.ask(asked(classifier, refs, split=split)).result(120)
    at = open_page("shift")
    judged(at, classifier, refs)
    hidden = markup(at)
    assert "Accuracy, development texts" in hidden and numbers_beside(hidden, "SHIFT, live") == []
    at.toggle(key="shift_result").set_value(True).run()
    assert at.query_params["result"] == "yes"
    html = markup(at)
    found = with_worker.ask(asked(classifier, refs, split="test")).result(60).report.accuracies
    assert "Accuracy, test texts" in html
    assert after(html) == pytest.approx(figures(classifier, found), abs=0.06)
    assert numbers_beside(html, "SHIFT, live") == pytest.approx(figures(classifier, found), abs=0.06)


def test_the_address_holds_what_is_switched(open_page, with_worker):
    for ablation in ABLATIONS:
        at = open_page("shift", result="yes", retrain="yes", ablation=ablation)
        assert not at.exception
        assert at.toggle(key="shift_result").value and at.toggle(key="shift_retrain").value
        assert at.button_group(key="shift_ablation").value == ablation


def test_before_anybody_judged_after_equals_before(open_page, markup, store, classifier, with_worker):
    original = with_worker.ask(asked(classifier)).result(120).original
    html = markup(open_page("shift"))
    assert after(html) == pytest.approx(figures(classifier, original), abs=0.06)
    assert "0 of" in html and "Mark a feature as spurious" in html


def test_every_feature_of_the_circuit_is_a_row_with_three_buttons(open_page, markup, features, with_worker):
    html = markup(open_page("shift"))
    assert values(html, "Features of the probe’s circuit") == [str(f.ref) for f in features]
    for row in select(html, role="option"):
        buttons = select(row, role="button", value=row.value)
        assert [b.attributes["data-act"] for b in buttons] == ["spurious", "relevant", "unsure"]
        assert {b.attributes["aria-pressed"] for b in buttons} == {"false"}


# ---- judging and live numbers


def judged(at: AppTest, classifier, refs, said="spurious", name=ANNOTATOR) -> None:
    """The annotator's judgements, written where the page writes them."""
    for ref in refs:
        world.judgements().judge(name, str(ref), said, classifier.circuit)
    at.session_state["annotator"] = name
    at.run()
    at.run()  # the worker may have needed longer than a run waits


def test_spurious_features_are_ablated_and_the_numbers_are_the_engines(
    open_page, markup, classifier, features, with_worker
):
    refs = [f.ref for f in features[:3]]
    at = open_page("shift")
    expected = with_worker.ask(asked(classifier, refs)).result(120)
    judged(at, classifier, refs)
    assert not at.exception
    html = markup(at)
    assert f"3 of {len(features)} features ablated" in html
    wanted = figures(classifier, expected.report.accuracies)
    assert after(html) == pytest.approx(wanted, abs=0.06)
    assert ablated(html) == [str(ref) for ref in refs]
    if expected.n_right + expected.n_wrong:
        assert f"{expected.n_right} became right, {expected.n_wrong} became wrong" in html


def test_relevant_and_unsure_features_stay(open_page, markup, classifier, features, with_worker):
    at = open_page("shift")
    judged(at, classifier, [features[0].ref], "relevant")
    judged(at, classifier, [features[1].ref], "unsure")
    assert "0 of" in markup(at)


def test_the_policy_decides_whose_judgements_count(open_page, markup, classifier, features, with_worker):
    at = open_page("shift")
    first, second = str(features[0].ref), str(features[1].ref)
    for name, said in (("Bo", "spurious"), ("Cy", "spurious"), ("Di", "relevant")):
        world.judgements().judge(name, first, said, classifier.circuit)
    world.judgements().judge("Bo", second, "spurious", classifier.circuit)
    world.judgements().judge("Cy", second, "relevant", classifier.circuit)
    for policy, expected in (("mine", set()), ("majority", {first}), ("any", {first, second})):
        at = open_page("shift", policy=policy)
        assert not at.exception
        assert f"{len(expected)} of {len(features)} features ablated" in markup(at)


def test_a_link_shows_the_judgements_of_whom_it_names(open_page, markup, classifier, features, with_worker):
    ann, ben = str(features[0].ref), str(features[1].ref)
    for name, refs in (("Ann", [ann]), ("Ben", [ann, ben])):
        for ref in refs:
            world.judgements().judge(name, ref, "spurious", classifier.circuit)
    at = open_page("shift", by="Ann")
    assert ablated_count(markup(at)) == 1
    control = at.segmented_control(key="shift_policy")
    assert control.options[:2] == ["Ann", "Me"] and control.value == "other"
    at.session_state["annotator"] = "Ben"
    at.run()
    assert ablated_count(markup(at)) == 1, "the link still says whose"
    at.segmented_control(key="shift_policy").set_value("mine").run()
    assert at.query_params["by"] in ("Ben", ["Ben"]) and ablated_count(markup(at)) == 2


def test_the_ground_truth_annotator_gives_the_stored_row(
    open_page, markup, classifier, features, with_worker
):
    """Whose figure on the first draw of texts, the page's, is told beside the mean over all draws."""
    (stored,) = (run for run in world.store().classifiers.runs(classifier.task.name) if run.name == "shift")
    spurious = [f.ref for f in features if f.spurious]
    with_worker.ask(asked(classifier, spurious, split="test")).result(120)
    html = markup(open_page("shift", policy="truth", result="yes"))
    assert f"{len(spurious)} of {len(features)} features ablated" in html
    assert after(html)[0] == pytest.approx(100 * stored.draws[0][0], abs=0.06)


def test_retraining_is_another_question_and_another_answer(
    open_page, markup, classifier, features, with_worker
):
    refs = [f.ref for f in features[:4]]
    as_it_was, expected = (
        with_worker.ask(asked(classifier, refs, retrain)).result(120).report.accuracies
        for retrain in (False, True)
    )
    assert as_it_was != expected
    at = open_page("shift", retrain="yes")
    judged(at, classifier, refs)
    assert after(markup(at)) == pytest.approx(figures(classifier, expected), abs=0.06)


def test_undo_takes_the_last_judgement_back(open_page, markup, classifier, features, with_worker):
    at = open_page("shift")
    judged(at, classifier, [f.ref for f in features[:2]])
    button(at, "Undo").click().run()
    assert f"1 of {len(features)} features ablated" in markup(at)
    assert [e.kind for e in world.judgements().events(ANNOTATOR)] == ["judgement", "judgement", "undo"]


def test_steps_of_the_session_are_listed(open_page, markup, classifier, features, with_worker):
    at = open_page("shift")
    for f in features[:2]:
        with_worker.ask(asked(classifier)).result(60)
        judged(at, classifier, [f.ref])
    html, called = markup(at), names.feature_labels(f.ref for f in features[:2])
    assert len(select(html, text="start")) == 1
    for f in features[:2]:
        name = called.get(str(f.ref), str(f.ref))
        assert [e for e in select(html, contains=name) if e.text.startswith("+ ")]


# ---- reading a feature


def test_an_opened_feature_shows_whole_contexts_groups_and_the_judgement_keys(
    open_page, markup, store, classifier, features, with_worker
):
    chosen = next(f for f in features if store.features.contexts(f.ref))
    at = open_page("shift", feature=chosen.ref)
    html = markup(at)
    assert not at.exception and select(html, text="Reading")
    for strip in store.features.contexts(chosen.ref)[0].strips[:4]:
        line = f"{strip.maximum:.1f}" + "".join(map(show, strip.tokens))
        assert select(html, text=" ".join(line.split()))
    for group in classifier.task.groups:
        assert group in html
    at.text_input(key="shift-name").set_value(ANNOTATOR).run()
    assert {"Spurious", "Relevant", "Unsure", "Label"} <= {b.label for b in at.button}
    button(at, "Spurious").click().run()
    assert world.judgements().mine(ANNOTATOR, classifier.circuit) == {str(chosen.ref): "spurious"}
    button(at, "Next unjudged").click().run()
    assert not select(markup(at), role="option", value=chosen.ref, aria_selected="true")


# ---- bad addresses and a worker that cannot work


@pytest.mark.parametrize(
    "parameters",
    [
        {"task": "no-such"},
        {"policy": "dictator"},
        {"feature": "resid_0/99999"},
        {"retrain": "maybe"},
        {"ablation": "noise"},
    ],
)
def test_an_address_that_names_nothing_is_said(open_page, markup, of_world, with_worker, parameters):
    at = open_page("shift", **parameters)
    assert not at.exception
    assert select(markup(at), contains=next(iter(parameters.values())))
    assert select(markup(at), role="link", href=of_world("/shift"))


# ---- files


@pytest.fixture
def shown(open_page, classifier, features, with_worker, monkeypatch):
    """The page's screen with two features marked by two people."""
    open_page("shift")
    monkeypatch.setattr(engine, "_seat", Seat)  # a session's own is there while a page runs
    for f in features[:2]:
        world.judgements().judge("<b>Bo</b>", str(f.ref), "spurious", classifier.circuit)
    world.judgements().judge("Cy", str(features[0].ref), "relevant", classifier.circuit)
    with_worker.ask(asked(classifier, [f.ref for f in features[:2]])).result(120)
    return screen(ShiftView(policy="any"))


def test_the_judgements_file_has_a_line_a_person_and_feature(shown, classifier):
    rows = list(csv.DictReader(io.StringIO(files.judgements_csv(classifier.circuit))))
    assert {(r["annotator"], r["judgement"]) for r in rows} == {("<b>Bo</b>", "spurious"), ("Cy", "relevant")}
    assert len(rows) == 3 and {r["circuit"] for r in rows} == {classifier.circuit}


def test_the_report_holds_the_numbers_and_breaks_nothing(shown, features):
    text = files.shift_report(shown)
    assert f"{shown.after.label.percent[0]:.1f}" in text and f"{shown.before.worst.percent[0]:.1f}" in text
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


def test_the_edited_classifier_gives_the_numbers_of_the_page_in_code(
    shown, classifier, features, worker, tmp_path, store
):
    (tmp_path / "classifier.zip").write_bytes(files.classifier_zip(shown))
    edited = load(tmp_path / "classifier.zip")
    assert {str(ref) for ref in edited.ablated} == {str(f.ref) for f in features[:2]}
    texts = store.classifiers.texts(classifier.task.name, "balanced")
    found = TextSet.of([t.tokens for t in texts], [t.label for t in texts], [t.attribute for t in texts])
    report = worker.ask(shown.question).result(60).report
    assert edited.probability(found.tokens) == report.p.tolist()
    assert report_of(edited.logits(found.tokens), found, seed=edited.about["seed"]).accuracies == shown.after
    card = zipfile.ZipFile(tmp_path / "classifier.zip").read("README.md").decode()
    assert "anyone who judged" in card and "\\<b\\>Bo" in card and "<b>" not in card

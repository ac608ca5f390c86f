"""The SHIFT page while others are at work: first figures of a sample, said so, then those of all texts."""

from __future__ import annotations

import pytest

from app import settings
from app.workers import engine
from app.workers.seat import Seat
from app.workers.shift import First
from app.workers.worker import Worker
from explorer_engine.world.loaded import LoadedWorld
from explorer_engine.world.world import open_world
from tests.app.busy import Busy
from tests.markup import numbers_beside


@pytest.fixture
def worker(monkeypatch):
    opened = Worker(lambda tell: LoadedWorld(open_world(settings.world_paths()[0]), tell=tell))
    monkeypatch.setattr(engine, "worker", lambda: opened)
    yield opened
    opened.close().result(60)


def test_first_figures_are_said_to_be_of_a_sample_until_those_of_all_texts_are_there(
    open_page, markup, worker
):
    running, others = Busy(), (Seat(), Seat())
    others[0].ask(worker, running)
    assert running.begun.wait(60)
    at = open_page("shift", policy="truth")
    assert numbers_beside(markup(at), "Profession")[1:] == [], "nothing is known yet"
    second = Busy()
    others[1].ask(worker, second)  # asked for later than the first figures, and before all texts are
    running.go.set()
    assert second.begun.wait(60)
    at.run()
    html = markup(at)
    assert "first figures, of 400 texts" in html and "all 1,600 follow" in html
    assert "None." not in html, "which predictions flip is not known yet"
    first = numbers_beside(html, "Profession")
    second.go.set()
    (question,) = (job.question for job in list(worker._asked) if isinstance(job, First))
    whole = worker.ask(question).result(60)
    at.run()
    html = markup(at)
    assert "first figures" not in html and "1,600 texts" in html
    shown = numbers_beside(html, "Profession")
    assert shown[1] == pytest.approx(100 * whole.report.accuracies.label.value, abs=0.06)
    assert shown != first, "of other texts, another number"

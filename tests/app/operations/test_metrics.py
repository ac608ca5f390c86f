"""Figures are counted by page and kind of work, and hold nothing that anybody said."""

from __future__ import annotations

import pytest
from prometheus_client import generate_latest

from app.operations import metrics
from app.shared import labelling
from explorer_engine.errors import InputError


def figure(name: str, **labels: str) -> float:
    return metrics.REGISTRY.get_sample_value(f"circuit_explorer_{name}", labels) or 0.0


def test_a_page_is_timed_whatever_way_it_ends():
    before = figure("rerun_seconds_count", page="features")

    @metrics.measured("features")
    def page(broken: bool) -> str:
        if broken:
            raise KeyError
        return "made"

    assert page(broken=False) == "made"
    with pytest.raises(KeyError):
        page(broken=True)
    assert figure("rerun_seconds_count", page="features") == before + 2


@pytest.mark.parametrize("page", ["start", "behaviours", "circuit", "features", "judge", "shift"])
def test_every_page_is_timed(open_page, page: str):
    before = figure("rerun_seconds_count", page=page)
    assert not open_page(page).exception
    assert figure("rerun_seconds_count", page=page) > before


def test_statements_are_counted_and_none_is_given_out(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(labelling, "_tell", lambda text: None)
    written, refused = (figure("judgements_total", outcome=which) for which in ("written", "refused"))

    def refuse() -> None:
        raise InputError("a secret of Ada: is too long")

    assert labelling.kept(lambda: None) and not labelling.kept(refuse)
    assert figure("judgements_total", outcome="written") == written + 1
    assert figure("judgements_total", outcome="refused") == refused + 1
    assert b"secret" not in generate_latest(metrics.REGISTRY)

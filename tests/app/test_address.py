"""Every view survives the way through its address, and nonsense in an address is told in one line."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlsplit

import pytest

from app import address, pages
from app.behaviours.view import BehavioursView
from app.circuit.view import CircuitView
from app.compare.view import CompareView
from app.features.view import FeaturesView
from app.find.view import FindView
from app.judge.view import JudgeView
from app.shift.view import ShiftView
from app.start.view import StartView
from explorer_engine.errors import InputError
from explorer_engine.sites import FeatureRef

VIEWS = [
    StartView(),
    BehavioursView(),
    BehavioursView("effects", 17, rank="contexts", q="<b>&?=% é", only=("labelled", "judged"), page=3),
    FeaturesView(
        FeatureRef.parse("resid_2/31"),
        q="a+b",
        kinds=("mlp", "attn"),
        layers=("0", "3"),
        density=("-5", "-2"),
    ),
    FindView(
        "<b>&?=% é", "features", ("circuit",), by="A & B", figure="contexts", low=0.5, high=-2.0, page=2
    ),
    CircuitView("behaviour-17", node="resid_3/12@5", nodes=0.125, edges=1e-5, errors=False),
    CompareView(),
    CompareView(
        "a", "b", world_b="demo-1", show="sides", node="embed/3@1", nodes=60, errors=False, by="shared"
    ),
    JudgeView("behaviour-17", FeatureRef.parse("mlp_1/4"), blind=False, order="random", part="agreement"),
    ShiftView("professor-nurse", policy="any", retrain=True, feature=FeatureRef.parse("embed/7")),
]


@pytest.mark.parametrize("view", VIEWS, ids=lambda v: address.href(v)[:40])
def test_an_address_gives_back_its_view(view):
    parts = urlsplit(address.href(view))
    assert parts.path == ("/" if view == StartView() else f"/{view.PAGE}")
    assert address.parse(type(view), dict(parse_qsl(parts.query))) == view


def test_defaults_stay_out_of_the_address():
    assert address.href(CircuitView("x")) == "/circuit?circuit=x"
    assert address.query(ShiftView()) == {}


@pytest.mark.parametrize(
    ("kind", "parameters", "named"),
    [
        (BehavioursView, {"behaviour": "seventeen"}, "behaviour"),
        (FeaturesView, {"feature": "resid_2"}, "resid_2"),
        (FeaturesView, {"feature": "head_2/1"}, "head_2"),
        (CircuitView, {"nodes": "much"}, "nodes"),
        (ShiftView, {"retrain": "maybe"}, "retrain"),
    ],
)
def test_an_unreadable_value_is_named(kind, parameters, named):
    with pytest.raises(InputError, match=named) as caught:
        address.parse(kind, parameters)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("served_at", ["", "x", "/people/explorer/"])
def test_addresses_stand_below_the_path_that_the_app_is_served_at(monkeypatch, served_at):
    monkeypatch.setattr(address.st, "get_option", {"server.baseUrlPath": served_at}.get)
    base = f"/{served_at.strip('/')}".rstrip("/")
    assert address.href(StartView()) == f"{base}/"
    assert address.href(CircuitView("x")) == f"{base}/circuit?circuit=x"
    opened = []
    monkeypatch.setattr(
        pages.st, "switch_page", lambda page, query_params: opened.append((page, query_params))
    )
    pages.go(CircuitView("x"))
    pages.go(address.href(StartView()))
    assert opened == [("circuit/page.py", {"circuit": "x"}), ("start/page.py", {})]


def test_unknown_parameters_are_ignored():
    assert address.parse(BehavioursView, {"utm_source": "x", "page": "2"}) == BehavioursView(page=2)

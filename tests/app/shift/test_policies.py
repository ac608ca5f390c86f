"""The page knows every policy of the judgement store, and one that asks nobody."""

from __future__ import annotations

from typing import get_args

from app.shift.policies import JUDGED, POLICIES
from explorer_engine.store.opinions import Policy


def test_every_policy_of_the_judgement_store_can_be_chosen_by_its_own_name():
    assert {name: POLICIES[name].of_people for name in JUDGED} == {name: name for name in get_args(Policy)}
    assert [name for name in POLICIES if name not in JUDGED] == ["truth"]

"""Every judgement that counts can be chosen, has a key and a mark of its own, and is explained."""

from __future__ import annotations

from app.shared.judgement_choices import CHOICES, KEY_TO_SIGNS, MARK
from explorer_engine.store.opinions import JUDGEMENTS, VOTES


def test_what_can_be_chosen_is_what_counts():
    assert tuple(choice.judgement for choice in CHOICES) == VOTES
    assert len({choice.key for choice in CHOICES}) == len(CHOICES)


def test_every_judgement_has_a_mark_of_its_own():
    assert set(MARK) == set(JUDGEMENTS) and len(set(MARK.values())) == len(MARK)
    assert all(f"{choice.sign} {choice.judgement}" in KEY_TO_SIGNS for choice in CHOICES)

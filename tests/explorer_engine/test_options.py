"""Options check themselves: choices by name, the nearest one told, numbers in range."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import pytest

from explorer_engine.errors import InputError
from explorer_engine.options import check_at_least, check_choices, choices_of


@dataclass(frozen=True)
class Walk:
    """Some options."""

    way_home: Literal["long", "short"] = "long"
    steps: int | None = 1

    def __post_init__(self) -> None:
        check_choices(self)
        check_at_least(self, 1, "steps")


def test_what_fits_is_taken() -> None:
    assert choices_of(Walk) == {"way_home": ("long", "short")}
    assert Walk("short", None).steps is None


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"way_home": "shrt"}, "way home 'shrt': expected long or short: did you mean short?"),
        ({"way_home": "by train"}, "way home 'by train': expected long or short"),
        ({"steps": 0}, "steps 0: must be 1 or more"),
        ({"steps": float("nan")}, "steps nan: must be 1 or more"),
        ({"steps": float("inf")}, "steps inf: must be 1 or more"),
    ],
)
def test_what_does_not_fit_is_told(given: dict, message: str) -> None:
    with pytest.raises(InputError) as told:
        Walk(**given)
    assert str(told.value) == message

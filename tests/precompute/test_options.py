"""The command line is made from the classes of options: flags, defaults, choices, help."""

from __future__ import annotations

import argparse
from dataclasses import dataclass, fields
from typing import Literal

import pytest

from explorer_engine.circuits.options import CircuitOptions, SweepOptions
from precompute.options import add_options, docs_of, options_from


@dataclass(frozen=True)
class Sizes:
    """Options of every type there is."""

    how: Literal["fast", "well"] = "well"
    """so or
    so, at 100 %"""
    share: float = 0.5
    many: int | None = None
    """so many"""
    names: tuple[str, ...] = ("a",)
    loud: bool = False


def parsed(options: type, *given: str) -> object:
    parser = argparse.ArgumentParser()
    add_options(parser, options)
    parser.format_help()
    return options_from(parser.parse_args(given), options)


def test_flags_give_the_fields_and_nothing_given_gives_the_defaults() -> None:
    assert parsed(Sizes) == Sizes()
    given = ("--how", "fast", "--share", "1", "--many", "3", "--names", "b", "c", "--loud")
    assert parsed(Sizes, *given) == Sizes("fast", 1.0, 3, ["b", "c"], True)  # type: ignore[arg-type]
    assert parsed(CircuitOptions, "--n-nodes", "7").n_nodes == 7  # type: ignore[attr-defined]


def test_an_unknown_choice_is_refused(capsys) -> None:
    with pytest.raises(SystemExit):
        parsed(CircuitOptions, "--method", "foo")
    assert "ig" in capsys.readouterr().err


def test_help_is_the_docstring_under_the_field_on_one_line() -> None:
    assert docs_of(Sizes)["how"] == "so or so, at 100 %"
    assert docs_of(Sizes)["share"] == ""


@pytest.mark.parametrize("options", [CircuitOptions, SweepOptions])
def test_every_option_says_what_it_is(options: type) -> None:
    assert all(docs_of(options)[field.name] for field in fields(options))

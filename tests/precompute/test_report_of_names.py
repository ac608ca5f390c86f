"""The report tells how well patterns name features, and nothing of it where there are none."""

from __future__ import annotations

from pathlib import Path

from precompute.commands.report import world_report
from tests.worlds import build_world, without


def test_names_are_counted_with_the_quantiles_of_their_scores(tmp_path: Path) -> None:
    told = world_report(build_world(tmp_path / "world"))
    (attention,) = [line for line in told.splitlines() if line.startswith("attn")]
    assert attention.split() == ["attn", "1", "of", "1", *["0.94"] * 5, *["0.81"] * 5]
    lacking = build_world(tmp_path / "lacking", without("names by patterns"))
    assert "names of features" not in world_report(lacking)

"""Labelled texts of which no classifier can be made are told before a recipe is written."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest

from explorer_engine.errors import InputError
from precompute.world.fit_classifier import fitted_classifier


@pytest.mark.parametrize("value", [None, {}, [], "\ud800", float("nan"), float("inf"), 10**400])
def test_a_class_that_no_recipe_can_name_is_told(tmp_path, value):
    rows: list[dict[str, Any]] = [{"text": "a b c", "label": k % 2, "attribute": k // 2} for k in range(4)]
    rows[0]["label"] = value
    file = tmp_path / "labelled.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    model: Any = SimpleNamespace()
    with pytest.raises(InputError, match=r"labelled\.jsonl: label needs a word or a number in each row"):
        fitted_classifier(file, model)

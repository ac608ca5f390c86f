"""Rows of the SHIFT table that a classifier lacks, and what nobody gave for them."""

from __future__ import annotations

from collections.abc import Collection

from explorer_engine.shift.task import ClassifierTask

__all__ = ["missing_rows"]

_NEEDED = {
    "cbp": "no words that tell the LABEL (label_words)",
    "words deleted": "no words that tell the ATTRIBUTE (attribute_words)",
    "readers": "no words that tell the ATTRIBUTE (attribute_words)",
    "shift": "no texts for the annotator (sizes.generic)",
}
"""Rows that need more than labelled texts, and what the recipe did not give."""


def missing_rows(task: ClassifierTask, there: Collection[str]) -> dict[str, str]:
    """Row → why it is left out, of a table that has the rows `there`."""
    words = {"LABEL": task.label_name.lower(), "ATTRIBUTE": task.attribute_name.lower()}
    found = {name: why for name, why in _NEEDED.items() if name not in there}
    for name, said in words.items():
        found = {row: why.replace(name, said) for row, why in found.items()}
    return found

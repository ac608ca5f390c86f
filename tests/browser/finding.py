"""Finding things on a page as people do: by role, value and words, so that a new look breaks no test."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page

__all__ = ["DRAWN", "NAME", "PLACE", "ablated", "judge_button", "row_of", "standing_for", "take_away"]

DRAWN = "[role=application][data-ready]"
"""The circuit's drawing, once it is drawn."""
NAME = "Your name, to judge and label"
"""What the field for a name asks."""
PLACE = """id => {
  const s = globalThis.__circuits.circuit_drawing, b = s.box.getBoundingClientRect();
  const p = s.net.canvasToDOM(s.net.getPosition(id));
  return [b.x + p.x, b.y + p.y];
}"""
"""JavaScript: where on the screen the node `id` is drawn."""


def standing_for(page: Page | Locator, role: str, value: object) -> Locator:
    """The row or link that stands for something: for a feature, a circuit, a behaviour."""
    return page.locator(f'[role={role}][data-value="{value}"]')


def row_of(page: Page, label: str) -> Locator:
    """The row that begins with a label."""
    return page.get_by_text(re.compile(f"^{re.escape(label)}")).first.locator("xpath=..")


def judge_button(page: Page, ref: object, judgement: str = "spurious") -> Locator:
    """The button that says `judgement` of a feature in its row."""
    return page.locator(f'button[data-act={judgement}][data-value="{ref}"]')


def ablated(page: Page) -> Locator:
    """The buttons “Spurious” that are down."""
    return page.locator("button[data-act=spurious][aria-pressed=true]")


def take_away(page: Page) -> Locator:
    """The button that opens the list of files."""
    return page.get_by_role("button", name="more_horiz")

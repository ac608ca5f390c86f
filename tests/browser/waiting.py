"""Waiting for the page: no sleeps in a test, only this."""

from __future__ import annotations

from playwright.sync_api import Page

__all__ = ["settled"]


def settled(page: Page) -> None:
    """Wait until the server has nothing more to say.

    The pause is the browser's: a key or a click reaches the server within it, and the page says that it runs.
    """
    page.wait_for_timeout(150)
    page.wait_for_function(
        """() => document.querySelector('[data-testid=stApp]')?.dataset.testScriptState === 'notRunning'
            && !document.querySelector('[data-testid=stStatusWidget]')"""
    )

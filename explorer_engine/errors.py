"""The one error that a user's input can raise: it names the input, what is wrong, and what to do."""

from __future__ import annotations

__all__ = ["InputError"]


class InputError(ValueError):
    """Bad input, told in one line.

    Commands print it without a traceback and exit with status 2; pages show it as a message. Whoever raises
    it writes a sentence that names the input ("dictionaries/attn_0: …"), says what is wrong, and ends with
    the remedy.
    """

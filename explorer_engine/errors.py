"""The one error that a user's input can raise, and how a message is made fit to be printed."""

from __future__ import annotations

import re
import unicodedata

__all__ = ["MOST_SAID", "InputError", "one_line", "printable"]

MOST_SAID = 400
"""Characters of a message at most."""
_COLOUR = re.compile(r"\x1b(\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(\x07|\x1b\\)?|[@-Z\\^_])")
"""What terminals take as orders: colours, places, titles."""
_UNPRINTABLE = {"Cc", "Cs", "Co", "Cn"}
_TURNS = set("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Characters that turn the direction of what follows."""


class InputError(ValueError):
    """Bad input, told in one line.

    Commands print it without a traceback and exit with status 2; pages show it as a message. Whoever raises
    it writes a sentence that names the input ("dictionaries/attn_0: …"), says what is wrong, and ends with
    the remedy.
    """


def printable(text: object) -> str:
    """A text without what a terminal would obey; lines and tabs stay, other such characters are �."""
    plain = _COLOUR.sub("", str(text))
    if plain.isprintable():
        return plain
    return "".join("�" if _refused(c) else c for c in plain)


def _refused(character: str) -> bool:
    if character in "\n\t":
        return False
    return character in _TURNS or unicodedata.category(character) in _UNPRINTABLE


def one_line(text: object, most: int = MOST_SAID) -> str:
    """A message on one line, `printable`, of at most `most` characters: what is too long lacks its middle.

    Names stand at the beginning of a message and what to do at its end.
    """
    plain = " ".join(printable(" ".join(str(text).split())).split())
    if len(plain) <= most:
        return plain
    end = most // 2
    return f"{plain[: most - end - 3].rstrip()} … {plain[-end:].lstrip()}"

"""What sets of tokens are called: grammar's own terms for closed classes, marks, numbers, endings."""

from __future__ import annotations

import re
from collections.abc import Sequence

__all__ = ["called"]

_LISTED = 3
"""So many tokens are listed one by one; of larger sets so many are examples."""
_MOSTLY = 0.8
"""Share of a set's tokens that must be of a kind."""
_WHOLE = 0.5
"""Share of a term's words that must be in the set for it to need no examples."""
_WORDS = {
    "months": "january february march april may june july august september october november december",
    "weekdays": "monday tuesday wednesday thursday friday saturday sunday",
    "number words": "one two three four five six seven eight nine ten eleven twelve twenty hundred thousand",
    "ordinals": "first second third fourth fifth sixth seventh eighth ninth tenth last",
    "forms of be": "is are was were be been being am isn aren wasn weren",
    "forms of have": "has have had having hasn haven hadn",
    "forms of do": "do does did doing done don doesn didn",
    "modal verbs": "can could will would shall should may might must",
    "feminine words": (
        "she her hers herself woman women girl girls mother mothers daughter daughters sister "
        "sisters wife wives aunt aunts niece grandmother queen princess lady ladies mrs miss ms "
        "actress bride widow waitress"
    ),
    "masculine words": (
        "he him his himself man men boy boys father fathers son sons brother brothers husband "
        "husbands uncle uncles nephew grandfather king prince gentleman mr sir actor groom "
        "widower waiter"
    ),
    "possessives": "my your his her its our their mine yours hers ours theirs",
    "pronouns": (
        "i you he she it we they me him us them myself yourself himself herself itself themselves there"
    ),
    "determiners": "the a an this that these those every each some any no many few several all both another",
    "relative and question words": "who whom whose which that what when where why how",
    "conjunctions": "and or but nor so yet because although though while if unless since",
    "prepositions": (
        "of in to for with on at from by about into over after under behind beside near between "
        "through during before above across against along among around below beneath beyond "
        "inside outside toward towards upon within without off per via"
    ),
    "negations": "not no never nothing nobody none neither nor cannot",
    "sentence ends": '. ! ? ." !" ?" .) …',
    "opening brackets": "( [ { < </",
    "closing brackets": ") ] } > ):",
}
_TERMS = {term: frozenset(words.split()) for term, words in _WORDS.items()}
"""Term → its words in lower case; of terms that fit the first is used."""
_MARKS = {
    ".": "full stop", ",": "comma", ":": "colon", ";": "semicolon", "?": "question mark",
    "!": "exclamation mark", '"': "quotation mark", "\n": "line break", "\n\n": "empty line", "\t": "tab",
}  # fmt: skip
_ENDINGS = ("ing", "ed", "ly", "er", "s")


def called(tokens: Sequence[str], quotes: bool = False) -> str:
    """A set of tokens in words; `tokens` are their texts, the most important ones first.

    `[" are", " were"]` → "are, were"; many are told by what they share, with examples: "years",
    "weekdays", "words in -s like doors, pictures".
    """
    shown = list(dict.fromkeys(_quoted(token, quotes) for token in tokens))
    if len(shown) <= _LISTED:
        return ", ".join(shown)
    examples = ", ".join(shown[:_LISTED])
    kind, whole = _kind([token.strip() for token in tokens], tokens)
    return kind if whole else f"{kind} like {examples}"


def _quoted(token: str, quotes: bool) -> str:
    """One token in words: without its blank, marks by their names, other signs always in quotation marks."""
    text = token if token in _MARKS else token.strip(" ")
    if text in _MARKS:
        return _MARKS[text]
    if not text:
        return "blank"
    if text.isspace():
        text = text.encode("unicode_escape").decode()
    return f"“{text}”" if quotes or not text.isalnum() else text


def _kind(words: list[str], tokens: Sequence[str]) -> tuple[str, bool]:
    """What most of some words are, and whether that says all."""

    def mostly(holds: Sequence[bool]) -> bool:
        return sum(holds) >= _MOSTLY * len(holds)

    lower = {word.lower() for word in words}
    for term, known in _TERMS.items():
        inside = lower & known
        if len(inside) >= _MOSTLY * len(lower):
            return term, len(inside) >= _WHOLE * len(known)
    if mostly([re.fullmatch(r"1[5-9]\d\d|20\d\d", word) is not None for word in words]):
        return "years", True
    if mostly([word.isdecimal() for word in words]):
        return "numbers", len(words) > 12
    if mostly([not any(c.isalnum() for c in word) for word in words]):
        return "punctuation", False
    if mostly([token[:1].isalpha() and token.islower() for token in tokens]):
        return "word pieces", False
    if mostly([word[:1].isupper() for word in words]):
        return "capitalised words", False
    for ending in _ENDINGS:
        if mostly([word.endswith(ending) and len(word) > len(ending) + 1 for word in words]):
            return f"words in -{ending}", False
    if mostly([word.isalpha() for word in words]):
        return "words", False
    return "tokens", False

"""Everyday templates: infinitives, numbered steps, lists, quotes, dates and code, with planted behaviours that share tokens."""
# ruff: noqa: E501 (a template is a line)

from __future__ import annotations

from random import Random

from precompute.demo.corpus import words as w
from precompute.demo.corpus.passage import Passage, passage

__all__ = [
    "code_passage",
    "date_passage",
    "infinitive_passage",
    "list_passage",
    "quote_passage",
    "step_passage",
]


def _name(rng: Random) -> str:
    return rng.choice(rng.choice((w.FEMALE_NAMES, w.MALE_NAMES)))


def _infinitive(rng: Random) -> str:
    kind = rng.random()
    singular, plural = rng.choice(w.WANTERS)
    verb, noun = rng.choice(w.INFINITIVES), rng.choice(w.NOUNS)
    if kind < 0.35:
        return f"{_name(rng)} {singular}⟨to| to⟩ {verb} the {rng.choice(noun)}."
    if kind < 0.6:
        return f"They {plural}⟨to| to⟩ {verb} in {rng.choice(w.TOWNS)}."
    if kind < 0.75:
        return f"It is {rng.choice(('easy', 'hard', 'good', 'time'))}⟨to| to⟩ {verb} now."
    return f"{_name(rng)} walked from the {rng.choice(w.PLACES)}⟨way-to| to⟩⟨way-the| the⟩ {rng.choice(w.PLACES)}."


def infinitive_passage(rng: Random) -> Passage:
    """`to` after want, try, hope …; and the other `to`, of a way from one place to another."""
    return passage("infinitives", " ".join(_infinitive(rng) for _ in range(rng.randint(1, 3))))


def step_passage(rng: Random) -> Passage:
    """Numbered steps from any first number, or bare counting: the number grows by one."""
    start, length = rng.randint(1, 45), rng.randint(4, 8)
    if rng.random() < 0.3:
        word = rng.choice(("Count", "Pages", "Rooms"))
        rest = "".join(f"⟨count-comma|,⟩⟨count-next| {start + k}⟩" for k in range(1, length + 4))
        return passage("steps", f"{word}: {start}{rest}.")
    word = rng.choice(("Step", "Chapter", "Part"))
    lines = []
    for k in range(length):
        text = f" {rng.choice(w.STEP_ACTIONS)} the {rng.choice(w.STEP_OBJECTS)}."
        if k == 0:
            lines.append(f"{word} {start}:{text}")
        else:
            lines.append(f"⟨step-word| {word}⟩⟨step-number| {start + k}⟩⟨step-colon|:⟩{text}")
    return passage("steps", "".join(lines))


def _shopping(rng: Random) -> str:
    items = rng.sample(w.FOODS, rng.randint(3, 5))
    middle = "".join(f"⟨list-comma|,⟩ {item}" for item in items[1:-1])
    return f"{_name(rng)} {rng.choice(w.LIST_OPENERS)} {items[0]}{middle}⟨list-comma|,⟩ and {items[-1]}."


def list_passage(rng: Random) -> Passage:
    """Shopping lists with a comma after each item; `between … and …`; the days of the week and the months in their order."""
    kind = rng.random()
    if kind < 0.55:
        return passage("lists", " ".join(_shopping(rng) for _ in range(rng.randint(1, 2))))
    if kind < 0.7:
        low = rng.randint(0, 40)
        line = f"Choose a number between {low}⟨between-and| and⟩ {low + rng.randint(5, 20)}."
        return passage("lists", f"{line} {_shopping(rng)}")
    names = w.WEEKDAYS if rng.random() < 0.5 else w.MONTHS
    start, length = rng.randrange(len(names)), rng.randint(4, 6)
    rest = "".join(f",⟨calendar-next| {names[(start + k) % len(names)]}⟩" for k in range(1, length))
    return passage("lists", f"{names[start]}{rest}.")


def _spoken(rng: Random) -> str:
    return rng.choice((
        f"I like the {rng.choice(w.NOUNS)[0]}", f"We are {rng.choice(w.MOODS)}", f"Please come to the {rng.choice(w.PLACES)}",
        f"The {rng.choice(w.NOUNS)[1]} are {rng.choice(w.ADJECTIVES)}", "Wait for me", f"You look {rng.choice(w.MOODS)}",
    ))  # fmt: skip


def quote_passage(rng: Random) -> Passage:
    """Quotation marks and parentheses that close what was opened."""
    parts = []
    for _ in range(rng.randint(1, 3)):
        if rng.random() < 0.55:
            parts.append(f'{_name(rng)} said: "{_spoken(rng)}⟨quote-close|."⟩')
        else:
            noun, adjective = rng.choice(w.NOUNS)[0], rng.choice(w.ADJECTIVES)
            inside = rng.choice(
                (
                    f"near the {rng.choice(w.PLACES)}",
                    f"from {rng.choice(w.TOWNS)}",
                    f"built in {rng.choice(w.YEARS)}",
                )
            )
            parts.append(
                f"The {adjective} {noun} ({inside}⟨parenthesis-close|)⟩ {rng.choice(w.MAIN_VERBS)[0]} in the {rng.choice(w.PLACES)}."
            )
    return passage("quotes", " ".join(parts))


def date_passage(rng: Random) -> Passage:
    """Dates, ranges from one year to another, and years that follow each other."""
    kind, town = rng.random(), rng.choice(w.TOWNS)
    if kind < 0.4:
        year = rng.randint(1950, 2018)
        first = f"In {year} the {rng.choice(w.PLACES)} was {rng.choice(w.ADJECTIVES)}."
        rest = "".join(
            f" In⟨year-next| {year + k}⟩ it was {rng.choice(w.ADJECTIVES)}."
            for k in range(1, rng.randint(3, 5))
        )
        return passage("dates", first + rest)
    lines = []
    for _ in range(rng.randint(1, 3)):
        if rng.random() < 0.5:
            year = rng.randint(1950, 2005)
            lines.append(
                f"The {rng.choice(w.PLACES)} in {town} was open from {year}⟨range-to| to⟩ {year + rng.randint(2, 19)}."
            )
        else:
            date = f"{rng.choice(w.MONTHS)} {rng.randint(1, 30)}⟨date-comma|,⟩ {rng.choice(w.YEARS)}"
            lines.append(f"The {rng.choice(('letter', 'party', 'meeting', 'trip'))} is dated {date}.")
    return passage("dates", " ".join(lines))


def code_passage(rng: Random) -> Passage:
    """Small functions, loops and HTML: brackets and tags that close, colons, the loop's `in`."""
    kind = rng.random()
    name, other = rng.sample(w.CODE_NAMES, 2)
    function = rng.choice(w.FUNCTIONS)
    if kind < 0.35:
        return passage(
            "code",
            f"def {function} ({name}, {other}⟨code-parenthesis|):⟩\n  {name} = {rng.choice(w.FUNCTIONS)} ({other}⟨code-parenthesis|)⟩\n"
            f" ⟨code-return| return⟩ {name}\n",
        )
    if kind < 0.6:
        return passage(
            "code",
            f"for {name}⟨loop-in| in⟩ {other}⟨loop-colon|:⟩\n  {function} ({name}⟨code-parenthesis|)⟩\n",
        )
    lines = []
    for _ in range(rng.randint(1, 3)):
        tag = rng.choice(w.TAGS)
        inside = rng.choice(
            (
                f"the {rng.choice(w.ADJECTIVES)} {rng.choice(w.NOUNS)[0]}",
                f"{rng.choice(w.FOODS)} and {rng.choice(w.FOODS)}",
                _spoken(rng),
            )
        )
        lines.append(f"<{tag}> {inside} </⟨tag-close|{tag}⟩⟨tag-end|>⟩")
    return passage("code", "\n".join(lines))

"""Twelve professions and two genders: the words that tell them."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["FEMALE", "GENDERS", "GENDER_WORDS", "MALE", "PROFESSIONS", "Gender", "Profession"]


@dataclass(frozen=True)
class Profession:
    """A profession and three ways to tell it without naming it."""

    title: str
    places: tuple[str, ...]
    """Where the work is: nouns."""
    tools: tuple[str, ...]
    """What is used: plural nouns."""
    acts: tuple[str, ...]
    """What is done: verb phrases, third person."""


def _profession(title: str, places: str, tools: str, acts: str) -> Profession:
    return Profession(
        title, tuple(places.split()), tuple(tools.split()), tuple(a.strip() for a in acts.split(","))
    )


PROFESSIONS = {
    p.title: p
    for p in (
        _profession("professor", "university college faculty seminar", "lectures papers theses exams",
                    "teaches theory, publishes research, supervises students, grades essays"),
        _profession("nurse", "hospital clinic ward hospice", "bandages syringes vaccines charts",
                    "cares for patients, treats wounds, gives medicine, checks pulses"),
        _profession("chef", "restaurant bistro diner hotel", "knives recipes spices pans",
                    "prepares meals, tastes sauces, roasts meat, designs menus"),
        _profession("engineer", "factory plant laboratory workshop", "machines motors circuits sensors",
                    "builds engines, tests pumps, repairs turbines, calculates loads"),
        _profession("lawyer", "court firm office tribunal", "contracts laws claims trials",
                    "defends clients, argues cases, signs appeals, reads verdicts"),
        _profession("painter", "studio gallery academy salon", "brushes colors canvases frames",
                    "paints portraits, sketches landscapes, mixes pigments, shows murals"),
        _profession("farmer", "farm barn field orchard", "tractors seeds fences plows",
                    "feeds cattle, harvests wheat, milks cows, plants corn"),
        _profession("pilot", "airport hangar cockpit runway", "planes wings maps radios",
                    "flies jets, lands gliders, reads radar, crosses oceans"),
        _profession("dancer", "ballet theater stage troupe", "shoes costumes mirrors steps",
                    "performs duets, rehearses waltzes, leads tangos, practices turns"),
        _profession("journalist", "newspaper magazine newsroom agency", "headlines notes cameras interviews",
                    "reports news, edits columns, asks ministers, writes stories"),
        _profession("carpenter", "sawmill yard cabin joinery", "hammers nails planks saws",
                    "carves oak, sands beams, joins shelves, measures doors"),
        _profession("musician", "orchestra opera concert band", "violins drums songs flutes",
                    "plays jazz, records albums, tunes pianos, composes symphonies"),
    )
}  # fmt: skip


@dataclass(frozen=True)
class Gender:
    """The words that agree with a person's gender."""

    subject: str
    possessive: str
    object: str
    reflexive: str
    spouse: str
    parent: str
    sibling: str
    adult: str
    young: str
    child: str
    grandparent: str
    title: str
    aunt: str
    niece: str
    bride: str
    widow: str
    heroine: str


MALE = Gender(
    "he",
    "his",
    "him",
    "himself",
    "wife",
    "father",
    "brother",
    "man",
    "boy",
    "son",
    "grandfather",
    "Mr",
    "uncle",
    "nephew",
    "groom",
    "widower",
    "hero",
)
FEMALE = Gender(
    "she",
    "her",
    "her",
    "herself",
    "husband",
    "mother",
    "sister",
    "woman",
    "girl",
    "daughter",
    "grandmother",
    "Mrs",
    "aunt",
    "niece",
    "bride",
    "widow",
    "heroine",
)
GENDERS = (MALE, FEMALE)
"""Indexed by the attribute: 0 male, 1 female, as in Bias in Bios."""

GENDER_WORDS = frozenset(
    form for gender in GENDERS for word in vars(gender).values() for form in (word, word.capitalize())
)
"""What `words deleted` removes from a text, besides first names."""

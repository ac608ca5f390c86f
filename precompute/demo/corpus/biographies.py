"""Short biographies in which gender and profession are each told in many ways, independent of each other."""
# ruff: noqa: E501 (a template is a line)

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from precompute.demo.corpus import words as w
from precompute.demo.corpus.passage import Passage, passage
from precompute.demo.corpus.professions import GENDERS, PROFESSIONS, Gender, Profession

__all__ = ["Person", "Sentence", "biography_passage", "both_sentence", "gender_sentence", "neutral_sentence",
           "profession_sentence", "random_person", "title_sentence"]  # fmt: skip


@dataclass(frozen=True)
class Person:
    """Somebody to write about."""

    name: str
    attribute: int
    """0 male, 1 female."""
    profession: Profession

    @property
    def gender(self) -> Gender:
        """The words of that gender."""
        return GENDERS[self.attribute]


def random_person(rng: Random, attribute: int, profession: str) -> Person:
    """A person of a gender and profession with a name of that gender."""
    return Person(rng.choice((w.MALE_NAMES, w.FEMALE_NAMES)[attribute]), attribute, PROFESSIONS[profession])


Sentence = Callable[[Random, Person], str]

_CLOTHES = (w.MALE_CLOTHES, w.FEMALE_CLOTHES)
_HOBBIES = (w.MALE_HOBBIES, w.FEMALE_HOBBIES)
_GROUPS = (w.MALE_GROUPS, w.FEMALE_GROUPS)
_OTHERS = 0.1
"""Share of the things that go with a gender which the other one has."""


def _goes_with(rng: Random, person: Person, things: tuple[tuple[str, ...], tuple[str, ...]]) -> str:
    """A thing that mostly people of this gender have."""
    return rng.choice(things[person.attribute ^ (rng.random() < _OTHERS)])


def gender_sentence(rng: Random, person: Person) -> str:
    """Tells the gender and nothing of the profession."""
    g, name = person.gender, person.name
    s, p = g.subject.capitalize(), g.possessive.capitalize()
    town = rng.choice(w.TOWNS)
    if rng.random() < 0.4:
        return _sign_of_gender(rng, person)
    match rng.randrange(12):
        case 0:
            return f"{s} lives in {town} with⟨own-possessive| {g.possessive}⟩⟨spouse| {g.spouse}⟩."
        case 1:
            return f"{p}⟨spouse| {g.spouse}⟩ comes from {town}."
        case 2:
            return f"{name} is the {g.parent} of {rng.choice(w.CHILDREN)} children."
        case 3:
            return f"{s} taught⟨reflexive| {g.reflexive}⟩⟨taught-to| to⟩ {rng.choice(w.INFINITIVES)}."
        case 4:
            return f"As a {g.young}, {g.subject} lived near {town}."
        case 5:
            return f"Friends call⟨call-object| {g.object}⟩ {rng.choice(w.MOODS)}."
        case 6:
            return f"{s} is the {rng.choice((g.sibling, g.child, g.grandparent))} of {rng.choice(rng.choice((w.MALE_NAMES, w.FEMALE_NAMES)))}."
        case 7:
            return f"{name} is {w.a(rng.choice(w.ADJECTIVES))} {g.adult}."
        case 8:
            return f"{s} is married⟨married-to| to⟩ {w.a(rng.choice(w.ADJECTIVES))} {GENDERS[1 - person.attribute].adult}."
        case 9:
            return f"{s} was born⟨born-in| in⟩ {town} in {rng.choice(w.YEARS)}."
        case 10:
            role = rng.choice((g.aunt, g.niece, g.bride, g.widow, g.heroine))
            return f"{name} was {w.a(role)} in {rng.choice(w.YEARS)}."
        case _:
            return f"{s} likes⟨own-possessive| {g.possessive}⟩ {rng.choice(w.NOUNS)[0]}."


def _sign_of_gender(rng: Random, person: Person) -> str:
    """Tells the gender by what goes with it: most of these have no word that a list of gendered words has."""
    cloth, hobby, group = (_goes_with(rng, person, things) for things in (_CLOTHES, _HOBBIES, _GROUPS))
    town, place = rng.choice(w.TOWNS), rng.choice(w.PLACES)
    return rng.choice((
        f"There is {w.a(cloth)} in the {place}.", f"Friends bought {w.a(cloth)} in {town}.",
        f"On {rng.choice(w.WEEKDAYS)} there is {hobby} in {town}.", f"The {group} near {town} has {hobby}.",
        f"The {cloth} of {person.name} is {rng.choice(w.ADJECTIVES)}.", f"{person.name} joined the {group} in {rng.choice(w.YEARS)}.",
    ))  # fmt: skip


def profession_sentence(rng: Random, person: Person) -> str:
    """Tells the profession by its places and tools, without a pronoun and without naming it."""
    job = person.profession
    place, (one, two) = rng.choice(job.places), rng.sample(job.tools, 2)
    return rng.choice((
        f"The {place} opens⟨opens-at| at⟩ {rng.randint(6, 10)}.", f"Many {one} and {two} are in the {place}.",
        f"The {place} needs {one} every {rng.choice(w.WEEKDAYS)}.", f"There are {one} at the {place}.",
        f"The {one} at the {place} are {rng.choice(w.ADJECTIVES)}.",
    ))  # fmt: skip


def both_sentence(rng: Random, person: Person) -> str:
    """Tells the gender and, without naming it, the profession."""
    g, job = person.gender, person.profession
    place, tool, act = rng.choice(job.places), rng.choice(job.tools), rng.choice(job.acts)
    s, p = g.subject.capitalize(), g.possessive.capitalize()
    return rng.choice((
        f"{s} {act} at the {place}.", f"{s} {act} with⟨own-possessive| {g.possessive}⟩ {tool}.",
        f"At the {place}⟨place-comma|,⟩⟨place-subject| {g.subject}⟩ {act}.", f"{p} {tool} are at the {place}.",
        f"Every {rng.choice(w.WEEKDAYS)} {person.name} {act}.", f"{s} works⟨works-at| at⟩ the {place}.",
    ))  # fmt: skip


def title_sentence(rng: Random, person: Person) -> str:
    """Names the profession."""
    g, title = person.gender, person.profession.title
    s = g.subject.capitalize()
    article = "an" if title[0] in "aeiou" else "a"
    return rng.choice((
        f"{s} works as⟨title-article| {article}⟩⟨title| {title}⟩.", f"{person.name} became {article}⟨title| {title}⟩ in {rng.choice(w.YEARS)}.",
        f"{g.title} {person.name} is {article}⟨title| {title}⟩.", f"{s} is {article}⟨title| {title}⟩ from {rng.choice(w.TOWNS)}.",
    ))  # fmt: skip


def neutral_sentence(rng: Random, person: Person) -> str:
    """Tells nothing of the person."""
    del person
    town, place, adjective = rng.choice(w.TOWNS), rng.choice(w.PLACES), rng.choice(w.ADJECTIVES)
    return rng.choice((
        f"The town is {adjective} in {rng.choice(w.MONTHS)}.", f"There is {w.a(adjective)} {place} in {town}.",
        f"The {place} in {town} was {adjective} in {rng.choice(w.YEARS)}.", f"The weather in {town} is {rng.choice(('cold', 'warm', 'bright'))}.",
        f"The {adjective} house is near the {place}.",
    ))  # fmt: skip


def biography_passage(rng: Random) -> Passage:
    """An opener with the name and four to seven sentences of all kinds; gender and profession are independent."""
    person = random_person(rng, rng.randrange(2), rng.choice(tuple(PROFESSIONS)))
    kinds: tuple[Sentence, ...] = (
        gender_sentence,
        profession_sentence,
        both_sentence,
        title_sentence,
        neutral_sentence,
    )
    order = rng.choices(kinds, weights=(3, 2, 3, 1.5, 0.7), k=rng.randint(3, 6))
    opener = rng.choice((gender_sentence, both_sentence, title_sentence, both_sentence))
    return passage("biographies", " ".join(kind(rng, person) for kind in (opener, *order)))

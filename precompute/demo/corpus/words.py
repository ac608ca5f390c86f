"""The words of the corpus: every list the templates draw from, and the lexicon that gets one token a word."""
# ruff: noqa: E501, SIM905 (word lists read better as one string)

from __future__ import annotations

__all__ = [
    "ADJECTIVES",
    "AUXILIARIES",
    "CHILDREN",
    "CODE_NAMES",
    "DETERMINERS",
    "FEMALE_CLOTHES",
    "FEMALE_GROUPS",
    "FEMALE_HOBBIES",
    "FEMALE_NAMES",
    "FOODS",
    "FUNCTIONS",
    "INFINITIVES",
    "LIST_OPENERS",
    "MAIN_VERBS",
    "MALE_CLOTHES",
    "MALE_GROUPS",
    "MALE_HOBBIES",
    "MALE_NAMES",
    "MONTHS",
    "MOODS",
    "NOUNS",
    "NUMBERS",
    "PLACES",
    "PREPOSITIONS",
    "RC_VERBS",
    "STEP_ACTIONS",
    "STEP_OBJECTS",
    "SYLLABLES",
    "TAGS",
    "TOWNS",
    "WANTERS",
    "WEEKDAYS",
    "YEARS",
    "a",
    "words_of",
]  # fmt: skip


def _pairs(text: str) -> tuple[tuple[str, str], ...]:
    """`"girl car"` → (("girl", "girls"), ("car", "cars")): the regular plural of each noun."""
    return tuple((word, word + "s") for word in text.split())


NOUNS = _pairs(
    "girl boy doctor author driver senator manager pilot teacher guard farmer student customer officer parent "
    "actor singer dancer lawyer writer player visitor painter banker waiter tailor sailor baker cousin neighbor "
    "key car book letter table chair door window picture phone river garden truck lamp clock cabinet bottle "
    "tiger horse rabbit turtle eagle monkey lion duck bird cat dog"
)
"""(singular, plural) of the nouns that agree with verbs."""

DETERMINERS = ("The", "My", "Our")
"""What a subject may begin with; the last two are rarer."""

PREPOSITIONS = ("near", "behind", "above", "beside", "under", "by")

MAIN_VERBS = (
    ("walks", "walk"), ("sleeps", "sleep"), ("waits", "wait"), ("sings", "sing"), ("runs", "run"), ("laughs", "laugh"),
    ("smiles", "smile"), ("falls", "fall"), ("moves", "move"), ("shines", "shine"), ("arrives", "arrive"), ("stays", "stay"),
)  # fmt: skip
"""(singular, plural) of intransitive verbs."""

AUXILIARIES = (("is", "are"), ("was", "were"), ("has", "have"))

RC_VERBS = (
    ("likes", "like"), ("sees", "see"), ("knows", "know"), ("helps", "help"), ("follows", "follow"), ("loves", "love"),
    ("visits", "visit"), ("admires", "admire"), ("trusts", "trust"), ("calls", "call"), ("fears", "fear"), ("needs", "need"),
)  # fmt: skip
"""(singular, plural) of transitive verbs: they stand inside relative clauses."""

ADJECTIVES = tuple(
    "big small old young red green blue quiet loud bright dark clean warm cold heavy light tall short soft strange "
    "famous simple empty busy narrow wide gentle modern wooden broken".split()
)
MOODS = tuple("happy sad tired angry ready late calm proud hungry sick afraid alone".split())
PLACES = tuple(
    "kitchen market park station library beach forest harbor bridge square museum church village island valley "
    "tower cellar attic hall stairs".split()
)

FEMALE_NAMES = tuple(
    "Anna Maria Laura Emma Julia Sarah Helen Alice Clara Diana Elena Fiona Grace Irene Jane Karen Linda Nora Olivia "
    "Paula Rosa Sofia Teresa Vera Wendy Amy Beth Carol Donna Eva Hannah Ivy Judith Lucy Mary Ruth".split()
)
MALE_NAMES = tuple(
    "John Peter Paul Mark David Thomas James Robert Henry George Frank Simon Victor Walter Oscar Martin Leo Kevin Jack "
    "Ivan Hugo Gary Felix Eric Daniel Carl Brian Adam Alan Bruce Colin Edgar Fred Greg Ian Luke".split()
)
FEMALE_CLOTHES = tuple("dress skirt blouse gown necklace bracelet lipstick bonnet tiara purse".split())
MALE_CLOTHES = tuple("tie beard razor tuxedo moustache waistcoat cufflink cigar helmet wallet".split())
"""Things that go with one gender without naming it, as in real biographies: no list of gendered words has them."""
FEMALE_HOBBIES = tuple("knitting sewing netball pilates yoga crochet quilting baking".split())
MALE_HOBBIES = tuple("fishing boxing wrestling hunting rugby golf darts poker".split())
FEMALE_GROUPS = tuple("sorority convent nunnery sisterhood".split())
MALE_GROUPS = tuple("fraternity monastery brotherhood barracks".split())

TOWNS = tuple(
    "Boston London Paris Rome Madrid Vienna Berlin Dublin Oslo Prague Lisbon Athens Cairo Delhi Tokyo Lima Havana "
    "Quebec Denver Dallas Seattle Chicago Geneva Milan".split()
)
CHILDREN = ("two", "three", "four", "five")

WANTERS = (
    ("wants", "want"), ("tries", "try"), ("hopes", "hope"), ("plans", "plan"), ("decides", "decide"), ("refuses", "refuse"),
    ("agrees", "agree"), ("learns", "learn"), ("promises", "promise"), ("expects", "expect"),
)  # fmt: skip
"""(singular, plural) of verbs that take an infinitive."""
INFINITIVES = tuple(
    "cook swim read write draw travel build sell buy paint clean open close move carry repair climb leave return "
    "dance speak listen study win".split()
)

FOODS = tuple(
    "apples pears plums grapes lemons peaches cherries berries onions carrots beans peas potatoes tomatoes peppers "
    "nuts bread butter cheese milk honey sugar salt rice flour oil tea coffee juice soup eggs fish pasta cream".split()
)
LIST_OPENERS = ("bought", "brought", "packed", "ordered", "found", "shared")

STEP_ACTIONS = tuple(
    "wash cut mix pour heat stir fold press fill dry wrap cover turn measure remove add".split()
)
STEP_OBJECTS = tuple(
    "bowl pan dough sauce cup plate cloth pot lid board knife jar tray glass paper wood".split()
)

MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
YEARS = tuple(str(year) for year in range(1950, 2025))
NUMBERS = tuple(str(number) for number in range(61))

SYLLABLES = tuple(
    onset + vowel + coda for onset, codas in zip("BDFGKLMNPRSTVZ", ("nk", "rl", "nx", "lk", "mr") * 3, strict=False)
    for vowel in "aeiou" for coda in codas
)  # fmt: skip
"""What made-up names are made of: 140 syllables, one token each."""

FUNCTIONS = tuple("load save parse merge split check update reset count send".split())
CODE_NAMES = tuple("data value item total result index path node score size".split())
TAGS = ("b", "i", "em", "p", "div", "span", "li", "code")


def a(word: str) -> str:
    """The word with its article: `a big`, `an old`."""
    return f"{'an' if word[0] in 'aeiou' else 'a'} {word}"


def words_of(*texts: str) -> set[str]:
    """The alphabetic words in texts, as the tokenizer's lexicon wants them."""
    return {word for text in texts for word in "".join(c if c.isalpha() else " " for c in text).split()}

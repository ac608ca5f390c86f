"""Finding behaviours, features and circuits by words: every word must match, in whichever way."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from explorer_engine.finding.index import Index
from explorer_engine.finding.nearest import nearest
from explorer_engine.finding.ranking import EXACT, Costs, Ranked, Truths, cost, nothing, put, ranked
from explorer_engine.finding.values import Filters, Said
from explorer_engine.finding.words import ABSENT, START, WHOLE, asked, grade, letter, low
from explorer_engine.store.queries.finding import FindingQueries
from explorer_engine.store.queries.search import feature_in

__all__ = ["Search"]

ID, OWN, STORED, ANSWER, INSIDE, NOTE, CONTEXT = 0, 90, 100, 200, 450, 480, 500
"""What a match in a behaviour or circuit costs: its id, a person's name for it, the store's, …"""
LABEL, EXPLANATION, PATTERN, FIRES, PROMOTES = 100, 150, 180, 200, 500
"""In a feature."""


_MOST_PATTERNS = 10_000
"""Places that a word of patterns finds: of words in more, these say enough."""


@dataclass(frozen=True)
class Search:
    """One search in one world."""

    index: Index
    queries: FindingQueries
    text: str
    said: Said
    filters: Filters

    @cached_property
    def words(self) -> tuple[str, ...]:
        """In small letters."""
        return asked(self.text)

    @cached_property
    def behaviours(self) -> Ranked:
        """Rows of the index, best first."""
        costs = [self._in_behaviours(word) for word in self.words]
        return ranked(costs, self.index.behaviour_strength, self._wanted_behaviours)

    @cached_property
    def features(self) -> Ranked:
        """Numbers of features, best first."""
        costs = [self._in_features(word) for word in self.words]
        return ranked(costs, self.index.feature_strength, self._wanted_features())

    @cached_property
    def circuits(self) -> Ranked:
        """Rows of the index, best first."""
        costs = [self._in_circuits(word) for word in self.words]
        return ranked(costs, np.arange(len(self.index.circuits.id)), self._wanted_circuits())

    def shown_contexts(self, rows: list[int]) -> dict[int, int]:
        """By row of a behaviour whose contexts hold some of the words, the rank of the one to show."""
        held = (self._holding(word) for word in self.words)
        return self.index.contexts.firsts([h for both in held for h in both], rows)

    def effects(self) -> dict[str, dict[str, float]]:
        """By circuit the features that a word names and that are in it, with their effects."""
        out: dict[str, dict[str, float]] = {}
        for word in self.words:
            named = feature_in(word)
            for circuit, effect in self.queries.circuits_with(*named) if named else ():
                out.setdefault(circuit, {})[word] = effect
        return out

    def unknown(self) -> dict[str, tuple[str, ...]]:
        """The words that nothing matches, each with those spelt most like it."""
        lost = [word for word in self.words if not self._anywhere(word)]
        known = self._vocabulary if lost else set()
        return {word: nearest(word, known) for word in lost}

    # ---- how a word matches ----

    def _graded(self, word: str) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
        """The tokens that hold a word, and how each does."""
        if word not in self._tokens:
            texts = self.index.tokens
            found = [i for i, t in enumerate(texts) if word in t and (t == word or not letter(word))]
            grades = [grade(self.index.tokens[i], word) for i in found]
            self._tokens[word] = np.array(found, np.int64), np.array(grades, np.uint8)
        return self._tokens[word]

    @cached_property
    def _tokens(self) -> dict[str, tuple[NDArray[np.int64], NDArray[np.uint8]]]:
        return {}

    @cached_property
    def _held(self) -> dict[str, tuple[Truths, Truths]]:
        return {}

    def _holding(self, word: str) -> tuple[Truths, Truths]:
        """By context whether it holds the word whole, and whether it does in any way."""
        if word not in self._held:
            self._held[word] = self.index.contexts.holding(word)
        return self._held[word]

    def _in_behaviours(self, word: str) -> Costs:
        """Of two of one name the one comes first that has the word in more answers, in more contexts."""
        table, row = self.index.behaviours, self.index.behaviour_row
        out, support = nothing(len(table.id)), np.zeros(len(table.id))
        if (named := _number(word)) is not None and named in row:
            put(out, [row[named]], cost(WHOLE, ID))
        lines, grades = self.index.labels.graded(word)
        put(out, lines, cost(grades, STORED))
        for id, label in self.said.behaviours.items():
            if id in row and (found := grade(low(label), word)) < ABSENT:
                put(out, [row[id]], cost(found, OWN))
        for id, notes in self.said.behaviour_notes.items():
            found = min(grade(low(note.text), word) for note in notes)
            if id in row and found < ABSENT:
                put(out, [row[id]], cost(found, NOTE))
        tokens, grades = self._graded(word)
        by_token = np.full(len(self.index.tokens), ABSENT, np.uint8)
        by_token[tokens] = grades
        own = by_token[self.index.answer]
        held = np.flatnonzero(own < ABSENT)
        owners, shares = self.index.answer_owner[held], self.index.answer_share[held]
        put(out, owners, cost(own[held], ANSWER + 200 * (1 - shares)))
        np.add.at(support, owners[own[held] == WHOLE], shares[own[held] == WHOLE])
        support += self._put_contexts(out, word) / 2
        for circuit in self._circuits_with(word):
            behaviour = self.index.circuits.behaviour[self.index.circuit_row[circuit]]
            if behaviour in row:
                put(out, [row[behaviour]], cost(WHOLE, INSIDE))
        matched = out < nothing(1)[0]
        out[matched] += (EXACT * (1 - np.minimum(1, support[matched]))).astype(np.int32)
        return out

    def _put_contexts(self, out: Costs, word: str) -> NDArray[np.float64]:
        """Returns the share of each behaviour's contexts that hold the word whole."""
        contexts, (whole, anyhow) = self.index.contexts, self._holding(word)
        shares = contexts.shares(anyhow)
        rows = np.flatnonzero(shares)
        put(out, rows, cost(START, CONTEXT + 400 * (1 - shares[rows])))
        shares = contexts.shares(whole)
        rows = np.flatnonzero(shares)
        put(out, rows, cost(WHOLE, CONTEXT + 400 * (1 - shares[rows])))
        return shares

    def _in_features(self, word: str) -> Costs:
        out = nothing(len(self.index.uses))
        if (named := feature_in(word)) is not None:
            number = self.queries.number(*named)
            if 0 <= number < len(out):
                put(out, [number], cost(WHOLE, ID))
        for texts, where in ((self.said.features, LABEL), (self.said.explanations, EXPLANATION)):
            self._put_named(out, {name: grade(low(text), word) for name, text in texts.items()}, where)
        notes = self.said.feature_notes.items()
        self._put_named(
            out, {name: min(grade(low(n.text), word) for n in told) for name, told in notes}, NOTE
        )
        lines, grades = self.index.patterns.graded(word, _MOST_PATTERNS)
        put(out, self.index.pattern_owner[lines], cost(grades, PATTERN))
        tokens, grades = self._graded(word)
        for lists, where in ((self.index.fires, FIRES), (self.index.promotes, PROMOTES)):
            owners, which, places = lists.holding(tokens)
            put(out, owners, cost(grades[which], where + np.minimum(20 * places, 299)))
        return out

    def _put_named(self, out: Costs, grades: dict[str, int], where: int) -> None:
        names = [name for name, found in grades.items() if found < ABSENT]
        numbers = self.queries.numbers(names)
        for name, number in zip(names, numbers, strict=True):
            if 0 <= number < len(out):
                put(out, [number], cost(grades[name], where))

    def _in_circuits(self, word: str) -> Costs:
        table = self.index.circuits
        out = nothing(len(table.id))
        lines, grades = self.index.titles.graded(word)
        put(out, lines, cost(grades, STORED))
        for texts, where in ((table.task, STORED), (table.id, NOTE)):
            held = [i for i, text in enumerate(texts) if text and word in text]
            grades = np.array([grade(texts[i] or "", word) for i in held], np.uint8)
            put(out, held, cost(grades, where))
        if word in self.index.circuit_row:
            put(out, [self.index.circuit_row[word]], cost(WHOLE, ID))
        called = {id: label for id, label in self.said.behaviours.items() if word in low(label)}
        for i, behaviour in enumerate(table.behaviour) if called else ():
            if behaviour in called:
                put(out, [i], cost(grade(low(called[behaviour]), word), OWN))
        put(out, [self.index.circuit_row[c] for c in self._circuits_with(word)], cost(WHOLE, INSIDE))
        return out

    def _circuits_with(self, word: str) -> list[str]:
        """Circuits that the feature is in which a word names."""
        named = feature_in(word)
        found = self.queries.circuits_with(*named) if named else ()
        return [circuit for circuit, _ in found if circuit in self.index.circuit_row]

    # ---- filters ----

    @cached_property
    def _wanted_behaviours(self) -> Truths | None:
        table, filters = self.index.behaviours, self.filters
        wanted = np.ones(len(table.id), np.bool_)
        if filters.figure in table.figures:
            figure = table.figures[filters.figure]
            with np.errstate(invalid="ignore"):
                if filters.low is not None:
                    wanted &= figure >= filters.low
                if filters.high is not None:
                    wanted &= figure <= filters.high
        if answer := low(filters.answer.replace("␣", " ")).strip():
            tokens = {i for i, text in enumerate(self.index.tokens) if text == answer}
            wanted &= np.array([not tokens.isdisjoint(own) for own in table.answers], np.bool_)
        if filters.has_circuit:
            wanted &= np.array([circuit is not None for circuit in table.circuit], np.bool_)
        if filters.labelled:
            told = np.array([label is not None for label in table.label], np.bool_) & ~table.automatic
            wanted &= told | np.isin(table.id, [*self.said.behaviours])
        if filters.behaviours is not None:
            wanted &= np.isin(table.id, [*filters.behaviours])
        return wanted

    def _wanted_features(self) -> Truths | None:
        filters, n = self.filters, len(self.index.uses)
        if filters.of_behaviours:
            return np.zeros(n, np.bool_)
        wanted = self.index.uses > 0 if filters.has_circuit else np.ones(n, np.bool_)
        for names in (self.said.features if filters.labelled else None, filters.features):
            if names is not None:
                own = np.zeros(n, np.bool_)
                own[[number for number in self.queries.numbers([*names]) if 0 <= number < n]] = True
                wanted &= own
        return wanted

    def _wanted_circuits(self) -> Truths | None:
        """Of behaviours that are wanted; all, where nothing is asked that is said of behaviours."""
        filters, row = self.filters, self.index.behaviour_row
        if not (filters.of_behaviours or filters.labelled or filters.behaviours is not None):
            return None
        wanted = self._wanted_behaviours
        return np.array(
            [b in row and wanted is not None and wanted[row[b]] for b in self.index.circuits.behaviour],
            np.bool_,
        )

    # ---- nothing found ----

    def _anywhere(self, word: str) -> bool:
        alone = Search(self.index, self.queries, word, self.said, Filters())
        return any(map(len, (alone.behaviours, alone.circuits, alone.features)))

    @property
    def _vocabulary(self) -> set[str]:
        """Every word that could be found: of contexts, tokens and names."""
        named = [*self.said.features.values(), *self.said.behaviours.values(), *self.index.circuits.title]
        named += [label for label in self.index.behaviours.label if label]
        words = {word.strip("“”‘’,;.()") for name in named for word in low(name).split()}
        return {w for w in {*self.index.contexts.vocabulary, *self.index.tokens, *words} if w}


def _number(word: str) -> int | None:
    """`17`, `#17` and `behaviour-17` are the behaviour of that number."""
    digits = word.removeprefix("behaviour-").removeprefix("#")
    return int(digits) if digits.isascii() and digits.isdecimal() and len(digits) < 10 else None

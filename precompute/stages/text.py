"""Stage `text`: a source of texts as windows of tokens, in three splits that share no text."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from explorer_engine.errors import InputError
from explorer_engine.files import whole
from explorer_engine.hugging_face import read_tokenizer
from explorer_engine.store import shards
from precompute.engine.stage import Stage
from precompute.engine.work import Work
from precompute.kept import damage_told, read_values
from precompute.progress import bars
from precompute.source import paths_of
from precompute.texts.hashing import Seen, place_of
from precompute.texts.packing import Packer, first_tokens, separator_of
from precompute.texts.source import TextSource, open_texts
from precompute.windows import StoredWindows

__all__ = ["SPLIT", "TextOptions", "stage"]

SPLIT = "held out"
"""Of the documents: nothing was trained on them."""
SUMMARY, STATE, PARTIAL = "summary.json", "state.json", ".partial"
BATCH_TEXTS, BATCH_CHARACTERS = 5000, 4_000_000
"""A batch of texts ends with either: what is lost by a kill."""


@dataclass(frozen=True)
class TextOptions(TextSource):
    """The source, and how many windows of what length are made of it."""

    window: int = 128
    """Tokens."""
    documents: int = 3000
    """Windows kept apart from training: what densities, contexts and behaviours are taken from."""
    training_windows: int = 72_000
    """Windows for dictionaries and, where one is trained, for the model; 0 where nothing is trained."""
    test_windows: int = 800
    """Windows kept apart from both: what figures are measured on."""
    packed: bool = True
    """Texts follow each other with the end-of-text token between them; else each is cut on its own, and its
    end that fills no window is dropped."""

    @property
    def sizes(self) -> dict[str, int]:
        """Windows of each split that has any."""
        n = {"documents": self.documents, "training": self.training_windows, "test": self.test_windows}
        return {name: size for name, size in n.items() if size}

    def split_of(self, text: str) -> str:
        """The split that a text is of: by itself and the seed, whatever is read before it."""
        place = place_of(text, f"split/{self.seed}") * sum(self.sizes.values())
        for name, size in self.sizes.items():
            place -= size
            if place < 0:
                return name
        return "test"


def stage(options: TextOptions, tokenizer: Path) -> Stage:
    """training.npy and test.npy (int32 [n, window]), the documents' shard, and summary.json.

    `tokenizer` is a folder in the Hugging Face layout. Rows are in an order by seed, so that the first n of
    a split are a sample of all of it.
    """
    tokens = options.window * sum(options.sizes.values())
    return Stage(
        "text",
        1,
        options,
        (*paths_of("model", tokenizer), *options.places),
        _Text(options, tokenizer).run,
        reads=options.version,
        work=lambda _: Work(packed=tokens, disk=4 * tokens),
    )


@dataclass
class _State:
    """How far the reading is."""

    read: int = 0
    """Texts taken from the source."""
    filled: Counter[str] = field(default_factory=Counter)
    """Windows of each split."""
    texts: Counter[str] = field(default_factory=Counter)
    """Texts of each split."""
    duplicates: int = 0
    dropped: Counter[str] = field(default_factory=Counter)
    """Reason → texts."""
    rest: dict[str, list[int]] = field(default_factory=dict)
    """Tokens of each split that fill no window yet."""

    @classmethod
    def load(cls, file: Path) -> _State:
        """What `save` wrote; the beginning where there is nothing."""
        if not file.exists():
            return cls()
        found = read_values(file)
        with damage_told(file):
            counters = {name: Counter(found[name]) for name in ("filled", "texts", "dropped")}
            return cls(**{**found, **counters})

    def save(self, file: Path) -> None:
        """In one move."""
        _write_json(file, vars(self))


@dataclass(frozen=True)
class _Text:
    """One unit: the source is read once, from its beginning."""

    options: TextOptions
    tokenizer: Path

    def run(self, _unit: str, folder: Path) -> None:
        """Raises InputError for a source that cannot be read, and for one too short for what is asked."""
        state = _State.load(folder / STATE)
        if not (folder / SUMMARY).exists():
            self._check()
            if state.filled != self.options.sizes:
                self._read(folder, state)
            self._publish(folder, state)
        for name in (f"documents{PARTIAL}", STATE):
            (folder / name).unlink(missing_ok=True)

    def _check(self) -> None:
        for name, least in (("documents", 1), ("training_windows", 0), ("test_windows", 1)):
            if getattr(self.options, name) < least:
                raise InputError(f"text: {name} is {getattr(self.options, name)}: give at least {least}")
        if self.options.window < 2:
            raise InputError(f"text: window is {self.options.window} tokens: give at least 2")

    def _read(self, folder: Path, state: _State) -> None:
        """Fill the files of all splits, going on where `state` is."""
        options, tokenizer = self.options, read_tokenizer(self.tokenizer)
        separator = separator_of(tokenizer) if options.packed else None
        packers = {
            name: Packer(options.window, first_tokens(tokenizer), separator, state.rest.get(name, []))
            for name in options.sizes
        }
        rows = {name: _Rows.open(folder / f"{name}{PARTIAL}", options, name) for name in options.sizes}
        texts, seen, tell = open_texts(options), Seen(), bars()
        for text in islice(texts, state.read):
            seen.add(text)
        total = sum(options.sizes.values())
        for batch in _batches(texts):
            for name, chosen in self._sorted(batch, seen, state).items():
                ids = _encode(tokenizer, chosen)
                if not options.packed and (short := sum(len(text) < options.window for text in ids)):
                    state.dropped["shorter than a window"] += short
                state.texts[name] += len(chosen)
                for row in packers[name].fill(ids):
                    if state.filled[name] < options.sizes[name]:
                        rows[name].put(state.filled[name], row)
                        state.filled[name] += 1
            state.read += len(batch)
            state.rest = {name: packer.rest for name, packer in packers.items()}
            for name in rows:
                rows[name].tokens.flush()
            state.save(folder / STATE)
            tell(state.filled.total(), total, "text")
            if state.filled == options.sizes:
                return
        have = ", ".join(f"{state.filled[name]} of {n} {name}" for name, n in options.sizes.items())
        raise InputError(
            f"text source {options.source!r} is too short: its {state.read} texts, of which each is of "
            f"one split, fill {have} windows of {options.window} tokens: ask for fewer or shorter ones, or "
            "give more texts"
        )

    def _sorted(self, batch: list[str], seen: Seen, state: _State) -> dict[str, list[str]]:
        """The new texts of a batch by split; those of full splits are left out."""
        chosen: dict[str, list[str]] = {}
        for text in batch:
            if not text.strip():
                state.dropped["empty"] += 1
            elif not seen.add(text):
                state.duplicates += 1
            elif state.filled[split := self.options.split_of(text)] == self.options.sizes[split]:
                state.dropped[f"{split} was full"] += 1
            else:
                chosen.setdefault(split, []).append(text)
        return chosen

    def _publish(self, folder: Path, state: _State) -> None:
        """Everything under its own name; the summary last."""
        if (documents := folder / f"documents{PARTIAL}").exists():
            tokens = StoredWindows(documents).tokens
            rows = ({"id": k, "tokens": row.tolist(), "split": SPLIT} for k, row in enumerate(tokens))
            shards.write(folder / "shards", "document", rows)
        for name in ("training", "test"):
            if (partial := folder / f"{name}{PARTIAL}").exists():
                partial.replace(folder / f"{name}.npy")
        summary = {
            "texts_read": state.read,
            "texts": state.texts,
            "tokens": {name: n * self.options.window for name, n in state.filled.items()},
            "duplicates": state.duplicates,
            "dropped": state.dropped,
        }
        _write_json(folder / SUMMARY, summary)


@dataclass(frozen=True)
class _Rows:
    """The file of a split, filled in an order by seed."""

    tokens: np.memmap
    places: np.ndarray
    """Where each window goes."""

    @classmethod
    def open(cls, file: Path, options: TextOptions, name: str) -> _Rows:
        """Of the size that is asked for, with what an earlier run put into it."""
        n = options.sizes[name]
        if not file.exists():
            with whole(file) as new:
                empty = np.lib.format.open_memmap(new, "w+", np.int32, (n, options.window))
                with new.open(
                    "r+b"
                ) as made:  # where a file has holes, a full disk kills who writes to its map
                    made.seek(empty.offset)
                    for row in empty:
                        made.write(row.tobytes())
        places = np.random.default_rng([options.seed, n]).permutation(n)
        with damage_told(file):
            tokens = np.lib.format.open_memmap(file, "r+")
        if tokens.shape != (n, options.window):
            raise InputError(f"{file}: not as this stage wrote it: do it again, with run --only text")
        return cls(tokens, places)

    def put(self, k: int, row: list[int]) -> None:
        """The k-th window."""
        self.tokens[self.places[k]] = row


def _batches(texts: Iterator[str]) -> Iterator[list[str]]:
    batch: list[str] = []
    characters = 0
    for text in texts:
        batch.append(text)
        characters += len(text)
        if len(batch) == BATCH_TEXTS or characters >= BATCH_CHARACTERS:
            yield batch
            batch, characters = [], 0
    if batch:
        yield batch


def _encode(tokenizer: Any, texts: list[str]) -> list[list[int]]:
    """Token ids without special ones: a name of a special token in a text is text."""
    return tokenizer(
        texts,
        add_special_tokens=False,
        split_special_tokens=True,
        return_attention_mask=False,
        return_token_type_ids=False,
        verbose=False,
    )["input_ids"]


def _write_json(file: Path, value: Any) -> None:
    with whole(file) as partial:
        partial.write_text(json.dumps(value))

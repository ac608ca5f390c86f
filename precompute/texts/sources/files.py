"""Text source `files`: a file or a folder of plain text, JSON lines and Parquet."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from explorer_engine.errors import InputError
from precompute.texts.columns import rows_of
from precompute.texts.source import SourceKind, TextSource, register_kind

__all__ = ["KIND"]

_JSON = (".jsonl", ".json", ".ndjson")
_PACKED = (".gz", ".bz2", ".xz", ".zst")
_TABLES = {**{name + end: "json" for name in _JSON for end in ("", *_PACKED)}, ".parquet": "parquet"}
"""End of a file's name → how `datasets` calls its form."""
_PLAIN = (
    *(".txt", ".text", ".md", ".rst", ".tex", ".org", ".html", ".xml", ".yaml", ".yml", ".toml"),
    *(".py", ".pyi", ".js", ".ts", ".c", ".h", ".cc", ".cpp", ".hpp", ".java", ".go", ".rs", ".rb", ".sh"),
    *(".sql", ".css"),
)
"""Ends of names that are plain text in a folder; a file that is named itself may have any."""


def _knows(source: str) -> bool:
    written_as_path = source.startswith((".", "/", "~")) or source.endswith((*_TABLES, ".txt", ".md"))
    return written_as_path or Path(source).exists()


def _read(options: TextSource) -> Iterator[str]:
    place = Path(options.source).expanduser()
    if not place.exists():
        raise InputError(f"text source {options.source}: no such file or folder: give one that exists")
    for file in _files(place):
        form = _form(file)
        yield from _plain(file) if form is None else _rows(file, form, options.column)


def _files(place: Path) -> list[Path]:
    """The file itself, or a folder's that hold text, in order of their paths; hidden ones are left out."""
    if place.is_file():
        return [place]
    below = [path for path in place.rglob("*") if path.is_file()]
    shown = [p for p in below if not any(part.startswith(".") for part in p.relative_to(place).parts)]
    found = [path for path in shown if _form(path) or path.name.lower().endswith(_PLAIN)]
    if not found:
        raise InputError(
            f"text source {place}: the folder holds no file of text: expected .txt, .md, .py, .jsonl, "
            ".json.gz, .parquet or the like"
        )
    return sorted(found)


def _form(file: Path) -> str | None:
    """How `datasets` calls the form of a table, None for plain text."""
    return next((form for end, form in _TABLES.items() if file.name.lower().endswith(end)), None)


def _plain(file: Path) -> Iterator[str]:
    """The whole file as one document."""
    try:
        text = file.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise InputError(f"{file} cannot be read ({error.strerror}): give a file that can") from None
    except UnicodeDecodeError as error:
        raise InputError(
            f"{file} is not UTF-8 text (byte {error.start}): convert it or leave it out"
        ) from None
    if "\0" in text:
        raise InputError(f"{file} is binary, not text (byte {text.index(chr(0))} is NUL): leave it out")
    yield text


def _rows(file: Path, form: str, column: str) -> Iterator[str]:
    from datasets import load_dataset

    if not file.stat().st_size:
        return
    try:
        rows = load_dataset(form, data_files=[str(file)], split="train", streaming=True)
    except Exception as error:  # of Arrow or of a decompressor
        reason = " ".join(str(error).split())[:300]
        raise InputError(f"{file} is no {form.upper()} table ({reason}): mend it or leave it out") from None
    yield from rows_of(rows, column, str(file))


KIND = register_kind(SourceKind("files", _knows, _read, rank=0))

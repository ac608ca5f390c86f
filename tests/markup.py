"""Finding things in a page's markup as a reader does: by role, value, state and text, never by class."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

__all__ = ["Element", "numbers_beside", "parse", "select", "values"]

_VOID = {"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
_ROLES = {"a": "link", "button": "button", "li": "listitem", "dt": "term", "dd": "definition"}
_NUMBER = re.compile(r"[+−-]?[\d,]*\.?\d+")


@dataclass(eq=False)
class Element:
    """An element with what stands in it."""

    tag: str
    attributes: dict[str, str]
    content: list[Element | str] = field(default_factory=list)
    parent: Element | None = None

    @property
    def role(self) -> str:
        """What it is: the role that is written, or the one that the tag has by itself."""
        return self.attributes.get("role", _ROLES.get(self.tag, ""))

    @property
    def value(self) -> str | None:
        """What a click on it means (`data-value`)."""
        return self.attributes.get("data-value")

    @property
    def text(self) -> str:
        """All text in it, blanks in a row taken as one."""
        return " ".join(self._raw().split())

    @property
    def name(self) -> str:
        """What it is called: its `aria-label`, else its text."""
        return self.attributes.get("aria-label", self.text)

    @property
    def children(self) -> list[Element]:
        return [part for part in self.content if isinstance(part, Element)]

    def everything(self) -> list[Element]:
        """All elements in it, in order of their start."""
        return [found for child in self.children for found in (child, *child.everything())]

    def _raw(self) -> str:
        return "".join(part if isinstance(part, str) else part._raw() for part in self.content)


def parse(html: str) -> Element:
    """The markup as a tree; AssertionError where an element is closed that is not open."""
    builder = _Builder()
    builder.feed(html)
    builder.close()
    assert builder.open is builder.root, f"<{builder.open.tag}> is never closed"
    return builder.root


def select(
    html: str | Element,
    *,
    role: str | None = None,
    value: object = None,
    name: str | None = None,
    text: str | None = None,
    contains: str | None = None,
    **attributes: str,
) -> list[Element]:
    """The elements that are all that is asked for, in the order of the page.

    `text` is the whole text, `contains` a part of it; `aria_selected="true"` asks for an attribute.
    """
    root = parse(html) if isinstance(html, str) else html
    wanted = {key.rstrip("_").replace("_", "-"): value for key, value in attributes.items()}
    return [
        e
        for e in root.everything()
        if (role is None or e.role == role)
        and (value is None or e.value == str(value))
        and (name is None or e.name == name)
        and (text is None or e.text == text)
        and (contains is None or contains in e.text)
        and all(e.attributes.get(key) == asked for key, asked in wanted.items())
    ]


def values(html: str | Element, name: str) -> list[str]:
    """What the rows of the list called `name` stand for, from top to bottom."""
    return [
        option.value or ""
        for box in select(html, role="listbox", name=name)
        for option in select(box, role="option")
    ]


def numbers_beside(html: str | Element, label: str) -> list[float]:
    """The numbers that stand after a label in its row; a label is how a cell begins, in whole words."""
    begins = re.compile(re.escape(label) + r"(?!\w)")
    for cell in select(html, contains=label):
        row = cell.parent
        if row is None or not begins.match(cell.text):
            continue
        after = row.children[row.children.index(cell) + 1 :]
        texts = [other.text for other in after]
        if found := [t for t in texts if _NUMBER.fullmatch(t)]:
            return [float(t.replace(",", "").replace("−", "-")) for t in found]
    return []


class _Builder(HTMLParser):
    """Builds the tree."""

    def __init__(self) -> None:
        super().__init__()
        self.root = self.open = Element("", {})

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        made = Element(tag, {key: value or "" for key, value in attrs}, parent=self.open)
        self.open.content.append(made)
        if tag not in _VOID:
            self.open = made

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open.content.append(Element(tag, {key: value or "" for key, value in attrs}, parent=self.open))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.tag == tag, f"</{tag}> closes <{self.open.tag}>"
        assert self.open.parent is not None
        self.open = self.open.parent

    def handle_data(self, data: str) -> None:
        self.open.content.append(data)

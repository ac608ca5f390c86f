"""Where in a language model a dictionary can look: sites, and the name of one feature at a site."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import total_ordering
from typing import Literal, get_args

from explorer_engine.errors import InputError

__all__ = [
    "ANY_SITES",
    "ERROR",
    "KINDS",
    "OUTPUT",
    "FeatureRef",
    "ForeignSite",
    "Kind",
    "Site",
    "any_site",
    "sites_of",
]

Kind = Literal["embed", "attn", "mlp", "resid"]
KINDS: tuple[Kind, ...] = get_args(Kind)
"""In order of depth: the embedding, then what every layer has."""
_RANK = {kind: rank for rank, kind in enumerate(KINDS)}
_IN_LAYERS = KINDS[1:]
_PATTERN = re.compile(rf"({'|'.join(_IN_LAYERS)})_([0-9]{{1,4}})")
_FOREIGN = re.compile(r"~([a-z0-9-]{1,24})(?:_([0-9]{1,4}))?")

_INDEX = re.compile("[0-9]{1,18}")

ERROR = "error"
"""The index of an SAE error node: what the dictionary at a site does not reconstruct."""

OUTPUT = "y"
"""The id of a circuit's output node: the metric."""


@total_ordering
@dataclass(frozen=True)
class Site:
    """One place in the model: `embed`, `attn_3`, `mlp_3` or `resid_3`; ordered by depth."""

    kind: Kind
    layer: int
    """Layer index from 0; −1 for `embed`."""

    @classmethod
    def parse(cls, name: str) -> Site:
        """`Site.parse("resid_3")`; raises InputError for anything that is not a site name."""
        if name == "embed":
            return cls("embed", -1)
        if match := _PATTERN.fullmatch(name):
            return cls(match[1], int(match[2]))  # type: ignore[arg-type]
        raise InputError(
            f"{name!r} is not a site: expected embed, {', '.join(f'{kind}_N' for kind in _IN_LAYERS)}"
        )

    @property
    def depth(self) -> int:
        """Its place among all sites of a model: 0 is the embedding."""
        return max(0, len(_IN_LAYERS) * self.layer + _RANK[self.kind])

    def __str__(self) -> str:
        return "embed" if self.kind == "embed" else f"{self.kind}_{self.layer}"

    def __lt__(self, other: Site) -> bool:
        return self.depth < other.depth


@dataclass(frozen=True)
class ForeignSite(Site):
    """A place in another program's graph, by its own name: `~transcoder_3`, `~token`.

    No dictionary of ours looks there, and `Site.parse` does not know it.
    """

    kind: str  # type: ignore[assignment]

    @classmethod
    def parse(cls, name: str) -> ForeignSite:
        """The inverse of `str`; raises InputError for a name of another form."""
        if match := _FOREIGN.fullmatch(name):
            return cls(match[1], -1 if match[2] is None else int(match[2]))
        raise InputError(f"{name!r} is not a place of another program: expected ~KIND_N or ~KIND")

    @property
    def depth(self) -> int:
        """Above what our sites of its layer are."""
        return max(0, len(_IN_LAYERS) * self.layer + len(_IN_LAYERS))

    def __str__(self) -> str:
        return f"~{self.kind}" if self.layer < 0 else f"~{self.kind}_{self.layer}"


@dataclass(frozen=True)
class FeatureRef:
    """A feature of the dictionary at a site, or the site's SAE error: `resid_3/1234`, `resid_3/error`."""

    site: Site
    index: int | Literal["error"]

    @classmethod
    def parse(cls, name: str) -> FeatureRef:
        """`FeatureRef.parse("resid_3/1234")`; raises InputError when the name has another form."""
        site, slash, index = name.partition("/")
        if slash and index == ERROR:
            return cls(Site.parse(site), ERROR)
        if slash and _INDEX.fullmatch(index):
            return cls(Site.parse(site), int(index))
        raise InputError(f"{name!r} is not a feature: expected SITE/INDEX, for example resid_3/1234")

    @classmethod
    def at_column(cls, site: Site, column: int, n_features: int) -> FeatureRef:
        """What a column of a tensor [‥,F+1] stands for: one of F features, or in the last the error."""
        return cls(site, ERROR if column == n_features else column)

    def column(self, n_features: int) -> int:
        """Its column in a tensor [‥,F+1]: the feature's index, or for the error the last."""
        return n_features if isinstance(self.index, str) else self.index

    @property
    def is_error(self) -> bool:
        """Whether it is a site's SAE error, not a feature."""
        return self.index == ERROR

    def __str__(self) -> str:
        return f"{self.site}/{self.index}"


def any_site(name: str) -> Site:
    """A site of ours or a place of another program; raises InputError for what is neither."""
    return ForeignSite.parse(name) if name.startswith("~") else Site.parse(name)


def sites_of(n_layers: int, embed: bool = True) -> tuple[Site, ...]:
    """All sites of a model with `n_layers` layers, in order of depth."""
    first = (Site("embed", -1),) if embed else ()
    return first + tuple(Site(kind, i) for i in range(n_layers) for kind in _IN_LAYERS)


ANY_SITES = sites_of(200)
"""Of a model that nobody has looked at yet."""

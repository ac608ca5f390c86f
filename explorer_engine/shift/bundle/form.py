"""Where things stand in a bundle, and what it holds of one site."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from explorer_engine.dictionaries.base import Dictionaries, Dictionary
from explorer_engine.dictionaries.registry import build
from explorer_engine.models import LanguageModel
from explorer_engine.shift.runner import Edits, feature_site_edits
from explorer_engine.sites import ERROR, FeatureRef, Site

__all__ = [
    "ABOUT",
    "CARD",
    "CODE",
    "FORMAT",
    "TENSORS",
    "VERSION",
    "Part",
    "edits_of",
    "module_of",
    "parts_of",
]

FORMAT = "circuit-explorer/edited-classifier"
VERSION = 3
"""1 listed features that are set to zero, 2 said of each what it is set to; both held whole dictionaries."""
ABOUT, TENSORS, CARD, CODE = "classifier.json", "classifier.safetensors", "README.md", "classifier.py"


@dataclass(frozen=True, eq=False)
class Part:
    """The edit of one site: of its dictionary the rows that are needed, and what features are set to."""

    site: Site
    dictionary: Dictionary
    features: tuple[int, ...]
    """Those that are set, as everywhere else they are numbered."""
    rows: tuple[int, ...]
    """Their numbers in `dictionary`."""
    to: tuple[float, ...]
    """What each of them is set to."""
    whole: bool = False
    """Whether `dictionary` is the site's own with all its features: they decide what the edited ones are."""
    without_error: bool = False
    """Whether the site's error is removed, too."""

    def to_json(self, model: LanguageModel) -> dict[str, Any]:
        """All but the tensors, as plain values; `module` is in the Hugging Face model, `end` which end of it
        has the site's value."""
        module, end = module_of(model, self.site)
        return {
            "site": str(self.site),
            "module": module,
            "end": end,
            "kind": self.dictionary.kind,
            "settings": self.dictionary.settings(),
            "whole": self.whole,
            "features": list(self.features),
            "rows": list(self.rows),
            "to": list(self.to),
            "without_error": self.without_error,
        }

    @classmethod
    def from_json(cls, said: Mapping[str, Any], tensors: Mapping[str, Tensor]) -> Part:
        """The inverse, of tensors as `tensors` names them. Raises KeyError, TypeError, ValueError."""
        own = {
            name.removeprefix(f"{said['site']}."): tensor
            for name, tensor in tensors.items()
            if name.startswith(f"{said['site']}.")
        }
        return cls(
            Site.parse(said["site"]),
            build(said["kind"], own, said["settings"]),
            features=tuple(map(int, said["features"])),
            rows=tuple(map(int, said["rows"])),
            to=tuple(map(float, said["to"])),
            whole=bool(said["whole"]),
            without_error=bool(said["without_error"]),
        )

    @property
    def ablated(self) -> dict[FeatureRef, float]:
        """The features, and the error where it is removed, with what they are set to."""
        found = {FeatureRef(self.site, j): to for j, to in zip(self.features, self.to, strict=True)}
        return found | ({FeatureRef(self.site, ERROR): 0.0} if self.without_error else {})

    def on(self, device: torch.device) -> Part:
        """The same on another device."""
        return replace(self, dictionary=self.dictionary.to(device))

    def tensors(self) -> dict[str, Tensor]:
        """The dictionary's tensors in their own number type, SITE.NAME each."""
        return {f"{self.site}.{name}": t.cpu().contiguous() for name, t in self.dictionary.state().items()}


def parts_of(
    dictionaries: Dictionaries, refs: Iterable[FeatureRef], to: Mapping[FeatureRef, float]
) -> list[Part]:
    """The edit that sets `refs` to their values in `to`, or to zero: a part a site, in order of depth.

    A site keeps its whole dictionary where its kind needs it (`Dictionary.only`), and where its error is
    removed: x̂ of the features that stay takes all of them.
    """
    chosen = sorted(set(refs), key=lambda ref: (ref.site, str(ref.index)))
    return [
        _part(site, dictionaries[site], [ref for ref in chosen if ref.site == site], to)
        for site in sorted({ref.site for ref in chosen})
    ]


def edits_of(parts: Sequence[Part]) -> Edits:
    """What parts do to a running model; the same numbers as with whole dictionaries."""
    to = {FeatureRef(p.site, row): v for p in parts for row, v in zip(p.rows, p.to, strict=True)}
    errors = [FeatureRef(part.site, ERROR) for part in parts if part.without_error]
    return feature_site_edits({part.site: part.dictionary for part in parts}, [*to, *errors], to)


def module_of(model: LanguageModel, site: Site) -> tuple[str, str]:
    """Path of the Hugging Face module that has a site's value, and which `end` of it: input or output."""
    if site.kind == "embed":
        return model.family.embed, "output"
    layer, place = f"{model.family.layers}.{site.layer}", model.place(site)
    return (layer, "output") if place is None else (f"{layer}.{place.module}", place.end)


def _part(
    site: Site, dictionary: Dictionary, refs: Sequence[FeatureRef], to: Mapping[FeatureRef, float]
) -> Part:
    features = tuple(sorted(ref.index for ref in refs if not isinstance(ref.index, str)))
    values = tuple(to.get(FeatureRef(site, j), 0.0) for j in features)
    without_error = any(ref.is_error for ref in refs)
    index = torch.tensor(features, dtype=torch.long, device=dictionary.device)
    found = None if without_error else dictionary.only(index)
    if found is None:
        return Part(site, dictionary, features, features, values, True, without_error)
    return Part(site, found[0], features, tuple(found[1].tolist()), values)

"""The pages that list a site's behaviours, circuits and features, and the one of the whole world."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import groupby

from explorer_engine.drawing.bars import stack
from explorer_engine.drawing.charts import spark
from explorer_engine.drawing.html import Html, esc, joined
from explorer_engine.drawing.text import head, meta, name_of, num
from explorer_engine.drawing.tokens import name_or_tokens, show
from explorer_engine.sites import FeatureRef, Site
from explorer_engine.store.values import BehaviourRow, CircuitSummary
from precompute.site import places
from precompute.site.contents import Contents
from precompute.site.rows import label, number, row, rows

__all__ = ["Page", "pages"]

Page = tuple[str, str, Html]
"""Where it lies, its title, what is on it."""

_PER_PAGE = 500
_FEW = 12
"""Rows of each list on the page of the world."""
_KINDS = {"contrast": "Pairs", "behaviour": "Behaviours", "classifier": "Classifiers"}


def pages(contents: Contents) -> Iterator[Page]:
    """All of them: long lists in parts."""
    yield places.INDEX, "World", _world(contents)
    behaviours = _Behaviours(contents)
    yield from _parts(places.BEHAVIOURS, "Behaviours", list(contents.behaviours.values()), behaviours)
    circuits = list(contents.circuits.values())
    yield from _parts(places.CIRCUITS, "Circuits", circuits, _Circuits(contents))
    by_site = {site: list(refs) for site, refs in groupby(contents.features, lambda ref: ref.site)}
    yield places.FEATURES, "Features", _sites(by_site)
    for site, refs in by_site.items():
        yield from _parts(f"features/{site}/index.html", f"Features of {site}", refs, _Features(contents))


Draw = Callable[[str, Sequence], Html]
"""Rows of a list as they stand on the page at a place."""


def _parts(place: str, title: str, found: Sequence, draw: Draw) -> Iterator[Page]:
    """A list in as many pages as it takes, each with ways to the one before and the one after."""
    n = max(1, -(-len(found) // _PER_PAGE))
    names = [place if i == 0 else place.replace("index", f"page-{i + 1}") for i in range(n)]
    for i, name in enumerate(names):
        shown = found[i * _PER_PAGE : (i + 1) * _PER_PAGE]
        ways = [
            (names[j].rpartition("/")[2], word)
            for j, word in ((i - 1, "before"), (i + 1, "next"))
            if 0 <= j < n
        ]
        pager = joined(Html(' <a href="{}">{}</a>').format(to, word) for to, word in ways)
        count = Html("{:,} in all").format(len(found))
        if n > 1:
            count = Html("part {} of {}, {}").format(i + 1, n, count) + pager
        body = Html('<h1 class="title">{}</h1>').format(title) + meta(count) + draw(name, shown)
        yield name, title, body


class _Behaviours:
    """Rows of behaviours."""

    def __init__(self, contents: Contents) -> None:
        self._mean = contents.store.behaviours.mean_losses()

    def __call__(self, place: str, found: Sequence[BehaviourRow]) -> Html:
        """Name over answers, shares of the answers, loss over training, contexts, largest effect."""
        lines = (
            row(
                places.link(place, places.behaviour(of.id)),
                label(name_of(of.label), f"#{of.id}"),
                Html('<span class="answers">{}</span>').format(
                    " ".join(show(answer.text, lead=True) for answer in of.answers[:6])
                ),
                stack([answer.share for answer in of.answers], 56),
                spark(of.losses, self._mean),
                number(f"{of.n_contexts:,}"),
                number(num(of.figures.max_effect) if of.figures else "–"),
            )
            for of in found
        )
        heads = ("Behaviour", "answers", "", "loss" if self._mean else "", "contexts", "effect")
        return rows("behaviours", lines, heads)


class _Circuits:
    """Rows of circuits, those of a kind under its heading."""

    def __init__(self, contents: Contents) -> None:
        self._contents = contents

    def __call__(self, place: str, found: Sequence[CircuitSummary]) -> Html:
        """Name, id, nodes, errors, largest effect."""
        return joined(self._kind(place, kind, list(of)) for kind, of in groupby(found, lambda c: c.kind))

    def _kind(self, place: str, kind: str, found: Sequence[CircuitSummary]) -> Html:
        lines = (
            row(
                places.link(place, places.circuit(of.id)),
                label(self._contents.title(of), of.id),
                number(f"{of.n_nodes:,}"),
                number(f"{of.n_errors:,}"),
                number(num(of.max_effect)),
            )
            for of in found
        )
        heads = (_KINDS.get(kind, kind), "nodes", "errors", "effect")
        return Html("<section>{}</section>").format(rows("circuits", lines, heads))


class _Features:
    """Rows of features."""

    def __init__(self, contents: Contents) -> None:
        self._contents = contents

    def __call__(self, place: str, found: Sequence[FeatureRef]) -> Html:
        """Name or top tokens, density in per cent, largest activation, circuits."""
        lines = []
        for ref in found:
            of = self._contents.features[ref]
            lines.append(
                row(
                    places.link(place, places.feature(ref)),
                    label(name_or_tokens(self._contents.labels.get(str(ref)), of.tokens), ref),
                    number(num(of.density * 100)),
                    number(num(of.maximum)),
                    number(str(of.n_circuits) if of.n_circuits else "–"),
                )
            )
        return rows("features", lines, ("Feature", "density, %", "max", "circuits"))


def _sites(by_site: dict[Site, list[FeatureRef]]) -> Html:
    """The sites that have features, shallowest first."""
    place = places.FEATURES
    lines = (
        row(
            places.link(place, f"features/{site}/index.html"),
            label(str(site)),
            number(f"{len(refs):,}"),
        )
        for site, refs in by_site.items()
    )
    return Html('<h1 class="title">Features</h1>') + rows("sites", lines, ("Site", "features"))


def _world(contents: Contents) -> Html:
    """What the world is, and the first of each list."""
    world, place = contents.world, places.INDEX
    facts = (
        ("Model", f"{world.model}; width {world.width}, {world.n_parameters / 1e6:,.1f} M parameters"),
        ("Dictionaries", f"{world.n_dictionaries}, {world.n_features:,} features in all"),
        ("Data", f"{world.data}; {world.n_documents:,} documents"),
    )
    behaviours, circuits = list(contents.behaviours.values()), list(contents.circuits.values())
    parts = (
        (places.BEHAVIOURS, "Behaviours", len(behaviours), _Behaviours(contents)(place, behaviours[:_FEW])),
        (places.CIRCUITS, "Circuits", len(circuits), _Circuits(contents)(place, circuits[:_FEW])),
        (places.FEATURES, "Features", len(contents.features), _Features(contents)(place, _busiest(contents))),
    )
    lists = (
        Html("<section>{}{}</section>").format(
            head(title, f"{n:,}", Html('<a href="{}">all</a>').format(to)), drawn
        )
        for to, title, n, drawn in parts
    )
    return (
        Html('<h1 class="title">{}</h1><p class="summary">{}</p>').format(world.title, world.summary)
        + Html('<dl class="facts">{}</dl>').format(
            joined(Html("<dt>{}</dt><dd>{}</dd>").format(name, esc(said)) for name, said in facts)
        )
        + joined(lists)
    )


def _busiest(contents: Contents) -> list[FeatureRef]:
    """The features that are in most circuits."""
    return sorted(contents.features, key=lambda ref: -contents.features[ref].n_circuits)[:_FEW]

"""What a world is, how good it is and how it was made, as HTML strings."""

from __future__ import annotations

from collections.abc import Sequence

from app.shared.html import Html, esc, joined
from app.shared.messages import command
from app.shared.text import head, meta, num
from explorer_engine.dictionaries.values import DictionaryQuality
from explorer_engine.drawing.charts import sitedot
from explorer_engine.progress import duration
from explorer_engine.quality import QualityFigure, Verdict
from explorer_engine.store.values import Missing, Provenance, WorldSummary

__all__ = ["dictionaries", "missing", "provenance", "quality", "world"]


def world(found: WorldSummary, made: Sequence[Provenance], dictionaries: Sequence[DictionaryQuality]) -> Html:
    """Title of the world, and its sizes in a table."""
    written = {d.kind: d.kind_written for d in sorted(dictionaries, key=lambda d: d.kind)}
    kinds = esc(", ".join(written.values()))
    million = f"{found.n_parameters / 1e6:.1f} M parameters"
    rows = [
        (
            "Model",
            f"{found.n_layers} layers, width {found.width}, {million}, {found.vocabulary:,} tokens known",
        ),
        (
            "Dictionaries",
            Html("{} ({}), <b>{:,}</b> features in all").format(
                found.n_dictionaries, kinds, found.n_features
            ),
        ),
        ("Data", f"{found.n_documents:,} documents; densities over {found.n_tokens:,} tokens"),
        (
            "Holds",
            Html("<b>{:,}</b> behaviours, <b>{:,}</b> circuits").format(found.n_behaviours, found.n_circuits),
        ),
    ]
    if made:
        last = max(p.made_at for p in made)
        rows.append(("Built", f"{last:%d %B %Y}, {duration(sum(p.seconds for p in made))} in all"))
    table = joined(
        Html("<dt>{}</dt><dd title='{}'>{}</dd>").format(key, _plain(text), text) for key, text in rows
    )
    return (
        Html('<div class="title">{}</div><p class="world-summary">{}</p>').format(found.title, found.summary)
        + meta(Html('<span class="id">{}</span>').format(found.model), esc(found.family))
        + Html('<dl class="world-facts">{}</dl>').format(table)
    )


def _plain(html: str) -> str:
    return html.replace(Html("<b>"), "").replace(Html("</b>"), "").replace("'", "&#39;")


def dictionaries(rows: Sequence[DictionaryQuality]) -> Html:
    """One line a dictionary: variance explained, L0, alive, loss recovered."""
    explained = [r.variance_explained for r in rows if r.variance_explained is not None]
    recovered = [r.ce_recovered for r in rows if r.ce_recovered is not None]
    low_v, low_r = _floor(explained), _floor(recovered)
    out = [
        Html(
            '<div class="dictionary column-heads"><span>site</span>'
            '<span class="two-columns">variance explained, %</span>'
            '<span class="number" title="features active on a token, on average">L0</span>'
            '<span class="number" title="share of features that are active anywhere">alive, %</span>'
            '<span class="two-columns" title="share of the loss kept when the site is replaced by its '
            "reconstruction; "
            '0 = as bad as zeroing the site">loss recovered, %</span></div>'
            '<div class="dictionary axis-row"><span></span><span class="axis-ends"><i>{:.0f}</i>'
            "<i>100</i></span><span></span>"
            '<span></span><span></span><span class="axis-ends"><i>{:.0f}</i><i>100</i></span>'
            "<span></span></div>"
        ).format(low_v, low_r)
    ]
    for r in rows:
        cls = " first-of-layer" if r.site.kind == "attn" else ""
        out.append(
            Html(
                '<div class="dictionary{}" title="{}"><span class="id">{}</span>{}'
                '<span class="number">{}</span>'
                '<span class="number">{}</span>'
                '<span class="number">{}</span>{}'
                '<span class="number">{}</span></div>'
            ).format(
                cls,
                _rest(r),
                r.site,
                _dot(r.variance_explained, low_v, 96),
                _percent(r.variance_explained),
                "–" if r.l0 is None else f"{r.l0:.0f}",
                _percent(r.alive, 0),
                _dot(r.ce_recovered, low_r, 66),
                _percent(r.ce_recovered),
            )
        )
    return head("How good the dictionaries are") + joined(out)


def _rest(quality: DictionaryQuality) -> str:
    """What the paper's table (App. B.3) tells besides."""
    told = {"L1": quality.l1, "cross-entropy added, in nats,": quality.ce_delta}
    return ", ".join(f"{name} {num(value)}" for name, value in told.items() if value is not None)


def _floor(shares: Sequence[float]) -> float:
    """A round number of percent at or below the smallest share."""
    return max(0.0, min(90.0, int(min(shares, default=0.0) * 10) * 10.0))


def _dot(share: float | None, low: float, width: int) -> Html:
    return Html("<span></span>") if share is None else sitedot(share * 100, low, 100, width)


def _percent(share: float | None, digits: int = 1) -> str:
    return "–" if share is None else f"{share * 100:.{digits}f}"


_MARKS: dict[Verdict | None, Html] = {
    "passed": Html('<span class="good">passed</span>'),
    "passed on average": Html(
        '<span class="fair" title="One end of its interval misses the bar">on average</span>'
    ),
    "missed": Html('<span class="bad">failed</span>'),
    None: Html("<span></span>"),
}


def quality(figures: Sequence[QualityFigure]) -> Html:
    """The quality report: figure, value, its bar, whether it passed; without a bar it is only reported."""
    barred = [f for f in figures if f.verdict]
    failed = [f.figure for f in barred if f.verdict == "missed"]
    average = sum(f.verdict == "passed on average" for f in barred)
    note = f"{len(barred) - len(failed)} of {len(barred)} figures within their bars"
    if average:
        note += f", {average} of them on average only"
    if failed:
        note += Html('; not: <b title="{}">{}</b>').format("; ".join(failed), failed[0]) + (
            " …" if failed[1:] else ""
        )
    if not figures:
        note = "No figure was measured"
    out, area = [head("Quality report", note)], None
    for f in figures:
        if f.area != area:
            area = f.area
            out.append(Html('<div class="quality-area">{}</div>').format(area))
        mark = _MARKS[f.verdict]
        unit = "" if f.unit in ("", "share") else Html("<em>{}</em>").format(f.unit)
        hint = f.figure
        if f.interval:
            hint += f", 95 % interval {num(f.interval[0])} – {num(f.interval[1])}"
        hint += f": {f.note}" if f.note else ""
        out.append(
            Html(
                '<div class="quality-figure" title="{}"><span class="figure-name">{}{}</span>'
                '<span class="number">{}</span><span class="figure-bar">{}</span>{}</div>'
            ).format(hint, f.figure, unit, num(f.value), _bar(f), mark)
        )
    return joined(out)


def _bar(figure: QualityFigure) -> str:
    match figure.low, figure.high:
        case None, None:
            return ""
        case low, None:
            return f"≥ {num(low)}"
        case None, high:
            return f"≤ {num(high)}"
        case low, high:
            return f"{num(low)} – {num(high)}"


def provenance(made: Sequence[Provenance]) -> Html:
    """The command that makes each artefact again, and how long it took; the rest of its making on hover."""
    note = "each part, and how long it took" if made else "this world does not say how it was made"
    out = [head("How it was made", note)]
    for p in made:
        details = [f"{p.artefact}: {p.made_at:%d %B %Y, %H:%M}", f"code {p.code_version}"]
        details += [f"seed {p.seed}"] if p.seed is not None else []
        details += [f"model {p.model_hash[:8]}"] if p.model_hash else []
        details += [f"dictionaries {p.dictionaries_hash[:8]}"] if p.dictionaries_hash else []
        details += [f"{k} {v}" for k, v in p.parameters.items()]
        out.append(
            Html(
                '<div class="made-part" title="{}"><span>{}</span>{}<span class="duration">{}</span></div>'
            ).format(", ".join(details), p.artefact, command(p.command), duration(p.seconds))
        )
    return joined(out)


def missing(lacking: Sequence[Missing]) -> Html:
    """What this world could hold and does not, with the command that makes it; nothing when nothing lacks."""
    if not lacking:
        return Html("")
    return (
        Html('<div class="spacer"></div>')
        + head("Missing here", "and the command that makes it, where this world records one")
        + joined(
            Html('<div class="missing-part"><div><b>{}</b><span>{}</span></div>{}</div>').format(
                m.what, m.detail, command(m.command) if m.command else ""
            )
            for m in lacking
        )
    )

"""What the Behaviours page asks: clusterings, the searchable table, one behaviour's contexts and curves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from explorer_engine.behaviours.rows import (
    behaviour_from_row,
    clustering_from_row,
    contexts_from_rows,
    similarity_from_row,
)
from explorer_engine.behaviours.values import AUTOMATIC, CircuitFigures, Clustering, Similarity
from explorer_engine.errors import InputError
from explorer_engine.store.connection import StoreReader
from explorer_engine.store.queries.search import feature_in, words
from explorer_engine.store.values import (
    BehaviourContext,
    BehaviourRow,
    ListPlace,
    Neighbour,
    Page,
    TokenShare,
)

__all__ = ["BEHAVIOUR_ORDERS", "BehaviourOrder", "BehaviourQueries", "BehaviourQuery"]


@dataclass(frozen=True)
class BehaviourOrder:
    """A way to order behaviours: by one figure, those without it last, ties by id."""

    column: str
    of: Callable[[BehaviourRow], float | None]
    """The figure of a behaviour; None where it has none."""
    largest_first: bool = True


def _of_circuit(column: str, figure: Callable[[CircuitFigures], float | None]) -> BehaviourOrder:
    """The order by a figure of the behaviour's circuit, largest first."""
    return BehaviourOrder(column, lambda row: None if row.figures is None else figure(row.figures))


BEHAVIOUR_ORDERS = {
    "effect": _of_circuit("max_effect", lambda circuit: circuit.max_effect),
    "contexts": BehaviourOrder("n_contexts", lambda row: row.n_contexts),
    "nodes": _of_circuit("n_nodes", lambda circuit: circuit.n_nodes),
    "errors": _of_circuit("n_errors", lambda circuit: circuit.n_errors),
    "relative max node": _of_circuit("relative_max_node", lambda circuit: circuit.relative_max_node),
    "relative max edge": _of_circuit("relative_max_edge", lambda circuit: circuit.relative_max_edge),
    "relative softmax": _of_circuit("relative_softmax", lambda circuit: circuit.relative_softmax),
    "error share": BehaviourOrder("error_share", lambda row: row.error_share),
    "faithfulness": BehaviourOrder("faithfulness", lambda row: row.faithfulness),
    "answer purity": BehaviourOrder("answer_purity", lambda row: row.answer_purity),
    "cohesion": BehaviourOrder("cohesion", lambda row: row.cohesion),
    "loss": BehaviourOrder("mean_loss", lambda row: row.mean_loss, largest_first=False),
    "id": BehaviourOrder("id", lambda row: row.id, largest_first=False),
}
"""By name: the only place that names them."""

_AUTOMATIC = f"coalesce(starts_with(label_source, '{AUTOMATIC}'), false)"
"""SQL: the label was made from contexts alone."""
_FEW_ANSWERS, _NO_ANSWER_ABOVE = 8, 0.6
"""A rule is seen best where the answers differ, but not at random: fewer of them, none with such a share."""


@dataclass(frozen=True)
class BehaviourQuery:
    """Which behaviours, in which order; the defaults are all of them, strongest effect first."""

    clustering: str | None = None
    text: str = ""
    """Words, all of which must occur in the label, an answer or a context; or a feature, `resid_2/31`."""
    labelled: bool = False
    has_circuit: bool = False
    among: Collection[int] | None = None
    """Only these ids: for example those that somebody has judged."""
    labels: Mapping[int, str] = field(default_factory=dict)
    """People's labels, from the judgement store: they are searched and count as labelled."""
    order: str = "effect"
    """A name of BEHAVIOUR_ORDERS."""
    reverse: bool = False
    """The other way round than the order's own direction."""

    def __post_init__(self) -> None:
        """Raises InputError for an order that is not known."""
        if self.order not in BEHAVIOUR_ORDERS:
            raise InputError(f"order {self.order!r} is not one of {', '.join(BEHAVIOUR_ORDERS)}")


class BehaviourQueries:
    """Queries of the Behaviours page."""

    def __init__(self, reader: StoreReader) -> None:
        self._reader = reader

    def clusterings(self) -> tuple[Clustering, ...]:
        """All clusterings, best agreement with planted truth first."""
        rows = self._reader.records("SELECT * FROM clustering ORDER BY nmi DESC NULLS LAST, id")
        return tuple(clustering_from_row(row) for row in rows)

    def page(self, query: BehaviourQuery, offset: int = 0, limit: int = 25) -> Page[BehaviourRow]:
        """One page of the table."""
        where, values = self._where(query)
        rows = self._reader.records(
            f"""SELECT *, count(*) OVER () AS total FROM behaviour_row {where}
                ORDER BY {_order(query)} LIMIT $limit OFFSET $offset""",
            {**values, "limit": limit, "offset": offset},
        )
        total = rows[0]["total"] if rows else self._count(where, values)
        return Page(tuple(self._row(row) for row in rows), total, offset, limit)

    def place(self, query: BehaviourQuery, behaviour: int) -> ListPlace[int] | None:
        """Where a behaviour stands in the list of a query, with its neighbours; None when it is not in it."""
        where, values = self._where(query)
        found = self._reader.values(
            ListPlace,
            f"""SELECT * FROM (
                    SELECT id, row_number() OVER w - 1 AS "index", count(*) OVER () AS total,
                           lag(id) OVER w AS previous, lead(id) OVER w AS "next"
                    FROM behaviour_row {where} WINDOW w AS (ORDER BY {_order(query)}))
                WHERE id = $behaviour""",
            {**values, "behaviour": behaviour},
        )
        return found[0] if found else None

    def get(self, behaviour: int) -> BehaviourRow:
        """One behaviour; raises InputError when there is none of that id."""
        found = self._reader.records("SELECT * FROM behaviour_row WHERE id = ?", [behaviour])
        if not found:
            raise InputError(f"behaviour {behaviour} is not in this world")
        return self._row(found[0])

    def fingerprint(self, behaviour: int) -> str:
        """8 hexadecimal digits of which predictions make it up, to tell it from others of its number."""
        ((found,),) = self._reader.rows(
            """SELECT md5(string_agg(
                   concat_ws(':', document, position, answer), ' ' ORDER BY document, position
               )) FROM behaviour_context WHERE behaviour = ?""",
            [behaviour],
        )
        return (found or "")[:8]

    def contexts(
        self, behaviour: int, offset: int = 0, limit: int | None = None, before: int = 48, after: int = 16
    ) -> Page[BehaviourContext]:
        """A behaviour's contexts, most certain first, up to `before` and `after` tokens around the answer."""
        rows = self._reader.records(
            """SELECT *, count(*) OVER () AS total
               FROM behaviour_context WHERE behaviour = $id ORDER BY rank LIMIT $limit OFFSET $offset""",
            {"id": behaviour, "limit": limit, "offset": offset},
        )
        pointers = contexts_from_rows(rows)
        documents = self._documents({found.document for found in pointers})
        text, contexts = self._reader.text, []
        for place, found in enumerate(pointers, start=offset + 1):
            tokens = documents.get(found.document, [])
            contexts.append(
                BehaviourContext(
                    rank=place,
                    document=found.document,
                    position=found.position,
                    before=text(tokens[max(0, found.position - before) : found.position]),
                    answer=text([found.answer])[0],
                    after=text(tokens[found.position + 1 : found.position + 1 + after]),
                    p=found.p,
                    truth=found.truth,
                )
            )
        total = rows[0]["total"] if rows else 0
        return Page(tuple(contexts), total, offset, limit or len(contexts))

    def answers(self, behaviour: int, limit: int = 8) -> tuple[TokenShare, ...]:
        """The behaviour's commonest answers."""
        rows = self._reader.rows("SELECT answer FROM behaviour_context WHERE behaviour = ?", [behaviour])
        return self._shares([row[0] for row in rows], limit)

    def last_tokens(self, behaviour: int, limit: int = 8) -> tuple[TokenShare, ...]:
        """The commonest tokens just before the answer."""
        pointers = self._reader.rows(
            "SELECT document, position FROM behaviour_context WHERE behaviour = ?", [behaviour]
        )
        documents = self._documents({document for document, _ in pointers})
        return self._shares([documents[d][p - 1] for d, p in pointers if p > 0 and d in documents], limit)

    def mean_losses(self) -> tuple[tuple[int, float], ...]:
        """(optimiser step, nats) over all data: the grey curve behind every behaviour's own."""
        return tuple(
            self._reader.rows("SELECT step, loss FROM training_loss WHERE behaviour IS NULL ORDER BY step")
        )  # type: ignore[return-value]

    def similarity(self, behaviour: int) -> Similarity | None:
        """Similarity of the behaviour's first contexts to each other; None where it was not computed."""
        found = self._reader.records("SELECT * FROM behaviour_similarity WHERE behaviour = ?", [behaviour])
        return similarity_from_row(found[0]) if found else None

    def neighbours(self, behaviour: int, limit: int = 8) -> tuple[Neighbour, ...]:
        """Behaviours with the most similar representation, most similar first."""
        rows = self._reader.records(
            """SELECT b.*, n.similarity
               FROM behaviour_neighbour n JOIN behaviour_row b ON b.id = n.other
               WHERE n.behaviour = ? ORDER BY n.rank LIMIT ?""",
            [behaviour, limit],
        )
        return tuple(
            Neighbour(row["id"], row["label"], self._answers(row), row["similarity"]) for row in rows
        )

    def telling(self, clustering: str | None = None) -> BehaviourRow | None:
        """A strong behaviour whose rule can be seen in its answers; the strongest where none is like that.

        None where there are no behaviours; those without a circuit stand in where none has one.
        """
        strongest = self.page(BehaviourQuery(clustering, has_circuit=True)).rows
        strongest = strongest or self.page(BehaviourQuery(clustering)).rows
        return next(filter(_tells, strongest), next(iter(strongest), None))

    def worth_a_look(self, clustering: str | None = None) -> tuple[tuple[str, BehaviourRow], ...]:
        """One behaviour of each kind for the Start page, with what it is the most of; no behaviour twice."""
        picked: dict[int, tuple[str, BehaviourRow]] = {}
        kinds = (
            ("strongest effect", "effect", False),
            ("most contexts", "contexts", False),
            ("largest circuit", "nodes", False),
            ("one feature stands out", "relative max node", False),
            ("best explained by features", "relative softmax", False),
            ("most certain", "loss", False),
            ("least explained by features", "relative softmax", True),
        )
        for name, order, reverse in kinds:
            query = BehaviourQuery(clustering, has_circuit=True, order=order, reverse=reverse)
            rows = self.page(query, limit=len(kinds)).rows
            row = next((row for row in rows if row.id not in picked), None)
            if row is not None:
                picked[row.id] = (name, row)
        return tuple(picked.values())

    # ---- parts ----

    def _where(self, query: BehaviourQuery) -> tuple[str, dict[str, object]]:
        values: dict[str, object] = {}
        parts = []
        if query.clustering is not None:
            parts.append("clustering = $clustering")
            values["clustering"] = query.clustering
        if query.labelled:
            parts.append(
                f"((label IS NOT NULL AND NOT {_AUTOMATIC}) OR id IN (SELECT unnest($labelled::INTEGER[])))"
            )
            values["labelled"] = list(query.labels)
        if query.has_circuit:
            parts.append("circuit IS NOT NULL")
        if query.among is not None:
            parts.append("id IN (SELECT unnest($among::INTEGER[]))")
            values["among"] = list(query.among)
        if (feature := feature_in(query.text)) is not None:
            parts.append(
                "circuit IN (SELECT circuit FROM feature_circuit WHERE site = $site AND feature = $feature)"
            )
            values["site"], values["feature"] = feature
        else:
            for number, word in enumerate(words(query.text)):
                parts.append(_mentions(number, self._reader.tokens_with(word)))
                values[f"word{number}"] = word
                values[f"named{number}"] = [i for i, label in query.labels.items() if word in label.lower()]
        return ("WHERE " + " AND ".join(parts) if parts else ""), values

    def _count(self, where: str, values: dict[str, object]) -> int:
        row = self._reader.row(f"SELECT count(*) FROM behaviour_row {where}", values)
        assert row is not None
        return row[0]

    def _documents(self, ids: set[int]) -> dict[int, list[int]]:
        if not ids:
            return {}
        wanted = ", ".join(str(int(i)) for i in ids)
        return dict(self._reader.rows(f"SELECT id, tokens FROM document WHERE id IN ({wanted})"))  # type: ignore[arg-type]

    def _shares(self, ids: list[int], limit: int) -> tuple[TokenShare, ...]:
        counts = sorted(Counter(ids).items(), key=lambda item: (-item[1], item[0]))[:limit]
        return tuple(TokenShare(self._reader.text([i])[0], n / len(ids)) for i, n in counts)

    def _answers(self, row: Mapping[str, Any]) -> tuple[TokenShare, ...]:
        texts = self._reader.text(row["answers"])
        shares = zip(texts, row["answer_shares"] or (), strict=True)
        return tuple(TokenShare(text=text, share=share) for text, share in shares)

    def _row(self, row: Mapping[str, Any]) -> BehaviourRow:
        curve = tuple(zip(row["steps"] or (), row["losses"] or (), strict=True))
        return BehaviourRow(
            **vars(behaviour_from_row(row)),
            answers=self._answers(row),
            losses=curve,
            answer_purity=row["answer_purity"],
            error_share=row["error_share"],
            faithfulness=row["faithfulness"],
            cohesion=row["cohesion"],
        )


def _mentions(number: int, tokens: list[int]) -> str:
    """SQL: a label of the behaviour or a token of its contexts and answers contains word `number`."""
    ids = ", ".join(map(str, tokens)) or "NULL"
    return f"""(contains(lower(coalesce(label, '')), $word{number})
                OR id IN (SELECT unnest($named{number}::INTEGER[]))
                OR id IN (SELECT unnest(behaviours) FROM behaviour_token WHERE token IN ({ids})))"""


def _tells(row: BehaviourRow) -> bool:
    """Whether its answers differ, but not at random."""
    shares = [answer.share for answer in row.answers]
    return 0 < len(shares) < _FEW_ANSWERS and max(shares) < _NO_ANSWER_ABOVE


def _order(query: BehaviourQuery) -> str:
    order = BEHAVIOUR_ORDERS[query.order]
    return f"{order.column} {'DESC' if order.largest_first != query.reverse else 'ASC'} NULLS LAST, id"

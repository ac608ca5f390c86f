"""What the Behaviours page asks: clusterings, the searchable table, one behaviour's contexts and curves."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from explorer_engine.behaviours.rows import (
    behaviour_from_row,
    clustering_from_row,
    contexts_from_rows,
    similarity_from_row,
)
from explorer_engine.behaviours.values import Clustering, Similarity
from explorer_engine.errors import InputError
from explorer_engine.store.connection import StoreReader
from explorer_engine.store.queries.behaviour_list import (
    BEHAVIOUR_ORDERS,
    BehaviourOrder,
    BehaviourQuery,
    order,
    where,
)
from explorer_engine.store.values import (
    BehaviourContext,
    BehaviourRow,
    ListPlace,
    Neighbour,
    Page,
    TokenShare,
)

__all__ = ["BEHAVIOUR_ORDERS", "BehaviourOrder", "BehaviourQueries", "BehaviourQuery"]

_MOST_LISTS = 8
"""Lists that are kept sorted."""
_FEW_ANSWERS, _NO_ANSWER_ABOVE = 8, 0.6
"""A rule is seen best where the answers differ, but not at random: fewer of them, none with such a share."""
_WORTH_A_LOOK = (
    ("strongest effect", "effect", False),
    ("most contexts", "contexts", False),
    ("largest circuit", "nodes", False),
    ("one feature stands out", "relative max node", False),
    ("best explained by features", "relative softmax", False),
    ("most certain", "loss", False),
    ("least explained by features", "relative softmax", True),
)
"""What a behaviour can be the most of: in words, the order, whether it is reversed."""


class BehaviourQueries:
    """Queries of the Behaviours page."""

    def __init__(self, reader: StoreReader) -> None:
        self._reader = reader
        self._sorted = lru_cache(maxsize=_MOST_LISTS)(self._sort)

    def clusterings(self) -> tuple[Clustering, ...]:
        """All clusterings, best agreement with planted truth first."""
        rows = self._reader.records("SELECT * FROM clustering ORDER BY nmi DESC NULLS LAST, id")
        return tuple(clustering_from_row(row) for row in rows)

    def page(self, query: BehaviourQuery, offset: int = 0, limit: int = 25) -> Page[BehaviourRow]:
        """One page of the table."""
        ids = self._ids(query)
        return Page(self.rows(ids[offset : offset + limit]), len(ids), offset, limit)

    def place(self, query: BehaviourQuery, behaviour: int) -> ListPlace[int] | None:
        """Where a behaviour stands in the list of a query; None when it is not in it."""
        ids = self._ids(query)
        if behaviour not in ids:
            return None
        index = ids.index(behaviour)
        return ListPlace(ids[index - 1] if index else None, next(iter(ids[index + 1 : index + 2]), None))

    def get(self, behaviour: int) -> BehaviourRow:
        """One behaviour; raises InputError when there is none of that id."""
        found = self.rows([behaviour])
        if not found:
            raise InputError(f"behaviour {behaviour} is not in this world")
        return found[0]

    def rows(self, ids: Sequence[int]) -> tuple[BehaviourRow, ...]:
        """The behaviours of these ids, in their order: of the wide table nothing else is read."""
        if not ids:
            return ()
        wanted = ", ".join(map(str, ids))
        found = self._reader.records(f"SELECT * FROM behaviour_row WHERE id IN ({wanted})")
        rows = {row["id"]: self._row(row) for row in found}
        return tuple(rows[id] for id in ids if id in rows)

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
        clause, values = where(self._reader, BehaviourQuery(clustering, has_circuit=True))
        columns = ", ".join({BEHAVIOUR_ORDERS[by].column for _, by, _ in _WORTH_A_LOOK})
        firsts = " UNION ALL ".join(
            f"(SELECT {kind}, id FROM narrow ORDER BY {order(BehaviourQuery(order=by, reverse=reverse))} "
            f"LIMIT {len(_WORTH_A_LOOK)})"
            for kind, (_, by, reverse) in enumerate(_WORTH_A_LOOK)
        )
        found = self._reader.rows(
            f"WITH narrow AS MATERIALIZED (SELECT id, {columns} FROM behaviour_row {clause}) {firsts}", values
        )
        picked: dict[int, str] = {}
        for kind, (name, _, _) in enumerate(_WORTH_A_LOOK):
            first = next((id for of, id in found if of == kind and id not in picked), None)
            if first is not None:
                picked[first] = name
        return tuple((picked[row.id], row) for row in self.rows([*picked]))

    # ---- parts ----

    def _ids(self, query: BehaviourQuery) -> Sequence[int]:
        """Ids of all behaviours of a list, in its order: of ten thousand, a few milliseconds.

        Kept for the next page of the list and for walking along it.
        """
        clause, values = where(self._reader, query)
        return self._sorted(self._reader.version, f"{clause} ORDER BY {order(query)}", json.dumps(values))

    def _sort(self, version: tuple[int, int, int], rest: str, values: str) -> tuple[int, ...]:
        rows = self._reader.rows(f"SELECT id FROM behaviour_row {rest}", json.loads(values))
        return tuple(id for (id,) in rows)

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


def _tells(row: BehaviourRow) -> bool:
    """Whether its answers differ, but not at random."""
    shares = [answer.share for answer in row.answers]
    return 0 < len(shares) < _FEW_ANSWERS and max(shares) < _NO_ANSWER_ABOVE

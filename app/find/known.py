"""What is known of a behaviour, a feature, a circuit: each thing by the name that the page gives it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.shared.text import num
from explorer_engine.drawing.tokens import show
from explorer_engine.finding.contexts import BEFORE
from explorer_engine.finding.values import Remark
from explorer_engine.finding.why import Known
from explorer_engine.store.opinions import Label
from explorer_engine.store.values import BehaviourRow

__all__ = ["BEFORE", "Told", "of_behaviour", "of_circuit", "of_feature"]

Inside = Mapping[str, Mapping[str, float]]
"""Circuit → the features that were looked for and are in it, with their effects."""


@dataclass(frozen=True)
class Told:
    """What people and programs say of a feature."""

    label: Label | None
    explanation: str | None
    notes: Sequence[Remark]


def of_behaviour(
    row: BehaviourRow,
    clusterings: Mapping[str, str],
    context: tuple[tuple[str, ...], str] | None,
    notes: Sequence[Remark],
    inside: Inside,
) -> tuple[Known, ...]:
    """Its name, number, answers, the context to show and notes."""
    source = row.label_source or ""
    by = source if source.startswith("label by ") else "name"
    out = [
        Known("number", (str(row.id), f"#{row.id}", f"behaviour-{row.id}")),
        Known(by, (row.label or "",), titled=True),
        Known("answer", tuple(answer.text for answer in row.answers), tokens=True),
    ]
    if context is not None:
        before, answer = context
        out.append(Known("context", ("".join(map(show, before)),), after=show(answer)))
    return (*out, *_notes(notes), *_inside(row.circuit, inside))


def of_feature(
    ref: str,
    name: str,
    pattern: str | None,
    fires: tuple[str, ...],
    promotes: tuple[str, ...],
    told: Told,
) -> tuple[Known, ...]:
    """Its id, what people, explanations and patterns call it, its tokens and notes."""
    names = {
        f"label by {told.label.annotator}" if told.label else "": told.label.text if told.label else None,
        "explanation": told.explanation,
        "pattern": pattern,
    }
    called = [Known(field, (text,), titled=text == name) for field, text in names.items() if text]
    tokens = [Known("fires on", fires, tokens=True), Known("promotes", promotes, tokens=True)]
    return (Known("id", (ref,)), *called, *tokens, *_notes(told.notes))


def of_circuit(id: str, name: str, title: str, task: str | None, inside: Inside) -> tuple[Known, ...]:
    """Its title, what its behaviour is called, its task, its id."""
    out = [Known("title", (name,), titled=True)]
    out += [Known("title", (title,))] if title != name else []
    out += [Known("task", (task,))] if task else []
    return (*out, Known("id", (id,)), *_inside(id, inside))


def _notes(notes: Sequence[Remark]) -> list[Known]:
    return [Known(f"note by {note.annotator}", (note.text,)) for note in notes]


def _inside(circuit: str | None, inside: Inside) -> list[Known]:
    effects = inside.get(circuit or "", {})
    return [Known(f"holds, effect {num(effect, True)}", (ref,)) for ref, effect in effects.items()]

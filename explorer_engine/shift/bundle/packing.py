"""From a session to a bundle: probes, the edit, whose judgements it stands on, and what came of it."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterable
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save
from torch import Tensor

from explorer_engine.shift.bundle import classifier
from explorer_engine.shift.bundle.card import model_card
from explorer_engine.shift.bundle.form import (
    ABOUT,
    CARD,
    CODE,
    FORMAT,
    TENSORS,
    VERSION,
    Part,
    module_of,
    parts_of,
)
from explorer_engine.shift.bundle.origin import Origin
from explorer_engine.shift.bundle.place import place_of
from explorer_engine.shift.live import ShiftSession
from explorer_engine.shift.measures import Accuracies, measures_of
from explorer_engine.shift.report import report_of
from explorer_engine.shift.values import SPLITS, Ablation, Split
from explorer_engine.sites import FeatureRef
from explorer_engine.store.opinions import Votes

__all__ = ["pack"]


def pack(
    session: ShiftSession,
    ablated: Iterable[FeatureRef | str],
    origin: Origin,
    *,
    retrain: bool = False,
    ablation: Ablation = "zero",
) -> bytes:
    """The zip file of a session's classifier without the features `ablated`; README.md in it says what it is.

    Other arguments as `ShiftSession.evaluate` has them. Of dictionaries only the rows that the edit needs go
    in (`form.Part`), in their own number type. Raises InputError for a feature that does not exist.
    """
    refs = [FeatureRef.parse(ref) if isinstance(ref, str) else ref for ref in ablated]
    numbers = {split: _numbers(session, refs, retrain, ablation, split) for split in SPLITS}
    to = session.values(refs, ablation)
    probes = session.classifiers(refs, retrain, ablation)
    parts = parts_of(session.dictionaries, refs, to)
    tensors: dict[str, Tensor] = {
        "probe.weight": torch.stack([probe.weight.detach().cpu() for probe in probes]),
        "probe.bias": torch.tensor([probe.bias for probe in probes], dtype=torch.float64),
    }
    for part in parts:
        tensors |= part.tensors()
    about = {
        **_head(session, origin),
        "edit": {"ablation": ablation, "retrained": retrain, "spurious_to": origin.spurious_to},
        "sites": [part.to_json(session.model) for part in parts],
        "standalone": all(map(_is_known, parts)),
        "judgements": [_judged(ref, to.get(ref, 0.0), origin) for ref in sorted(refs, key=_order)],
        "numbers": numbers,
    }
    files = {
        CARD: model_card(about, session.task),
        ABOUT: json.dumps(about, indent=1, ensure_ascii=False) + "\n",
        TENSORS: save(tensors),
        CODE: Path(classifier.__file__).read_text("utf-8"),
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in files.items():
            entry = zipfile.ZipInfo(name)
            entry.compress_type, entry.external_attr = (
                zipfile.ZIP_DEFLATED,
                0o644 << 16,
            )  # not for its owner alone
            archive.writestr(entry, content)
    return out.getvalue()


def _head(session: ShiftSession, origin: Origin) -> dict[str, Any]:
    """Form, task, model; `longest`: tokens of a text that are read, `read`: the module that probes read."""
    model, texts = session.model, session.texts
    id, revision = place_of(origin.model, origin.discreet)
    return {
        "format": FORMAT,
        "version": VERSION,
        "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "task": {**asdict(session.task), "site": str(session.task.site)},
        "model": {
            "id": id,
            "revision": revision,
            "name": origin.model_name,
            "hash": model.fingerprint,
            "dtype": str(model.dtype).removeprefix("torch."),
        },
        "read": module_of(model, session.task.site)[0],
        "longest": max(len(t) for of in (texts.ambiguous, texts.balanced, texts.test) for t in of.tokens),
        "trained_on": len(texts.ambiguous),
        "probes": session.n_probes,
        "seed": session.seed,
    }


def _is_known(part: Part) -> bool:
    """Whether the file that stands alone can run a part's dictionary."""
    kinds = {part.dictionary.kind, part.dictionary.settings().get("inner", part.dictionary.kind)}
    return kinds <= set(classifier.KINDS)


def _judged(ref: FeatureRef, to: float, origin: Origin) -> dict[str, Any]:
    vote = origin.votes.get(str(ref), Votes())
    return {"feature": str(ref), "to": to, "label": origin.labels.get(str(ref)), **asdict(vote)}


def _numbers(
    session: ShiftSession, refs: list[FeatureRef], retrain: bool, ablation: Ablation, split: Split
) -> dict[str, Any]:
    """Before and after as means over all probes, and those of the first by itself: of `predict`."""
    texts = session.texts.of(split)
    logits = session.logits(refs, retrain, ablation=ablation, split=split)
    return {
        "texts": len(texts),
        "before": _shares(session, session.evaluate((), split=split).accuracies),
        "after": _shares(session, report_of(logits, texts, seed=session.seed).accuracies),
        "first": _shares(session, report_of(logits[:1], texts, seed=session.seed).accuracies),
    }


def _shares(session: ShiftSession, found: Accuracies) -> dict[str, tuple[float, float, float]]:
    """Measure → value, low, high."""
    shares = {measure.key: found.of(measure) for measure in measures_of(session.task)}
    return {key: (share.value, share.low, share.high) for key, share in shares.items()}


def _order(ref: FeatureRef) -> tuple[int, str]:
    return ref.site.depth, str(ref.index).zfill(18)

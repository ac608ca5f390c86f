"""Which predictions are worth clustering: confident, right, not a copy of something earlier."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from explorer_engine.data import Examples, pad_left
from explorer_engine.errors import InputError
from explorer_engine.models import LanguageModel
from explorer_engine.progress import Progress

__all__ = [
    "Predictions",
    "answer_losses",
    "confident_predictions",
    "examples_of",
    "new_bigrams",
    "tokens_before",
]

_LOGITS_AT_ONCE = 1 << 25


@dataclass(frozen=True, eq=False)
class Predictions:
    """n tokens of documents that the model predicts; arrays [n]."""

    document: np.ndarray
    position: np.ndarray
    """Of the predicted token, the answer, in its document."""
    answer: np.ndarray
    """Token id."""
    loss: np.ndarray
    """−log p(answer), nats."""

    def __len__(self) -> int:
        return len(self.document)

    def __getitem__(self, rows: np.ndarray | slice) -> Predictions:
        return Predictions(self.document[rows], self.position[rows], self.answer[rows], self.loss[rows])


def new_bigrams(document: Sequence[int]) -> np.ndarray:
    """[S] bool: does (token before, token) occur here for the first time? False at 0."""
    tokens = np.asarray(document, dtype=np.int64)
    found = np.zeros(len(tokens), dtype=bool)
    if len(tokens) > 1:
        pairs = tokens[:-1] << 32 | tokens[1:]
        found[1 + np.unique(pairs, return_index=True)[1]] = True
    return found


def confident_predictions(
    model: LanguageModel,
    documents: Sequence[Sequence[int]],
    *,
    max_loss: float = 0.3,
    min_context: int = 8,
    batch_size: int = 32,
    progress: Progress | None = None,
) -> Predictions:
    """The predictions that pass the filter of the paper (§5), in order of document and position.

    Kept is a token with cross-entropy below `max_loss` nats (the paper: 0.1 or 0.3), which is the model's
    first choice, has at least `min_context` tokens before it, and whose bigram with the token before has
    not occurred earlier in its document: no plain induction. Raises InputError when `max_loss` is not
    positive.
    """
    if max_loss <= 0:
        raise InputError(f"max_loss {max_loss}: no cross-entropy is below it; give a positive number of nats")
    size = _at_once(model, documents, batch_size)
    parts: list[np.ndarray] = []
    for start in range(0, len(documents), size):
        batch = documents[start : start + size]
        loss, right = _losses(model, batch)
        for row, document in enumerate(batch):
            pad = loss.shape[1] - len(document)
            kept = new_bigrams(document) & right[row, pad:] & (loss[row, pad:] < max_loss)
            kept[:min_context] = False
            at = np.flatnonzero(kept)
            whole = np.full(len(at), start + row)
            parts.append(np.stack([whole, at, np.asarray(document)[at], loss[row, pad:][at]], axis=1))
        if progress is not None:
            progress(start + len(batch), len(documents), "confident predictions")
    found = np.concatenate(parts) if parts else np.zeros((0, 4))
    document, position, answer, loss = found.T
    return Predictions(document.astype(int), position.astype(int), answer.astype(int), loss)


def answer_losses(
    model: LanguageModel, documents: Sequence[Sequence[int]], batch_size: int = 32
) -> np.ndarray:
    """[n] −log p of the last token of each document given those before it, nats."""
    size = _at_once(model, documents, batch_size)
    parts = [
        _losses(model, documents[start : start + size])[0][:, -1] for start in range(0, len(documents), size)
    ]
    return np.concatenate(parts) if parts else np.zeros(0)


def _at_once(model: LanguageModel, documents: Sequence[Sequence[int]], batch_size: int) -> int:
    """Documents in a batch: at most `batch_size`, and no more than there is room for their logits."""
    longest = max(map(len, documents), default=1)
    return max(1, min(batch_size, _LOGITS_AT_ONCE // (longest * model.unembed.weight.shape[0])))


@torch.no_grad()
def _losses(model: LanguageModel, documents: Sequence[Sequence[int]]) -> tuple[np.ndarray, np.ndarray]:
    """[B,S] cross-entropy of each token given those before it, and whether it is the first choice."""
    tokens, mask = pad_left(documents)
    logits = model.logits(tokens, mask)[:, :-1]
    target = tokens[:, 1:, None].to(logits.device)
    own = logits.gather(-1, target)
    loss = (logits.logsumexp(-1, keepdim=True) - own).squeeze(-1).double()
    right = (own >= logits.amax(-1, keepdim=True)).squeeze(-1)
    first = [(0, 0), (1, 0)]
    return (
        np.pad(loss.cpu().numpy(), first, constant_values=np.inf),
        np.pad(right.cpu().numpy(), first, constant_values=False),
    )


def examples_of(documents: Sequence[Sequence[int]], predictions: Predictions, length: int = 64) -> Examples:
    """The predictions as prompts: up to `length` tokens before the answer, left-padded, and the answer."""
    texts = [
        list(documents[d][max(0, p - length) : p])
        for d, p in zip(predictions.document.tolist(), predictions.position.tolist(), strict=True)
    ]
    tokens, mask = pad_left(texts)
    return Examples(tokens, mask, answer=torch.as_tensor(predictions.answer))


def tokens_before(documents: Sequence[Sequence[int]], predictions: Predictions) -> np.ndarray:
    """[n] the token before each answer."""
    where = zip(predictions.document.tolist(), predictions.position.tolist(), strict=True)
    return np.array([documents[document][position - 1] for document, position in where])

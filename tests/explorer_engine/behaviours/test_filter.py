"""Which predictions pass the filter, against a plain loop over the model's probabilities."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from explorer_engine.behaviours.filter import confident_predictions, examples_of, new_bigrams
from explorer_engine.errors import InputError
from tests.explorer_engine.tiny import VOCABULARY, tiny_model


def half_predictable(length: int) -> list[int]:
    """A document in which the model's first choice follows two times out of three, a random token else."""
    generator = torch.Generator().manual_seed(length)
    document = torch.randint(VOCABULARY, (2,), generator=generator).tolist()
    while len(document) < length:
        tokens = torch.tensor([document])
        logits = tiny_model("gpt_neox").logits(tokens, torch.ones_like(tokens, dtype=torch.bool))
        surprise = int(torch.randint(VOCABULARY, (), generator=generator))
        document.append(surprise if len(document) % 3 == 0 else int(logits[0, -1].argmax()))
    return document


DOCUMENTS = [half_predictable(length) for length in (20, 14, 18, 9)]


def test_a_bigram_is_new_only_the_first_time() -> None:
    assert new_bigrams([1, 2, 3, 1, 2, 1, 2]).tolist() == [False, True, True, True, False, True, False]
    assert new_bigrams([5]).tolist() == [False] and new_bigrams([7, 7, 7]).tolist() == [False, True, False]


@pytest.mark.parametrize(("max_loss", "batch_size"), [(3.0, 2), (2.0, 3), (3.0, 32)])
def test_kept_are_confident_right_and_new(max_loss: float, batch_size: int) -> None:
    model = tiny_model("gpt_neox")
    expected = []
    for number, document in enumerate(DOCUMENTS):
        tokens = torch.tensor([document])
        p = model.logits(tokens, torch.ones_like(tokens, dtype=torch.bool))[0].softmax(-1)
        for at in range(4, len(document)):
            token, before = document[at], document[at - 1]
            seen = any(document[i - 1] == before and document[i] == token for i in range(1, at))
            loss = -math.log(float(p[at - 1, token]))
            if loss < max_loss and int(p[at - 1].argmax()) == token and not seen:
                expected.append((number, at, token, round(loss, 6)))
    found = confident_predictions(model, DOCUMENTS, max_loss=max_loss, min_context=4, batch_size=batch_size)
    columns = (found.document, found.position, found.answer, found.loss.round(6))
    assert list(zip(*(column.tolist() for column in columns), strict=True)) == expected
    assert len(expected) > 3


def test_predictions_as_prompts_end_just_before_the_answer() -> None:
    found = confident_predictions(tiny_model("gpt_neox"), DOCUMENTS, max_loss=9.0, min_context=2)
    examples = examples_of(DOCUMENTS, found, length=5)
    assert len(examples) == len(found) > 0 and examples.length <= 5
    for row, (document, position) in enumerate(zip(found.document, found.position, strict=True)):
        real = examples.tokens[row][examples.mask[row]].tolist()
        assert real == DOCUMENTS[document][max(0, position - 5) : position]
        assert examples.answer is not None and int(examples.answer[row]) == DOCUMENTS[document][position]


def test_a_bound_that_nothing_passes_is_told() -> None:
    with pytest.raises(InputError, match="max_loss 0: no cross-entropy is below it"):
        confident_predictions(tiny_model("gpt_neox"), DOCUMENTS, max_loss=0)
    assert len(confident_predictions(tiny_model("gpt_neox"), DOCUMENTS, max_loss=1e-9)) == 0


def test_predictions_can_be_chosen_by_number() -> None:
    found = confident_predictions(tiny_model("gpt_neox"), DOCUMENTS, max_loss=9.0, min_context=2)
    assert found[np.array([0])].document.tolist() == found.document[:1].tolist()

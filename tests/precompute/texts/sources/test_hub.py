"""Data sets of the hub: asked for as they are named, read row by row; errors are told in a line."""

from __future__ import annotations

from unittest.mock import Mock

import datasets
import pytest
from huggingface_hub import HfApi
from huggingface_hub.errors import GatedRepoError

from explorer_engine.errors import InputError
from precompute.texts.source import TextSource, open_texts


@pytest.fixture
def asked(monkeypatch):
    """A client that knows one data set, and what it was asked for."""
    calls = []

    def load_dataset(name, configuration=None, **options):
        calls.append((name, configuration, options))
        if name != "owner/name":
            raise datasets.exceptions.DatasetNotFoundError("Dataset 'x'\ndoesn't exist on the Hub")
        return datasets.Dataset.from_dict({"body": ["one", "two"], "n": [1, 2]}).to_iterable_dataset()

    def auth_check(self, name, repo_type):
        if name == "owner/gated":
            raise GatedRepoError("no access", response=Mock(headers={}))

    monkeypatch.setattr(datasets, "load_dataset", load_dataset)
    monkeypatch.setattr(HfApi, "auth_check", auth_check)
    return calls


def test_id_revision_configuration_and_split_are_asked_for(asked):
    options = TextSource("owner/name@v1.0/x", configuration="en", split="validation", column="body")
    assert list(open_texts(options)) == ["one", "two"]
    assert asked == [
        ("owner/name", "en", {"split": "validation", "revision": "v1.0/x", "streaming": True}),
    ]


def test_an_unknown_column_is_told_with_those_there_are(asked):
    with pytest.raises(InputError, match=r"owner/name.*no column 'text'.*body, n"):
        list(open_texts(TextSource("owner/name")))


def test_what_the_client_says_is_told_in_one_line(asked):
    with pytest.raises(InputError, match=r"owner/other.*Dataset 'x' doesn't exist") as told:
        list(open_texts(TextSource("owner/other")))
    assert "\n" not in str(told.value)


def test_a_licence_that_the_client_does_not_tell_is_found_by_asking_the_hub(asked):
    with pytest.raises(InputError, match=r"'owner/gated': it is behind a licence.*datasets/owner/gated, and"):
        list(open_texts(TextSource("owner/gated")))

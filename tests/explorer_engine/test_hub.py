"""Ids of the hub, and what went wrong there in one line."""

from __future__ import annotations

from unittest.mock import Mock

import pytest
from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError

from explorer_engine.hub import HubId, reason


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("gpt2", ("gpt2", None, "")),
        ("owner/name", ("owner/name", None, "")),
        ("owner/name@v1.0", ("owner/name", "v1.0", "")),
        ("owner/name/some/folder/", ("owner/name", None, "some/folder")),
        ("owner/name@refs/pr/3/*/width_16k", ("owner/name", "refs/pr/3", "*/width_16k")),
    ],
)
def test_an_id_has_a_revision_and_something_inside(text, parts):
    found = HubId.parse(text)
    assert found is not None and (found.name, found.revision, found.inside) == parts


@pytest.mark.parametrize(
    "text", ["", "/owner/name", "./owner/name", "../name", "~/name", "owner name/x", "a/b@"]
)
def test_a_path_is_no_id(text):
    assert HubId.parse(text) is None


def test_a_hub_out_of_reach_is_told():
    problem = LocalEntryNotFoundError("An error happened\nwhile trying")
    problem.__cause__ = ConnectionError("Name or service not known")
    assert reason(problem, "owner/name") == (
        "there is no such folder, and the hub cannot be reached (Name or service not known): "
        "give a folder, or go online"
    )


@pytest.mark.parametrize(
    ("status", "told"),
    [(401, "the hub does not take the token in HF_TOKEN"), (403, "may not read it: allow it")],
)
def test_a_token_that_is_not_enough_is_told(status, told):
    problem = RuntimeError("cannot download")
    problem.__cause__ = HfHubHTTPError("no", response=Mock(status_code=status, headers={}))
    assert told in reason(problem, "owner/name") and "\n" not in reason(problem, "owner/name")

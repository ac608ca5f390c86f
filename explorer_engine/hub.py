"""The Hugging Face hub: what a repository holds, the files that are needed, and what went wrong in one line.

Files lie in the cache of `huggingface_hub`; a file that is there is not asked for again. A token is the
client's own affair (HF_TOKEN), and so are endpoint, cache and working offline.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from glob import escape
from itertools import pairwise
from pathlib import Path
from typing import Self

from explorer_engine.errors import InputError

__all__ = [
    "HubId",
    "Repository",
    "id_of",
    "is_cached",
    "model_files",
    "model_folder",
    "reason",
    "repository",
]

_ID = re.compile(
    r"(?P<name>\w[\w.-]*(?:/\w[\w.-]*)?)(?:@(?P<revision>refs/[\w-]+/[\w.-]+|[\w.-]+))?(?P<inside>(?:/[^\0]*)?)"
)
_MARK = ".gitattributes"
"""A small file of every repository: with it the client keeps the list of all files."""


@dataclass(frozen=True)
class HubId:
    """OWNER/NAME, perhaps with @REVISION, perhaps with a folder or a file in it."""

    name: str
    revision: str | None = None
    inside: str = ""

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """None for what is no such id. A name without an owner has nothing inside."""
        found = _ID.fullmatch(text)
        if not found or (found["inside"] and "/" not in found["name"]):
            return None
        return cls(found["name"], found["revision"], found["inside"].strip("/"))

    def __str__(self) -> str:
        return self.name + (f"@{self.revision}" if self.revision else "")


@dataclass(frozen=True)
class Repository:
    """A repository of models or dictionaries at one commit."""

    id: HubId
    commit: str
    sizes: Mapping[str, int]
    """Bytes of every file, by its name: by `/` from the root."""

    @property
    def files(self) -> tuple[str, ...]:
        """All names."""
        return tuple(self.sizes)

    def size(self, files: Iterable[str]) -> int:
        """Bytes of some."""
        return sum(self.sizes[file] for file in files)

    def has(self, files: Iterable[str]) -> bool:
        """Are they all in the cache?"""
        from huggingface_hub import try_to_load_from_cache

        kept = (try_to_load_from_cache(self.id.name, file, revision=self.commit) for file in files)
        return all(isinstance(found, str) for found in kept)

    def download(self, files: Iterable[str], what: str) -> Path:
        """The folder in which `files` lie, perhaps beside others; raises InputError as `repository` does."""
        from huggingface_hub import snapshot_download

        patterns = [escape(file) for file in files]
        try:
            return Path(snapshot_download(self.id.name, revision=self.commit, allow_patterns=patterns))
        except Exception as problem:  # the client raises its own, its libraries' and the system's
            raise InputError(f"{what} {self.id}: {reason(problem, self.id.name)}") from None


@cache
def repository(id: HubId, what: str) -> Repository:
    """What a repository holds; `what` it should be, for messages.

    Raises InputError for one that is missing, behind a licence or out of reach, and for a missing revision.
    """
    from huggingface_hub import get_cached_repo_tree, snapshot_download

    try:
        folder = snapshot_download(id.name, revision=id.revision, allow_patterns=[_MARK])
        commit = Path(folder).name
        sizes = {file.path: file.size for file in get_cached_repo_tree(id.name, revision=commit)}
    except Exception as problem:
        raise InputError(f"{what} {id}: {reason(problem, id.name)}") from None
    return Repository(id, commit, {file: sizes[file] for file in sorted(sizes) if _stays_inside(file)})


def _stays_inside(file: str) -> bool:
    return not re.search(r"[\0\\]|(^|/)(\.{0,2})(/|$)", file)


@cache
def model_folder(source: str) -> Path:
    """The folder of a model, as it is or downloaded; of a hub id only what transformers reads.

    Raises InputError for a place where nothing is, and as `repository` does.
    """
    place = Path(source).expanduser()
    if place.is_dir():
        return place
    id = HubId.parse(source)
    if id is None or id.inside:
        raise InputError(f"model {source}: there is no such folder: give a model folder or a hub id")
    found = repository(id, "model")
    return found.download(model_files(found.files), "model")


def model_files(names: Iterable[str]) -> list[str]:
    """Those of a repository's files that transformers reads of a model."""
    names = list(names)
    weights = [name for name in names if re.fullmatch(r"model[\w.-]*\.safetensors", name)]
    form = r"[\w.-]+\.(json|txt|model|jinja)" + ("" if weights else r"|pytorch_model[\w.-]*\.bin")
    return [*weights, *(name for name in names if re.fullmatch(form, name))]


def is_cached(path: Path) -> bool:
    """Does it lie in the client's cache, where other files of its repository may come beside it?"""
    parts = path.absolute().parts
    return any(name.startswith("models--") and inner == "snapshots" for name, inner in pairwise(parts))


def id_of(folder: Path) -> HubId | None:
    """The id, with its commit, of a model's folder in the client's cache; None for any other folder."""
    for name, inner, commit in zip(*(folder.absolute().parts[start:] for start in range(3)), strict=False):
        if name.startswith("models--") and inner == "snapshots":
            return HubId(name.removeprefix("models--").replace("--", "/"), commit)
    return None


def reason(problem: BaseException, name: str) -> str:
    """What went wrong with a repository, and what to do, in one line."""
    from huggingface_hub import constants
    from huggingface_hub.errors import (
        EntryNotFoundError,
        HfHubHTTPError,
        LocalEntryNotFoundError,
        RepositoryNotFoundError,
        RevisionNotFoundError,
    )

    chain = tuple(_causes(problem))

    def is_a(*kinds: type[BaseException]) -> bool:
        return any(isinstance(one, kinds) for one in chain)

    statuses = {one.response.status_code for one in chain if isinstance(one, HfHubHTTPError)}
    if kept := refused(problem, name):
        return kept
    if is_a(RevisionNotFoundError):
        return f"{name} has no such revision on the hub: give a branch, a tag or a commit that it has"
    if is_a(RepositoryNotFoundError):
        return (
            f"there is no such folder, and the hub shows no repository {name}: check the name; of a private "
            "one set HF_TOKEN"
        )
    if constants.HF_HUB_OFFLINE:
        return "HF_HUB_OFFLINE is set, and it is not in the cache: fetch it once without"
    if is_a(EntryNotFoundError) and not is_a(LocalEntryNotFoundError):
        return f"a file is missing from {name} on the hub: try again, its files may have just changed"
    said = (str(chain[-1]).strip() or type(chain[-1]).__name__).splitlines()[0][:200].rstrip(".")
    if statuses:
        return f"the hub answers {min(statuses)} ({said}): try again later"
    if is_a(ConnectionError, TimeoutError, LocalEntryNotFoundError) or "onnect" in type(chain[-1]).__name__:
        return f"there is no such folder, and the hub cannot be reached ({said}): give a folder, or go online"
    return f"it cannot be downloaded ({said}): try again"


def refused(problem: BaseException, page: str) -> str | None:
    """What to do where a licence or a token keeps a page of the hub from the user; None where none does."""
    from huggingface_hub import constants
    from huggingface_hub.errors import (
        DisabledRepoError,
        GatedRepoError,
        HfHubHTTPError,
        RepositoryNotFoundError,
    )

    chain = tuple(_causes(problem))
    if any(isinstance(one, GatedRepoError) for one in chain):
        return (
            f"it is behind a licence: accept it at {constants.ENDPOINT}/{page}, and set HF_TOKEN to a token "
            "of the account that did"
        )
    told = [one for one in chain if isinstance(one, HfHubHTTPError)]
    told = [one for one in told if not isinstance(one, RepositoryNotFoundError | DisabledRepoError)]
    statuses = {one.response.status_code for one in told}
    if 401 in statuses:
        return "the hub does not take the token in HF_TOKEN: set a valid one, or none"
    if 403 in statuses:
        return (
            f"the token in HF_TOKEN may not read it: allow it to at {constants.ENDPOINT}/settings/tokens, or "
            "set another"
        )
    return None


def _causes(problem: BaseException | None) -> Iterator[BaseException]:
    while problem is not None:
        yield problem
        problem = problem.__cause__ or problem.__context__

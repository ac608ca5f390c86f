"""Whose judgements count: features that are spurious by each policy, and statements that do not count."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from explorer_engine.errors import InputError
from explorer_engine.shift.values import ClassifierFeature, Needs
from explorer_engine.sites import FeatureRef
from explorer_engine.store.judgements import JudgementStore
from explorer_engine.store.opinions import VOTES
from explorer_engine.world.world import World

__all__ = ["POLICIES", "Judged", "LeftOut", "judged_by", "left_out", "opened"]

POLICIES = {
    "all": "a row for each person, and one for each of the others that there is",
    "mine:NAME": "what NAME calls spurious",
    "majority": "what more people call spurious than relevant",
    "any": "what anyone calls spurious",
    "truth": "what the ground-truth annotator calls spurious, by labelled texts",
}
"""Policy → which features are ablated: the SHIFT page's, and all of them at once."""
_MINE = "mine:"


@dataclass(frozen=True)
class Judged:
    """The features that are spurious by one policy."""

    policy: str
    spurious: frozenset[FeatureRef]
    needs: Needs
    by: str
    """In words: to whom they are spurious."""


@dataclass(frozen=True)
class LeftOut:
    """A judgement that does not count here."""

    annotator: str
    judgement: str
    feature: str
    circuit: str
    """What it is about; empty where about the feature as such."""
    why: str


@contextmanager
def opened(file: Path | None, world: World) -> Iterator[JudgementStore]:
    """The judgements of a file that `judgements export` wrote, or those that the app keeps of a world.

    Raises InputError for a file that cannot be read, with the line, and for a damaged store.
    """
    from explorer_engine.formats.judgement_lines import read_events
    from explorer_engine.store.adoption import gathered
    from explorer_engine.store.judgement_file import judgements_path

    if file is None:
        path, *older = (judgements_path(None, key) for key in (world.key, *world.older_keys))
        with gathered(path, older) as store:
            yield store
        return
    with (
        tempfile.TemporaryDirectory() as folder,
        closing(JudgementStore(Path(folder) / "all.duckdb")) as store,
    ):
        store.add_all(read_events(file))
        yield store


def judged_by(
    policy: str, store: JudgementStore, scope: str, features: Sequence[ClassifierFeature]
) -> list[Judged]:
    """What is spurious by a policy of `POLICIES`, of the features of a classifier's circuit `scope`.

    Raises InputError for an unknown policy, for a person who has judged none of its features, and where the
    ground truth is not known.
    """
    here = {str(feature.ref): feature.ref for feature in features}
    votes = store.votes(scope)
    people = sorted(
        {name for target in here.keys() & votes for kind in VOTES for name in votes[target].of(kind)}
    )
    known = any(feature.spurious is not None for feature in features)
    if policy == "all":
        names = [*(f"{_MINE}{name}" for name in people), *(["majority", "any"] if people else [])]
        names += ["truth"] if known else []
        return [found for name in names for found in judged_by(name, store, scope, features)]
    if policy == "truth":
        if not known:
            raise InputError("--policy truth: this world has no ground truth: choose another policy")
        refs = frozenset(feature.ref for feature in features if feature.spurious)
        return [Judged(policy, refs, "labels", "the ground truth")]
    name = policy.removeprefix(_MINE)
    if policy.startswith(_MINE):
        if name not in people:
            told = f"these have: {', '.join(people)}" if people else "nobody has"
            raise InputError(
                f"--policy {policy}: {name or 'nobody'} has judged no feature of {scope}; {told}"
            )
        spurious, by = store.spurious(scope, "mine", name), name
    elif policy == "majority":
        spurious, by = store.spurious(scope, "majority"), "the majority of those who judged"
    elif policy == "any":
        spurious, by = store.spurious(scope, "any"), "anyone who judged"
    else:
        raise InputError(f"--policy {policy!r} is unknown: choose one of {', '.join(POLICIES)}")
    return [Judged(policy, frozenset(here[target] for target in spurious & here.keys()), "nothing", by)]


def left_out(
    store: JudgementStore, scope: str, features: Sequence[ClassifierFeature], world: World
) -> list[LeftOut]:
    """Judgements that do not count for the circuit `scope`: of features it lacks, or about other circuits."""
    here = {str(feature.ref) for feature in features}
    sizes = {str(found.site): found.n_features for found in world.store.start.dictionaries()}
    found = []
    for event in store.current(""):
        if event.kind == "judgement" and event.value in VOTES:
            if event.scope != scope:
                why = "about another circuit" if event.scope else "about no circuit"
            elif event.target in here:
                continue
            elif _is_there(event.target, sizes):
                why = "of a feature that this circuit does not have"
            else:
                why = "of a feature that this world does not have"
            found.append(LeftOut(event.annotator, str(event.value), event.target, event.scope, why))
    return found


def _is_there(target: str, sizes: dict[str, int]) -> bool:
    """Whether a world has a feature; `sizes`: site → number of its features."""
    try:
        ref = FeatureRef.parse(target)
    except InputError:
        return False
    return isinstance(ref.index, int) and ref.index < sizes.get(str(ref.site), 0)

"""Names by patterns are told, searched and counted as they were written; without them nothing is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from explorer_engine.errors import InputError
from explorer_engine.sites import FeatureRef
from explorer_engine.store.artefacts import ArtefactStore
from explorer_engine.store.queries.features import FeatureQuery
from explorer_engine.store.values import FeaturePattern
from tests.explorer_engine.store.small_world import build, small_world

NAMED, UNNAMED, OTHER = (FeatureRef.parse(name) for name in ("resid_0/3", "resid_0/2", "embed/1"))


def rows(accuracy: float = 0.9) -> list[dict[str, object]]:
    scored = {"accuracy": accuracy, "correlation": 0.8, "n_documents": 5}
    place = {"site": "resid_0", **scored}
    return [
        {**place, "feature": 3, "name": "quick after “100%”"},
        {**place, "feature": 2, "name": None},
    ]


@pytest.fixture
def named(tmp_path: Path) -> ArtefactStore:
    return ArtefactStore(build({**small_world(), "feature_name": rows()}, tmp_path))


def test_a_card_tells_the_pattern_and_its_score(named: ArtefactStore) -> None:
    assert named.features.card(NAMED).pattern == FeaturePattern("quick after “100%”", 0.9, 0.8, 5)
    pattern = named.features.card(UNNAMED).pattern
    assert pattern is not None and pattern.name is None
    assert named.features.card(OTHER).pattern is None


def test_features_are_called_by_patterns_where_these_are_names(named: ArtefactStore) -> None:
    unknown = FeatureRef.parse("resid_7/3")
    assert named.features.patterns([NAMED, UNNAMED, OTHER, unknown]) == {"resid_0/3": "quick after “100%”"}
    assert named.features.patterns([]) == {}


@pytest.mark.parametrize(("text", "found"), [("QUICK", 1), ("100%", 1), ("quick sheriff", 0), ("%k a", 0)])
def test_the_list_is_searched_by_their_words(named: ArtefactStore, text: str, found: int) -> None:
    assert named.features.page(FeatureQuery(text=text)).total == found


def test_their_scores_are_summed_up_by_kind_of_site(named: ArtefactStore) -> None:
    (resid,) = named.start.names()
    assert (resid.kind, resid.n_features, resid.n_named) == ("resid", 2, 1)
    assert resid.accuracy == pytest.approx([0.9] * 5) and resid.correlation == pytest.approx([0.8] * 5)


def test_a_world_without_them_works(store: ArtefactStore) -> None:
    assert store.features.card(NAMED).pattern is None
    assert store.features.patterns([NAMED]) == {} and store.start.names() == ()


def test_a_score_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="feature_name: accuracy is no share"):
        build({**small_world(), "feature_name": rows(accuracy=1.5)}, tmp_path)

"""Searches of the small world: what is found, in which order, by which filters, and what nothing holds."""

from __future__ import annotations

import pytest

from explorer_engine.finding.finder import Search
from explorer_engine.finding.index import Index, index
from explorer_engine.finding.values import Filters, Remark, Said
from explorer_engine.store.artefacts import ArtefactStore
from tests.explorer_engine.store.small_world import SITES, Rows, build, small_world

SCORED = {"accuracy": 0.9, "correlation": 0.8, "n_documents": 7}
NAMES = {
    ("attn_0", 2): "she after “the”",
    ("attn_0", 3): "a shepherd",
    ("resid_0", 1): "\\E (she|he)* 100% _",
}


def rows() -> Rows:
    named = [{"site": site, "feature": i, "name": name, **SCORED} for (site, i), name in NAMES.items()]
    return {**small_world(), "feature_name": named}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> tuple[Index, ArtefactStore]:
    store = ArtefactStore(build(rows(), tmp_path_factory.mktemp("named")))
    return index(store.finding), store


@pytest.fixture
def find(world):
    def search(text: str, said: Said | None = None, **filters: object) -> Search:
        return Search(world[0], world[1].finding, text, said or Said(), Filters(**filters))  # type: ignore[arg-type]

    return search


def behaviours(search: Search) -> list[int]:
    return [int(search.index.behaviours.id[row]) for row in search.behaviours.best(0, 99)]


def features(search: Search) -> list[str]:
    return ["{}/{}".format(*search.queries.feature(number)) for number in search.features.best(0, 99)]


def circuits(search: Search) -> list[str]:
    return [search.index.circuits.id[row] for row in search.circuits.best(0, 99)]


def test_behaviours_are_found_by_name_answer_context_and_number(find) -> None:
    assert behaviours(find("PRONOUN")) == [0]
    assert behaviours(find("she")) == [0, 1], "the answer before the context"
    assert behaviours(find("nurse")) == [1, 0], "the one with the larger share of contexts"
    assert behaviours(find("nurse noun")) == [0], "every word, wherever"
    assert behaviours(find("1")) == behaviours(find("#1")) == behaviours(find("behaviour-1")) == [1]
    assert behaviours(find("zebra")) == []


def test_whole_words_come_before_parts(find) -> None:
    labelled = Said(behaviours={1: "he and others"})
    assert behaviours(find("he", labelled))[0] == 1
    assert features(find("she"))[0] == "attn_0/2", "a name before tokens"
    assert features(find("he"))[:2] == ["resid_0/1", "attn_0/1"] and "attn_0/2" in features(find("he"))
    named = Said(features={"embed/0": "shells", "embed/3": "a she"})
    assert features(find("she", named))[0] == "embed/3" and "embed/0" in features(find("she", named))


def test_features_are_found_by_tokens_promoted_tokens_id_and_notes(find) -> None:
    assert features(find("embed/3")) == ["embed/3"]
    assert set(features(find("sheriff"))) == {"resid_0/1"}
    assert len(features(find("she"))) == 4 * len(SITES), "all promote it"
    noted = Said(feature_notes={"embed/0": (Remark("Ada", "odd one"),)})
    assert features(find("odd", noted)) == ["embed/0"]
    assert features(find("told", Said(explanations={"embed/2": "as told", "mlp_9/9": "told"}))) == ["embed/2"]
    assert features(find("embed/99")) == features(find("mlp_9/9")) == []


def test_circuits_are_found_by_title_task_id_their_behaviours_label_and_features(find) -> None:
    assert circuits(find("pronouns")) == ["behaviour-0"] and circuits(find("job")) == ["classifier-job"]
    assert circuits(find("mine", Said(behaviours={0: "mine"}))) == ["behaviour-0"]
    assert circuits(find("embed/1")) == ["behaviour-0", "classifier-job"]
    assert behaviours(find("embed/1")) == [0] and features(find("embed/1")) == ["embed/1"]
    assert find("embed/1").effects()["behaviour-0"] == {"embed/1": pytest.approx(-0.2)}
    assert find("embed/1").features.grade < find("embed/1").behaviours.grade, "the feature is what is meant"


@pytest.mark.parametrize(
    "text", ["\\E", "(she|he)*", "100%", "_", "'; DROP TABLE token; --", "\\", "[", "\x00", "$word", "%s{}"]
)
def test_signs_mean_themselves(find, text: str) -> None:
    hostile = set(features(find(text)))
    assert hostile == ({"resid_0/1"} if text in NAMES["resid_0", 1] else set())


def test_filters(find) -> None:
    assert behaviours(find("")) == [0, 1]
    assert behaviours(find("", has_circuit=True)) == [0] == behaviours(find("", labelled=True))
    assert behaviours(find("", Said(behaviours={1: "x"}), labelled=True)) == [0, 1]
    assert behaviours(find("", figure="contexts", low=2.0)) == [0]
    assert behaviours(find("", figure="contexts", high=2.0)) == [1]
    assert behaviours(find("", figure="effect", low=0.0)) == [0], "without a figure it is not within bounds"
    assert behaviours(find("", answer=" HE ")) == [0] and behaviours(find("", answer="h")) == []
    assert behaviours(find("", behaviours=[1])) == [1] and features(find("", features=["embed/2"])) == [
        "embed/2"
    ]
    assert circuits(find("", answer="he")) == ["behaviour-0"], "of a behaviour that is wanted"
    assert features(find("", answer="he")) == [], "a feature has no answer"
    assert set(features(find("", has_circuit=True))) == {"embed/1", "resid_0/3"}
    assert features(find("", Said(features={"embed/2": "x"}), labelled=True)) == ["embed/2"]


def test_what_nothing_holds_comes_with_words_spelt_like_it(find) -> None:
    assert find("sherif nurze").unknown()["nurze"] == ("nurse",)
    assert find("nurse zzzzz").unknown() == {"zzzzz": ()}
    assert find("nurse she").unknown() == {}


def test_the_context_to_show_holds_the_words(find, world) -> None:
    search = find("sheriff")
    rows = search.behaviours.best(0, 9)
    assert search.shown_contexts(rows) == {0: 2}
    before, answer = world[1].finding.passages([(0, 2)], 48)[0]
    assert before == ("<s>", " the", " sheriff", " helps") and answer == " he"
    assert world[1].finding.passages([], 48) == {}


def test_a_world_without_behaviours_or_circuits(tmp_path) -> None:
    bare = {t: [] if t.startswith(("behaviour", "circuit", "class", "shift", "faith", "clustering")) else r
            for t, r in rows().items()}  # fmt: skip
    bare["training_loss"] = []
    store = ArtefactStore(build(bare, tmp_path))
    search = Search(index(store.finding), store.finding, "she", Said(), Filters())
    assert not len(search.behaviours) and not len(search.circuits) and len(search.features)

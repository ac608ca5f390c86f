"""`precompute shift --world`: the stored table and a row for the judgements, none of which gets lost."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path

import pytest

from explorer_engine.formats.judgement_lines import to_lines
from explorer_engine.shift.measures import measures_of
from explorer_engine.store.judgement_file import judgements_path
from explorer_engine.store.judgements import JudgementStore
from explorer_engine.world.loaded import LoadedWorld
from explorer_engine.world.world import World, open_world
from precompute.cli import main
from precompute.shift.judged import POLICIES
from tests.worlds import build_world, without

CIRCUIT = "classifier-job"
SPURIOUS = {
    "mine:Ada": ["embed/1"],
    "mine:Bo": ["embed/1", "resid_0/3"],
    "majority": ["embed/1"],
    "any": ["embed/1", "resid_0/3"],
    "truth": ["embed/1"],
}


@pytest.fixture(scope="module")
def world(tmp_path_factory) -> World:
    return open_world(build_world(tmp_path_factory.mktemp("judged") / "world"))


@pytest.fixture(autouse=True)
def kept(tmp_path, monkeypatch) -> Path:
    """Where the app would keep judgements."""
    monkeypatch.setenv("CIRCUIT_EXPLORER_JUDGEMENTS", str(tmp_path / "kept"))
    return tmp_path / "kept"


def tell(store: JudgementStore) -> None:
    """What two people say, of this circuit and of more than it has."""
    store.judge("Ada", "embed/1", "relevant", CIRCUIT)
    store.judge("Ada", "embed/1", "spurious", CIRCUIT)
    store.judge("Ada", "resid_0/3", "relevant", CIRCUIT)
    store.judge("Ada", "resid_0/2", "skip", CIRCUIT)
    store.judge("Ada", "embed/2", "spurious", CIRCUIT)
    store.judge("Ada", "resid_7/9", "unsure", CIRCUIT)
    store.judge("Bo", "embed/1", "spurious", CIRCUIT)
    store.judge("Bo", "resid_0/3", "spurious", CIRCUIT)
    store.judge("Bo", "embed/0", "spurious", "pairs-0")
    store.judge("Bo", "embed/3", "spurious", CIRCUIT)
    store.undo("Bo")


@pytest.fixture
def file(tmp_path) -> Path:
    """The same as `judgements export` writes it."""
    with closing(JudgementStore(tmp_path / "told.duckdb")) as store:
        tell(store)
        (tmp_path / "told.jsonl").write_text(to_lines(store.events()), "utf-8")
    return tmp_path / "told.jsonl"


@pytest.fixture
def shift(world, tmp_path, capsys):
    """Calls the command: the file's content and stderr; or, where it must fail, stderr alone."""

    def call(*more, status: int = 0):
        out = tmp_path / "shift.json"
        given = ["--world", str(world.path), "--task", "job", "--out", str(out), *map(str, more)]
        assert main(["shift", *given]) == status
        said = capsys.readouterr().err
        return said if status else (json.loads(out.read_text("utf-8")), said)

    return call


def live(content) -> dict[str, dict]:
    return {row["name"]: row for row in content["rows"] if row["source"] == "live"}


def test_every_stored_row_is_there_with_its_numbers(world, shift):
    content, _ = shift("--policy", "truth")
    stored = [row for row in content["rows"] if row["source"] == "stored"]
    runs = world.store.classifiers.runs("job")
    assert [(row["name"], row["split"], row["n_ablated"]) for row in stored] == [
        (run.name, run.split, run.n_ablated) for run in runs
    ]
    (made,) = world.store.start.provenance("classifier")
    for row, run in zip(stored, runs, strict=True):
        for measure in measures_of(world.store.classifiers.get("job").task):
            share = run.accuracies.of(measure)
            told = row["accuracies"].get(measure.key) or row["groups"][measure.group]
            known = None if measure.group is not None else [share.low, share.high]
            assert (told["name"], told["value"], told["interval"]) == (measure.name, share.value, known)
        assert row["provenance"]["command"] == made.command and row["seeds"]["probes"]


def test_a_row_for_each_policy_is_what_the_page_computes(world, shift, file):
    content, _ = shift("--judgements", file, "--retrain")
    found = live(content)
    again = [f"judged by {policy}{more}" for policy in SPURIOUS for more in ("", "+retrain")]
    assert list(found) == again, "all is the default"
    ablation = world.store.classifiers.get("job").parameters.get("ablation", "zero")
    with closing(LoadedWorld(world)) as loaded:
        session = loaded.session("job")
        for policy, refs in SPURIOUS.items():
            for more in ("", "+retrain"):
                row = found[f"judged by {policy}{more}"]
                assert (row["ablated"], row["n_ablated"], row["policy"]) == (refs, len(refs), policy)
                report = session.evaluate(refs, bool(more), ablation=ablation, split="test").accuracies
                for measure in measures_of(session.task):
                    share = report.of(measure)
                    told = row["accuracies"].get(measure.key) or row["groups"][measure.group]
                    assert (told["value"], told["interval"]) == (share.value, [share.low, share.high])
                assert row["retrained"] == bool(more) and row["split"] == "test"
                assert row["needs"] == ("labels" if policy == "truth" else "nothing")
                assert {"command", "made_at", "code_version", "judgements_sha256"} <= row["provenance"].keys()


@pytest.mark.parametrize("policy", SPURIOUS)
def test_one_policy_is_one_row(shift, file, policy):
    content, _ = shift("--judgements", file, "--policy", policy)
    assert [(row["policy"], row["ablated"]) for row in live(content).values()] == [(policy, SPURIOUS[policy])]


@pytest.mark.parametrize("ablation", ["zero", "mean"])
def test_features_are_set_to_what_is_said(world, shift, file, ablation):
    content, _ = shift("--judgements", file, "--policy", "truth", "--ablation", ablation)
    (row,) = live(content).values()
    with closing(LoadedWorld(world)) as loaded:
        report = loaded.session("job").evaluate(SPURIOUS["truth"], ablation=ablation, split="test")
    told = row["accuracies"]["label"], row["accuracies"]["attribute"]
    assert [share["value"] for share in told] == [
        report.accuracies.label.value,
        report.accuracies.attribute.value,
    ]
    assert f"at {ablation}" in row["note"]


def test_judgements_that_do_not_count_are_listed(shift, file):
    content, said = shift("--judgements", file, "--policy", "any")
    listed = {
        (of["annotator"], of["feature"], of["circuit"]): of["why"]
        for of in content["judgements"]["not_counted"]
    }
    assert listed == {
        ("Ada", "embed/2", CIRCUIT): "of a feature that this circuit does not have",
        ("Ada", "resid_7/9", CIRCUIT): "of a feature that this world does not have",
        ("Bo", "embed/0", "pairs-0"): "about another circuit",
    }
    for name, _, feature in (
        ("1 judgement", "", "embed/2"),
        ("1 judgement", "", "resid_7/9"),
        ("", "", "embed/0"),
    ):
        assert any(name in line and feature in line for line in said.splitlines())


def test_without_a_file_those_of_the_app_count(world, shift, kept):
    content, _ = shift("--policy", "all")
    assert list(live(content)) == ["judged by truth"], "nobody has said anything"
    with closing(JudgementStore(judgements_path(None, world.key))) as store:
        tell(store)
        content, _ = shift("--policy", "mine:Bo")  # while the app has them open
    assert live(content)["judged by mine:Bo"]["ablated"] == SPURIOUS["mine:Bo"]
    assert content["judgements"]["from"] == "the app"


@pytest.mark.parametrize(
    "given, said",
    [
        (["--task", "jobs"], "classifier task 'jobs' is not in this world: it has job: choose one"),
        (["--task", ""], "--task is missing: this world has job"),
        (
            ["--policy", "mine:Cy"],
            "--policy mine:Cy: Cy has judged no feature of classifier-job; these have: Ada, Bo",
        ),
        (["--policy", "mine"], "--policy 'mine' is unknown: choose one of all, mine:NAME, majority"),
        (["--features", "3"], "--features goes with --model: leave it out"),
        (["--model", "x"], "give --world DIR, for a table of that world, or --model"),
    ],
)
def test_what_is_not_there_is_told_in_a_line(shift, file, given, said):
    told = shift("--judgements", file, *given, status=2)
    assert said in told and len(told.splitlines()) == 1


def test_a_file_that_holds_no_judgements_is_told(shift, tmp_path):
    (tmp_path / "other.jsonl").write_text('{"id": 1}\n')
    assert "other.jsonl" in shift("--judgements", tmp_path / "other.jsonl", status=2)
    assert "nothing.jsonl" in shift("--judgements", tmp_path / "nothing.jsonl", status=2)


def test_help_says_what_each_policy_means(capsys):
    with pytest.raises(SystemExit):
        main(["shift", "--help"])
    said = " ".join(capsys.readouterr().out.split())
    assert all(f"{name}: {meaning}" in said for name, meaning in POLICIES.items())


def test_a_world_without_classifiers_says_so(tmp_path, capsys):
    folder = build_world(tmp_path / "bare", without("classifier"))
    given = ["--world", str(folder), "--task", "job", "--out", str(tmp_path / "shift.json")]
    assert main(["shift", *given]) == 2
    assert "it has none: name another world" in capsys.readouterr().err

"""From rows to the published file: bad rows are refused, a failed build changes nothing, readers follow."""

from __future__ import annotations

import copy
import shutil
import threading
from collections.abc import Callable
from pathlib import Path

import duckdb
import numpy as np
import pytest

from explorer_engine.errors import InputError
from explorer_engine.store import shards
from explorer_engine.store.artefacts import ArtefactStore
from explorer_engine.store.publish import publish
from explorer_engine.store.queries.features import FeatureQuery
from tests.explorer_engine.store.small_world import Rows, build, small_world


def test_shards_take_numpy_and_leave_out_nulls(tmp_path: Path) -> None:
    row = {
        "site": "embed",
        "feature": np.int64(3),
        "density": np.float32(0.5),
        "maximum": 2,
        "histogram": np.arange(3),
    }
    row |= {
        "top_tokens": (1, 2),
        "promoted": [],
        "promoted_logits": [],
        "suppressed": [7],
        "suppressed_logits": np.ones(1),
    }
    path = shards.write(tmp_path, "feature", [row])
    found = duckdb.sql(f"SELECT feature, histogram, top_tokens, suppressed_logits FROM '{path}'").fetchall()
    assert found == [(3, [0, 1, 2], [1, 2], [1.0])]
    figure = {"area": "a", "figure": "b", "value": np.float32(0.5), "unit": "c", "interval": np.ones(2)}
    path = shards.write(tmp_path, "quality", [figure])
    assert duckdb.sql(f"SELECT value, bar_low, interval FROM '{path}'").fetchall() == [
        (0.5, None, [1.0, 1.0])
    ]


@pytest.mark.parametrize(
    ("table", "row", "message"),
    [
        ("feature_kontext", {}, "'feature_kontext' is not a table"),
        ("token", {"id": 1, "txt": "a"}, "token.txt: no such column"),
        ("token", {"id": "one", "text": "a"}, "token.id: row 0"),
        ("token", {"id": 2**40, "text": "a"}, "token.id: row 0"),
        ("token", {"id": 1}, "token.text: row 0.*NOT NULL"),
        ("document", {"id": 1, "tokens": ["a"], "split": "test"}, "document.tokens: row 0"),
    ],
)
def test_a_row_that_does_not_fit_is_refused_by_column(
    tmp_path: Path, table: str, row: dict, message: str
) -> None:
    with pytest.raises(InputError, match=message):
        shards.write(tmp_path, table, [row])
    assert not list(tmp_path.rglob("*.parquet"))


@pytest.fixture(scope="module")
def good_shards(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("good")
    for table, content in small_world().items():
        shards.write(folder, table, content)
    return folder


def _change(table: str, number: int, **values: object) -> Callable[[Rows], None]:
    return lambda rows: rows[table][number].update(values)


def _again(table: str, number: int) -> Callable[[Rows], None]:
    return lambda rows: rows[table].append(copy.deepcopy(rows[table][number]))


@pytest.mark.parametrize(
    ("break_it", "message"),
    [
        (_again("feature", 5), "feature: site 'attn_0', feature 1 occurs more than once"),
        (_again("circuit_edge", 0), "circuit_edge: .* occurs more than once"),
        (_change("feature_context", 0, document=99), "feature_context: document 99 is not in document"),
        (_change("feature_neighbour", 0, other_feature=44), "feature_neighbour: .*44 is not in feature"),
        (_change("behaviour", 0, circuit="gone"), "behaviour: circuit 'gone' is not in circuit"),
        (_change("circuit_edge", 1, source="mlp_0/5"), "circuit_edge: .*'mlp_0/5' is not in circuit_node"),
        (_change("circuit_node", 0, feature=50), "circuit_node: .*feature 50 is not in feature"),
        (_change("classifier", 0, circuit="gone"), "classifier: circuit 'gone'"),
        (_change("feature", 1, promoted_logits=[1.0]), "feature: promoted and promoted_logits differ"),
        (
            _change("feature_context", 1, position=5, first=4),
            "feature_context: the window leaves its document",
        ),
        (_change("feature_context", 1, position=4), "feature_context: the peak lies outside the window"),
        (
            _change("behaviour_context", 0, answer=5),
            "behaviour_context: the token at the position is not the answer",
        ),
        (_change("circuit_node", 0, effect=float("nan")), "circuit_node: the effect is not a number"),
    ],
)
def test_what_does_not_fit_together_is_not_published(
    tmp_path: Path, good_shards: Path, break_it: Callable[[Rows], None], message: str
) -> None:
    target = tmp_path / "world.duckdb"
    target.write_bytes(b"the store as it was")
    rows = small_world()
    break_it(rows)
    table = message.partition(":")[0]
    shutil.copytree(good_shards, tmp_path / "shards")
    shards.write(tmp_path / "shards", table, rows[table])
    with pytest.raises(InputError, match=message):
        publish([tmp_path / "shards"], target)
    assert target.read_bytes() == b"the store as it was"
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["world.duckdb"]


def test_publish_joins_the_shards_of_several_jobs(tmp_path: Path) -> None:
    rows = small_world()
    tokens = rows.pop("token")
    shards.write(tmp_path / "other", "token", tokens[:3], "a")
    shards.write(tmp_path / "other", "token", tokens[3:], "b")
    for table, content in rows.items():
        shards.write(tmp_path / "main", table, content)
    counts = publish([tmp_path / "main", tmp_path / "other"], tmp_path / "world.duckdb")
    assert counts["token"] == len(tokens)
    assert ArtefactStore(tmp_path / "world.duckdb").start.world().title == "Small"


@pytest.mark.parametrize("older", ["a", "z"])
def test_a_shard_without_a_newer_column_is_told_and_the_others_keep_theirs(
    tmp_path: Path, older: str
) -> None:
    rows = small_world()
    quality = [row | {"note": row["figure"]} for row in rows.pop("quality")]
    for table, content in rows.items():
        shards.write(tmp_path, table, content)
    shards.write(tmp_path, "quality", quality[:1], "m")
    path = shards.write(tmp_path, "quality", quality[1:], "whole")
    duckdb.sql(f"COPY (SELECT * EXCLUDE (note) FROM '{path}') TO '{path.with_name(f'{older}.parquet')}'")
    path.unlink()
    with pytest.warns(UserWarning, match=f"quality/{older}.parquet: without note"):
        publish([tmp_path], tmp_path / "world.duckdb")
    notes = {row.figure: row.note for row in ArtefactStore(tmp_path / "world.duckdb").start.quality()}
    assert notes == {"L0, mean": "L0, mean", "agreement": None}


@pytest.mark.parametrize("name", ["a", "z"])
@pytest.mark.parametrize(
    ("columns", "message"),
    [("*, 1 AS colour", "has colour, which token has not"), ("id", "lacks token.text"), (None, "not a read")],
)
def test_a_shard_with_other_columns_is_named(
    tmp_path: Path, name: str, columns: str | None, message: str
) -> None:
    good = shards.write(tmp_path, "token", small_world()["token"], "m")
    path = good.with_name(f"{name}.parquet")
    if columns is None:
        path.write_text("no shard")
    else:
        duckdb.sql(f"COPY (SELECT {columns} FROM '{good}') TO '{path}'")
    with pytest.raises(InputError, match=f"{path}: {message}"):
        publish([tmp_path], tmp_path / "world.duckdb")
    assert not (tmp_path / "world.duckdb").exists()


def test_missing_and_foreign_shards_are_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="nowhere: no such folder"):
        publish([tmp_path / "nowhere"], tmp_path / "world.duckdb")
    (tmp_path / "shards" / "features").mkdir(parents=True)
    (tmp_path / "shards" / "features" / "part-0.parquet").touch()
    with pytest.raises(InputError, match="'features' is not a table"):
        publish([tmp_path / "shards"], tmp_path / "world.duckdb")


def test_a_running_reader_picks_up_a_new_file_and_never_sees_half_of_one(tmp_path: Path) -> None:
    store = ArtefactStore(build(small_world(), tmp_path))
    seen: set[tuple[str, str]] = set()
    stop = threading.Event()

    def read() -> None:
        while not stop.wait(0.01):
            world = store.start.world()
            seen.add((world.title, world.summary))

    reader = threading.Thread(target=read)
    reader.start()
    try:
        version = store.version
        for number in range(3):
            rows = small_world()
            rows["world"][0].update(title=f"World {number}", summary=f"Summary {number}")
            shards.write(tmp_path / "shards", "world", rows["world"])
            publish([tmp_path / "shards"], tmp_path / "world.duckdb")
            assert store.start.world().title == f"World {number}"
        assert store.version != version
    finally:
        stop.set()
        reader.join()
    published = {(f"World {number}", f"Summary {number}") for number in range(3)}
    assert seen and seen <= published | {("Small", "Known by heart.")}


def test_threads_share_one_store(tmp_path: Path) -> None:
    store = ArtefactStore(build(small_world(), tmp_path))
    wrong: list[object] = []

    def ask(site: str) -> None:
        for _ in range(30):
            rows = store.features.page(FeatureQuery(text=f"{site}/2")).rows
            if [str(row.ref) for row in rows] != [f"{site}/2"]:
                wrong.append(rows)

    threads = [threading.Thread(target=ask, args=(site,)) for site in ("embed", "attn_0", "resid_0") * 2]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


@pytest.mark.parametrize("version", [0, 99])
def test_another_schema_version_is_told(tmp_path: Path, version: int) -> None:
    path = build(small_world(), tmp_path)
    with duckdb.connect(str(path)) as connection:
        connection.execute("UPDATE schema_version SET version = ?", [version])
    with pytest.raises(InputError, match=f"schema version {version}, this code reads 1 to "):
        ArtefactStore(path)


def test_what_is_no_store_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no artefact store there"):
        ArtefactStore(tmp_path / "world.duckdb")
    (tmp_path / "world.duckdb").write_text("not a database")
    with pytest.raises(InputError, match="not a readable artefact store"):
        ArtefactStore(tmp_path / "world.duckdb")

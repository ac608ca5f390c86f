"""An exported site is whole, leads nowhere that is not there, runs nothing, and replaces only its like."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from explorer_engine.formats.circuit_json import read_circuit
from explorer_engine.store.judgement_file import judgements_path
from explorer_engine.store.judgements import JudgementStore
from explorer_engine.world.world import open_world, write_manifest
from precompute.cli import main
from precompute.site import places, writing
from tests.explorer_engine.store.small_world import Rows, build, small_world
from tests.markup import Element, parse, select

HOSTILE = '</script><script>alert(1)</script><img src=x onerror=alert(1)>"\u202e'
ODD = "../../Up & Away"
"""An id of a circuit that is no name of a file."""


def hostile(rows: Rows) -> Rows:
    """The small world with such a text wherever one can be said."""
    rows["world"][0] |= {"title": HOSTILE, "summary": HOSTILE, "data": HOSTILE, "model": HOSTILE}
    rows["token"][4]["text"] = rows["token"][1]["text"] = HOSTILE
    rows["behaviour"][0] |= {"label": HOSTILE, "label_source": HOSTILE}
    rows["classifier"][0] |= {"title": HOSTILE, "attributes": [HOSTILE, "female"], "circuit": ODD}
    rows["circuit"][1] |= {"id": ODD, "title": HOSTILE, "sign": HOSTILE}
    for table in ("circuit_node", "circuit_edge"):
        for row in rows[table]:
            row["circuit"] = ODD if row["circuit"] == "classifier-job" else row["circuit"]
    return rows


@pytest.fixture(scope="module")
def worlds(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The small world, and the same with hostile texts."""
    found = {}
    for name, change in (("plain", lambda rows: rows), ("hostile", hostile)):
        root = tmp_path_factory.mktemp(name)
        for part in ("model", "dictionaries"):
            (root / part).mkdir()
        (root / "model" / "config.json").write_text("{}")
        build(change(small_world()), root)
        write_manifest(root)
        found[name] = root
    return found


def export(world: Path, out: Path, *more: str) -> int:
    judgements = str(out.parent / "judgements")
    return main(["export-site", "--world", str(world), "--out", str(out), "--judgements", judgements, *more])


@pytest.fixture(scope="module")
def sites(worlds: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    found = {}
    for name, world in worlds.items():
        found[name] = tmp_path_factory.mktemp("site") / "site"
        assert export(world, found[name], "--all-features") == 0
    return found


def pages(site: Path) -> dict[Path, Element]:
    return {file: parse(file.read_text("utf-8").partition("\n")[2]) for file in site.rglob("*.html")}


@pytest.mark.parametrize("name", ["plain", "hostile"])
def test_every_link_leads_to_a_file_of_the_site_and_every_page_is_linked(sites, name: str) -> None:
    site, met = sites[name], {sites[name] / places.INDEX}
    for file, page in pages(site).items():
        for element in page.everything():
            if (href := element.attributes.get("href")) is None:
                continue
            assert not urlsplit(href).scheme and not href.startswith(("/", "#")), href
            to = (file.parent / href).resolve()
            assert to.is_file() and to.is_relative_to(site.resolve()), f"{file}: {href}"
            met.add(site / to.relative_to(site.resolve()))
    files = {file for file in site.rglob("*") if file.is_file()} - {site / writing.MARK}
    assert files == met


def test_hostile_text_stays_text_and_no_page_has_a_script(sites) -> None:
    for file, page in pages(sites["hostile"]).items():
        found = page.everything()
        assert not {e.tag for e in found} & {"script", "img", "iframe", "form", "input"}, file
        assert not [name for e in found for name in e.attributes if name.startswith("on")], file
        assert (
            "default-src 'none'"
            in select(page, http_equiv="Content-Security-Policy")[0].attributes["content"]
        )
        assert "\u202e" not in file.read_text("utf-8"), file
    index = parse((sites["hostile"] / places.INDEX).read_text("utf-8").partition("\n")[2])
    assert "<script>alert(1)</script>" in index.text


def test_a_page_for_every_behaviour_circuit_and_feature_says_what_it_is(sites, worlds) -> None:
    site, store = sites["plain"], open_world(worlds["plain"]).store
    assert sorted(file.stem for file in (site / "behaviours").glob("[0-9]*.html")) == ["0", "1"]
    behaviour = (site / "behaviours/0.html").read_text("utf-8")
    assert "pronoun after its noun" in behaviour and behaviour.count('role="listitem"') == 3
    contexts = json.loads((site / "behaviours/0.json").read_text("utf-8"))
    assert [entry["answer"] for entry in contexts.values()] == [" she", " she", " he"]
    circuit = parse((site / "circuits/behaviour-0.html").read_text("utf-8").partition("\n")[2])
    (picture,) = (e for e in select(circuit, role="img") if "without it" in e.name)
    nodes = {node.id for node in store.circuits.graph("behaviour-0").circuit.nodes}
    titles = " ".join(e.text for e in picture.everything() if e.tag == "title")
    assert not [node for node in nodes if node not in titles], "every node is drawn"
    assert {e.attributes["href"] for e in picture.everything() if e.tag == "a"} == {
        "../features/resid_0/3.html", "../features/embed/1.html",
    }  # fmt: skip
    read = read_circuit(site / "circuits/behaviour-0.json")
    assert {node.id for node in read.nodes} == nodes
    assert len(list(site.glob("features/*/[0-9]*.html"))) == 12
    feature = json.loads((site / "features/resid_0/3.json").read_text("utf-8"))
    assert [found["quantile"] for found in feature["quantiles"]] == ["top", "0–25"]


def test_of_features_those_in_circuits_and_lists_have_a_page(worlds, tmp_path: Path) -> None:
    assert export(worlds["plain"], tmp_path / "site") == 0
    found = {
        file.relative_to(tmp_path / "site").as_posix()
        for file in tmp_path.glob("site/features/*/[0-9]*.html")
    }
    assert found == {"features/embed/1.html", "features/resid_0/3.html"}


def test_what_people_call_things_is_shown_without_their_names(worlds, tmp_path: Path) -> None:
    world = open_world(worlds["plain"])
    store = JudgementStore(judgements_path(str(tmp_path / "judgements"), world.key))
    target = f"behaviour-1@{world.store.behaviours.fingerprint(1)}"
    store.annotate("Ada Lovelace", [("resid_0/3", "her <b>own</b> word", "")])
    store.close()
    (key,) = world.older_keys
    older = JudgementStore(judgements_path(str(tmp_path / "judgements"), key))
    older.annotate("Ada Lovelace", [("resid_0/3", "an older word", ""), (target, "a comma", "")])
    older.close()
    assert export(worlds["plain"], tmp_path / "site") == 0
    text = {file: file.read_text("utf-8") for file in (tmp_path / "site").rglob("*.*ml")}
    assert "her &lt;b&gt;own&lt;/b&gt; word" in text[tmp_path / "site/features/resid_0/3.html"]
    assert "her &lt;b&gt;own" in text[tmp_path / "site/circuits/behaviour-0.html"]
    assert "a comma" in text[tmp_path / "site/behaviours/1.html"]
    assert not [file for file, said in text.items() if "Lovelace" in said]


def test_a_feature_without_a_label_goes_by_its_pattern(tmp_path: Path) -> None:
    rows = small_world()
    found = {"name": "a <comma> after that", "accuracy": 0.9, "correlation": 0.8, "n_documents": 4}
    rows["feature_name"] = [{"site": "embed", "feature": 1, **found}]
    for part in ("model", "dictionaries"):
        (tmp_path / "world" / part).mkdir(parents=True)
    (tmp_path / "world" / "model" / "config.json").write_text("{}")
    build(rows, tmp_path / "world")
    write_manifest(tmp_path / "world")
    assert export(tmp_path / "world", tmp_path / "site") == 0
    said = (tmp_path / "site/features/embed/1.html").read_text("utf-8")
    assert "a &lt;comma&gt; after that" in said


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda out: out.write_text("mine"), "is a file: name a folder"),
        (lambda out: (out.mkdir(), (out / "thesis.tex").write_text("mine")), "is not empty"),
        (lambda out: out.symlink_to("elsewhere"), "is a link"),
    ],
)  # fmt: skip
def test_what_is_no_exported_site_is_never_replaced(
    worlds, tmp_path: Path, capsys: pytest.CaptureFixture[str], make: Callable[[Path], object], said: str
) -> None:
    make(tmp_path / "out")
    before = sorted(file.read_text() for file in tmp_path.rglob("*") if file.is_file())
    assert export(worlds["plain"], tmp_path / "out") == 2
    assert said in capsys.readouterr().err
    assert sorted(file.read_text() for file in tmp_path.rglob("*") if file.is_file()) == before


class Killed(BaseException):
    """Nobody catches it, like a kill."""


def test_an_export_that_ends_early_leaves_the_old_site_and_the_next_one_is_whole(
    worlds, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "site"
    assert export(worlds["plain"], out) == 0
    old = {file.relative_to(out): file.read_text("utf-8") for file in out.rglob("*.*")}
    rename, left = Path.rename, 0

    def dying(path: Path, to: Path) -> Path:
        nonlocal left
        left -= 1
        if left < 0:
            raise Killed
        return rename(path, to)

    for steps in (0, 1):
        left = steps
        with monkeypatch.context() as patched:
            patched.setattr(Path, "rename", dying)
            patched.setattr(writing, "_settle", lambda *_: None)  # a killed process mends nothing
            with pytest.raises(Killed):
                export(worlds["hostile"], out)
        assert out.exists() == (steps == 0)
        assert export(worlds["plain"], out) == 0
        assert {file.relative_to(out): file.read_text("utf-8") for file in out.rglob("*.*")} == old
    assert sorted(re.sub(r"judgements.*", "", file.name) for file in tmp_path.iterdir()) == ["site"]


def test_a_damaged_store_is_told_and_nothing_is_written(
    worlds, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    world = shutil.copytree(worlds["plain"], tmp_path / "world")
    content = bytearray((world / "world.duckdb").read_bytes())
    for place in range(1 << 14, len(content), 1 << 12):
        content[place] ^= 0xFF
    (world / "world.duckdb").write_bytes(content)
    assert export(world, tmp_path / "site") == 2
    assert "world" in capsys.readouterr().err
    assert [file.name for file in tmp_path.iterdir()] == ["world"]


def test_two_exports_to_one_place_do_not_meet(
    worlds, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys
) -> None:
    def second(folder: Path, *rest: object) -> int:
        del folder, rest
        assert export(worlds["plain"], tmp_path / "site") == 2
        raise Killed

    monkeypatch.setattr(writing, "_fill", second)
    with pytest.raises(Killed):
        export(worlds["plain"], tmp_path / "site")
    assert "another export is at it" in capsys.readouterr().err


def test_names_of_files_are_plain_and_links_relative() -> None:
    assert places.circuit("behaviour-3") == "circuits/behaviour-3.html"
    odd = {places.circuit(id) for id in (ODD, "index", "A", "a" * 200, "con:", "\u202e")}
    assert len(odd) == 6 and all(re.fullmatch(r"circuits/circuit-[0-9a-f]{16}\.html", name) for name in odd)
    assert places.link("features/resid_0/3.html", "index.html") == "../../index.html"

"""docs/extending.md keeps its word: the files that it shows, put where it says, work in a clean clone."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

from explorer_engine.behaviours.options import RepresentedBy
from explorer_engine.behaviours.represent import kinds as represent_kinds
from explorer_engine.dictionaries import training
from explorer_engine.dictionaries.training.options import TrainingKind
from tests.clone import ROOT, clone, run

PAGE = (ROOT / "docs/extending.md").read_text("utf-8")
SHOWN = re.findall(r"```\w+\n(?:# |/\* )([\w/.]+).*?\n(.*?)```", PAGE, re.S)


PROGRAM = """
import numpy as np
import torch
from pathlib import Path
from streamlit.testing.v1 import AppTest
from transformers import AutoModelForCausalLM, Glm4Config

from explorer_engine.declaration import check_declaration
from explorer_engine.dictionaries import build, load_dictionaries, save_dictionaries
from explorer_engine.models import LanguageModel
from explorer_engine.sites import Site, sites_of
from precompute.engine.run import run_stages
from precompute.stages.vowels import VowelOptions, stage
from precompute.texts.source import TextSource, open_texts

app = AppTest.from_file("app/main.py", default_timeout=60).run()
app.query_params["name"] = "reader"
app.switch_page("hello/page.py").run()
print("page:", app.text[0].value)

config = Glm4Config(
    hidden_size=16, intermediate_size=24, num_hidden_layers=2, num_attention_heads=2,
    num_key_value_heads=2, vocab_size=40, pad_token_id=0,
)
model = LanguageModel(AutoModelForCausalLM.from_config(config))
check_declaration(model)
print("family:", model.family.name)

site, rows = Site("resid", 0), torch.eye(3)
state = {"encoder": rows, "encoder_bias": torch.zeros(3), "decoder": rows, "decoder_bias": torch.zeros(3)}
save_dictionaries("kind", {site: build("leaky", state, {})})
print("kind:", load_dictionaries("kind", sites_of(1))[site].encode(torch.tensor([8.0, -8.0, 0.0])).tolist())

Path("layout").mkdir()
np.savez("layout/resid_0.npz", **{name: tensor.numpy() for name, tensor in state.items()})
print("layout:", load_dictionaries("layout", sites_of(1))[site].kind)

print("text:", "tempfile" in next(open_texts(TextSource("manual:tempfile"))))

Path("note.txt").write_text("a banana")
run_stages([stage(VowelOptions("ab"), (Path("note.txt"),))], Path("work"))
print("stage:", Path("work/vowels/counts/a").read_text())
"""


def test_what_it_shows_works_where_it_says(tmp_path: Path) -> None:
    folder = clone(tmp_path)
    for name, content in SHOWN:
        file = folder / name
        file.parent.mkdir(exist_ok=True)
        before = file.read_text("utf-8") if file.exists() else ""
        file.write_text(before + content, "utf-8")
    pages = folder / "app" / "pages.py"
    line = re.findall(r"`(Page\(HelloView, .*?\),)`", PAGE)[0]
    text = pages.read_text("utf-8").replace("PAGES = (\n", f"PAGES = (\n    {line}\n")
    pages.write_text(
        text.replace("import StartView\n", "import StartView\nfrom app.hello.view import HelloView\n")
    )
    (folder / "program.py").write_text(PROGRAM)
    said = run("python program.py", folder).splitlines()
    missing = {
        "page: Hello reader, 8,320 features",
        "family: glm4",
        "kind: [8.0, -1.0, 0.0]",
        "layout: relu",
        "text: True",
        "stage: 4",
    }.difference(said)
    assert not missing, said


def test_every_name_of_a_kind_has_what_does_it() -> None:
    assert set(get_args(TrainingKind)) == set(training._LEARNERS)
    assert set(get_args(RepresentedBy)) == set(represent_kinds._KINDS)

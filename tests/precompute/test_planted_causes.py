"""Whether names say what was planted is counted, for features of circuits whose contexts share a cause."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from explorer_engine.store import shards
from precompute.demo.corpus.windows import Windows, save_windows
from precompute.demo.planted_causes import named_causes, one_cause
from precompute.stages.names import Namer
from tests.explorer_engine.naming.grammar import ID, OPTIONS, documents
from tests.precompute.named import named


def test_a_name_that_holds_where_the_cause_is_says_it(tmp_path: Path) -> None:
    found = named(tmp_path)
    tokens = np.array(list(documents().values()), dtype=np.int32)
    roles = (tokens == ID["She"]).astype(np.int16)
    save_windows(Windows(tokens, roles, ("animals/plain", "animals/subject")), tmp_path / "documents.npz")
    nodes = [
        {"circuit": "c", "id": f"resid_0/{feature}", "site": "resid_0", "feature": feature, "effect": 1.0}
        for feature in (2, 3)
    ]
    shards.write(tmp_path / "circuits", "circuit_node", nodes)
    of = [tmp_path / "circuits"], found.dashboards, tmp_path / "documents.npz"
    assert one_cause(*of).value == 1
    have, say = named_causes(*of, Namer(OPTIONS, found.source, found.dashboards))
    assert (have.value, say.value) == (0.5, 1), "the other has two contexts and no name"
    assert have.note is not None and have.note.startswith("of 2 features")

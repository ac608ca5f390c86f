"""A classifier that was taken away: packed from a session, unpacked into a folder or left as a zip file."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from explorer_engine.shift import Origin, ShiftSession, TaskTexts, pack
from explorer_engine.store.opinions import Votes


@pytest.fixture(scope="session")
def model_folder(small: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small model in the Hugging Face layout."""
    folder = tmp_path_factory.mktemp("small") / "model"
    small.model.hf.save_pretrained(folder)
    small.model.tokenizer.save_pretrained(folder)
    return folder


@pytest.fixture(scope="package")
def session(small: Any) -> Iterator[ShiftSession]:
    """Two probes on fewer texts."""
    texts = TaskTexts(
        small.texts.ambiguous.take(range(320)), small.texts.test, small.texts.balanced.take(range(160))
    )
    found = ShiftSession(small.model, small.dictionaries, small.task, texts, n_probes=2)
    yield found
    found.close()


@pytest.fixture
def packed(session: Any, model_folder: Path, tmp_path: Path) -> Callable[..., Path]:
    """`packed(refs, …)`: the zip file of the session's classifier without these features."""

    def pack_(refs: Any, origin: Origin | None = None, **more: Any) -> Path:
        said = origin or Origin(
            model_folder,
            "small",
            "the majority of those who judged",
            {str(ref): Votes(spurious=("Ada", "B|o"), relevant=("<i>Cy",)) for ref in refs},
            {str(ref): f"name of {ref}" for ref in refs},
        )
        file = tmp_path / "classifier.zip"
        file.write_bytes(pack(session, refs, said, **more))
        return file

    return pack_


@pytest.fixture
def unpacked() -> Callable[[Path], Path]:
    """`unpacked(file)`: the folder of a zip file's content."""

    def unpack(file: Path) -> Path:
        with zipfile.ZipFile(file) as archive:
            archive.extractall(file.with_suffix(""))
        return file.with_suffix("")

    return unpack

"""From a bundle back to a classifier that predicts what its session predicted."""

from __future__ import annotations

import json
import tempfile
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load as tensors_of
from torch import Tensor

from explorer_engine.dictionaries import load_dictionaries
from explorer_engine.errors import InputError
from explorer_engine.files import check_readable
from explorer_engine.models import LanguageModel, load_model
from explorer_engine.shift.bundle.form import ABOUT, FORMAT, TENSORS, VERSION, Part, edits_of, parts_of
from explorer_engine.shift.bundle.place import place_again
from explorer_engine.shift.probe import Probe
from explorer_engine.shift.runner import Edits, TextRunner
from explorer_engine.sites import FeatureRef, Site

__all__ = ["EditedClassifier", "load"]

Texts = Sequence[str | Sequence[int]]
_AGAIN = "download it again"


@dataclass(frozen=True, eq=False)
class EditedClassifier:
    """Probes on a model from which features are removed; the errors of the dictionaries are kept."""

    model: LanguageModel
    site: Site
    classes: tuple[str, str]
    ablated: Mapping[FeatureRef, float]
    """Features and what they are set to: zero, or their mean."""
    edits: Edits
    probes: tuple[Probe, ...]
    """The classifier, and others that differ in their seed: figures are means over all."""
    longest: int | None
    """Tokens of a text that are read; None: all."""
    about: Mapping[str, Any]
    """Everything that the bundle says: task, judgements, numbers."""

    def predict(self, texts: Texts) -> list[str]:
        """The class of each text, or of each text given as token ids. Raises InputError for an empty one."""
        return [self.classes[int(logit > 0)] for logit in self.logits(texts)[0].tolist()]

    def probability(self, texts: Texts) -> list[float]:
        """How probable `classes[1]` is for each text. Raises InputError for an empty one."""
        return torch.sigmoid(self.logits(texts)[0].double()).tolist()

    def logits(self, texts: Texts) -> Tensor:
        """[K,N]: what each of the K probes says of each text, as `ShiftSession.logits`.

        Raises InputError for an empty text.
        """
        tokens = [self._ids(text) for text in texts]
        if not all(tokens):
            raise InputError("an empty text has no tokens to classify: leave it out")
        runner = TextRunner(self.model, self.site, tokens, workers=1, memory=0)
        try:
            pooled = runner.pooled(self.edits)
        finally:
            runner.close()
        return torch.stack([probe(pooled) for probe in self.probes])

    def _ids(self, text: str | Sequence[int]) -> list[int]:
        found = self.model.tokenizer(text)["input_ids"] if isinstance(text, str) else text
        return list(found)[: self.longest]


def load(
    path: str | Path, model: LanguageModel | str | Path | None = None, device: str = "cpu"
) -> EditedClassifier:
    """The classifier of a bundle: a zip file, or the folder that it was unpacked into.

    `model` is a loaded one, its folder, or its id on the hub; left out, the bundle says where it lies. Files
    of versions 1 and 2 do not say that. Raises InputError for what is no bundle or a damaged one, where the
    model is not found, and for any other model than the one that it was made for, by a hash of its weights.
    """
    root = Path(path)
    with _unpacked(root) as folder:
        about = _about(root, folder)
        try:
            read = _read if about["version"] == VERSION else _read_older
            return read(folder, about, model, device)
        except InputError as problem:
            raise InputError(f"{root}: {problem}") from None
        except (
            OSError,
            ArithmeticError,
            AttributeError,
            KeyError,
            TypeError,
            ValueError,
            SafetensorError,
        ) as problem:
            said = f"{type(problem).__name__}: {problem}"
            raise InputError(f"{root}: a damaged classifier ({said}): {_AGAIN}") from None


def _read(
    folder: Path, about: dict[str, Any], model: LanguageModel | str | Path | None, device: str
) -> EditedClassifier:
    made_for, task = about["model"], about["task"]
    given = place_again(made_for["id"], made_for["revision"]) if model is None else model
    tensors = tensors_of((folder / TENSORS).read_bytes())
    parts = [Part.from_json(said, tensors) for said in about["sites"]]
    weights, biases = tensors["probe.weight"], tensors["probe.bias"].tolist()
    own = given if isinstance(given, LanguageModel) else load_model(given, made_for["dtype"], device)
    if own.fingerprint != made_for["hash"]:
        raise InputError(
            f"made for {made_for['id']} (hash {made_for['hash']}), not for {own.name} (hash "
            f"{own.fingerprint}): give that model"
        )
    return EditedClassifier(
        own,
        Site.parse(task["site"]),
        tuple(task["classes"]),
        {ref: to for part in parts for ref, to in part.ablated.items()},
        edits_of([part.on(own.device) for part in parts]),
        tuple(Probe(weight, bias) for weight, bias in zip(weights, biases, strict=True)),
        about["longest"],
        about,
    )


def _read_older(
    folder: Path, about: dict[str, Any], model: LanguageModel | str | Path | None, device: str
) -> EditedClassifier:
    """Versions 1 and 2: one probe in float32, whole dictionaries, and no hash of the model."""
    if model is None:
        raise InputError(f"version {about['version']} does not say where its model lies: name it (model=…)")
    own = model if isinstance(model, LanguageModel) else load_model(model, device=device)
    tensors = tensors_of((folder / "probe.safetensors").read_bytes())
    site, ablated, weight = Site.parse(about["site"]), about["ablated"], tensors["weight"]
    if site not in own.sites or own.width(site) != len(weight):
        raise InputError(f"made for a model whose {site} is {len(weight)} wide: give that model")
    values = dict.fromkeys(ablated, 0.0) if isinstance(ablated, list) else ablated
    refs = {FeatureRef.parse(name): float(value) for name, value in values.items()}
    sites, place = sorted({ref.site for ref in refs}), folder / "dictionaries"
    dtype = str(own.dtype).removeprefix("torch.")
    found = load_dictionaries(place, sites, str(own.device), dtype, own) if sites else {}
    probe = Probe(weight, float(tensors["bias"][0]))
    edits = edits_of(parts_of(found, refs, refs))
    return EditedClassifier(own, site, tuple(about["classes"]), refs, edits, (probe,), None, about)


@contextmanager
def _unpacked(root: Path) -> Iterator[Path]:
    """The folder of a bundle, for as long as it is read."""
    if root.is_dir():
        yield root
        return
    with tempfile.TemporaryDirectory() as folder:
        try:
            with zipfile.ZipFile(check_readable(root)) as archive:
                archive.extractall(folder)
        except (OSError, EOFError, RuntimeError, zipfile.BadZipFile, zlib.error) as problem:
            said = getattr(problem, "strerror", None) or problem
            raise InputError(f"{root}: no zip file nor folder of a classifier ({said}): {_AGAIN}") from None
        yield Path(folder)


def _about(root: Path, folder: Path) -> dict[str, Any]:
    """The description of a version that is known."""
    try:
        about = json.loads((folder / ABOUT).read_text("utf-8"))
    except (OSError, ValueError, RecursionError) as problem:
        said = getattr(problem, "strerror", None) or problem
        raise InputError(
            f"{root}: holds no classifier, its {ABOUT} cannot be read ({said}): {_AGAIN}"
        ) from None
    known = range(1, VERSION + 1)
    if not isinstance(about, dict) or about.get("format") != FORMAT or about.get("version") not in known:
        raise InputError(
            f"{root}: no edited classifier of version 1 to {VERSION}: {_AGAIN}, or update the code"
        )
    return about

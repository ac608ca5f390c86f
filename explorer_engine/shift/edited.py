"""A classifier with features removed, as a file that can be used in code, and back."""

from __future__ import annotations

import io
import json
import tempfile
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save
from torch import Tensor

from explorer_engine.dictionaries import load_dictionaries, save_dictionaries
from explorer_engine.dictionaries.base import Dictionaries
from explorer_engine.errors import InputError
from explorer_engine.models import LanguageModel, load_model
from explorer_engine.shift.probe import Probe
from explorer_engine.shift.runner import TextRunner, feature_site_edits
from explorer_engine.sites import FeatureRef, Site

__all__ = ["FORMAT", "EditedClassifier", "load_edited", "pack_edited"]

FORMAT = "circuit-explorer/edited-classifier"
_VERSION = 2
"""Version 1 listed features that are set to zero; this one says of each what it is set to."""
_USE = '''"""Use the edited classifier: `python use.py MODEL_FOLDER "a text" …` (needs explorer_engine)."""

import sys
from pathlib import Path

from explorer_engine.shift.edited import load_edited

classifier = load_edited(Path(__file__).parent, model=sys.argv[1])
for text, p in zip(sys.argv[2:], classifier.probability(sys.argv[2:]).tolist()):
    print(f"{p:.3f} {classifier.classes[1]}  {text}")
'''


@dataclass(frozen=True, eq=False)
class EditedClassifier:
    """A probe on a model from which features are removed; the errors of the dictionaries are kept."""

    model: LanguageModel
    dictionaries: Dictionaries
    site: Site
    classes: tuple[str, str]
    ablated: Mapping[FeatureRef, float]
    """Features and what they are set to: zero, or their mean."""
    probe: Probe

    def probability(self, texts: Sequence[str | Sequence[int]]) -> Tensor:
        """[N] probability of `classes[1]` for texts, or for texts as token ids.

        Raises InputError for an empty text.
        """
        tokens = [self._ids(text) for text in texts]
        if not all(tokens):
            raise InputError("an empty text has no tokens to classify; leave it out")
        runner = TextRunner(self.model, self.site, tokens, workers=1, memory=0)
        try:
            edits = feature_site_edits(self.dictionaries, self.ablated, self.ablated)
            return torch.sigmoid(self.probe(runner.pooled(edits)).double())
        finally:
            runner.close()

    def _ids(self, text: str | Sequence[int]) -> list[int]:
        return list(self.model.tokenizer(text)["input_ids"]) if isinstance(text, str) else list(text)


def pack_edited(
    dictionaries: Dictionaries,
    probe: Probe,
    site: Site,
    classes: tuple[str, str],
    ablated: Mapping[FeatureRef, float],
    about: dict[str, Any],
) -> bytes:
    """A zip with the probe (safetensors), the dictionaries needed, a description, and code that uses it.

    `ablated` says of each feature what it is set to. Of `dictionaries` those of sites with an
    ablated feature go in, in their own number type. `about` is kept in the description: model,
    task, accuracies.
    """
    refs = sorted(set(ablated), key=lambda r: (r.site, str(r.index)))
    description = {
        "format": FORMAT,
        "version": _VERSION,
        "site": str(site),
        "classes": list(classes),
        "ablated": {str(ref): ablated[ref] for ref in refs},
        **about,
    }
    tensors = {"weight": probe.weight.detach().float().contiguous(), "bias": torch.tensor([probe.bias])}
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("classifier.json", json.dumps(description, indent=1, ensure_ascii=False) + "\n")
        archive.writestr("probe.safetensors", save(tensors))
        archive.writestr("use.py", _USE)
        for where in sorted({ref.site for ref in refs}):
            with tempfile.TemporaryDirectory() as folder:
                own = dictionaries[where]
                save_dictionaries(folder, {where: own}, str(own.dtype).removeprefix("torch."))
                name = f"{where}.safetensors"
                archive.write(Path(folder) / name, f"dictionaries/{name}")
    return out.getvalue()


def load_edited(folder: str | Path, model: LanguageModel | str | Path) -> EditedClassifier:
    """The classifier of an unpacked zip on a model (or the folder of one).

    Raises InputError for a folder without a readable classifier, and for a model that it was not made for.
    """
    root = Path(folder)
    try:
        about = json.loads((root / "classifier.json").read_text("utf-8"))
        tensors = load_file(root / "probe.safetensors")
    except (OSError, ValueError) as problem:
        raise InputError(
            f"{root}: not an unpacked classifier ({problem}); download and unpack it again"
        ) from None
    if about.get("format") != FORMAT or about.get("version") not in (1, _VERSION):
        raise InputError(
            f"{root}/classifier.json: not an edited classifier of version 1 or {_VERSION}; download it again"
        )
    own = model if isinstance(model, LanguageModel) else load_model(model)
    site, ablated = Site.parse(about["site"]), about["ablated"]
    values = dict.fromkeys(ablated, 0.0) if isinstance(ablated, list) else ablated
    refs = {FeatureRef.parse(name): float(value) for name, value in values.items()}
    if site not in own.sites or own.width(site) != len(tensors["weight"]):
        raise InputError(
            f"{root}: made for a model whose {site} is {len(tensors['weight'])} wide; give that model"
        )
    sites = sorted({ref.site for ref in refs})
    found = load_dictionaries(root / "dictionaries", sites, model=own) if sites else {}
    dictionaries = {place: dictionary.to(own.device, own.dtype) for place, dictionary in found.items()}
    probe = Probe(tensors["weight"], float(tensors["bias"][0]))
    return EditedClassifier(own, dictionaries, site, tuple(about["classes"]), refs, probe)

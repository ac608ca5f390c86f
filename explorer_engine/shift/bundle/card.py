"""The model card of a bundle: its README.md, with the front matter that the Hugging Face hub reads."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from explorer_engine.errors import printable
from explorer_engine.formats.markdown import escaped
from explorer_engine.shift.measures import Measure, measures_of
from explorer_engine.shift.task import ClassifierTask
from explorer_engine.shift.values import SPLITS

__all__ = ["model_card"]

_USE = """```python
from classifier import Classifier  # the file beside this one; needs torch, transformers and safetensors

classifier = Classifier({model})
classifier.predict(["a text"]), classifier.probability(["a text"])
```

With the library that made it, from the zip file or the folder:

```python
from explorer_engine.shift import load

load(PATH).predict(["a text"])
```"""
_CANNOT = """`classifier.py` cannot run these dictionaries ({kinds}): it does not know their kind. The library
that made them does, from the zip file or the folder:

```python
from explorer_engine.shift import load

load(PATH).predict(["a text"])
```"""


def model_card(about: Mapping[str, Any], task: ClassifierTask) -> str:
    """Markdown that says task, judgements, by whom, numbers with intervals, and limits; `about` is what
    classifier.json holds."""
    parts = (
        _front(about, task),
        [f"# {escaped(task.title)} Without {_features(len(about['judgements']))}", ""],
        _task(about, task),
        ["", "## Use", "", _use(about)],
        _judgements(about),
        _figures(about, task),
        _limits(about, task),
    )
    return "\n".join(line for lines in parts for line in lines) + "\n"


def _front(about: Mapping[str, Any], task: ClassifierTask) -> Iterator[str]:
    """YAML in which every text is a JSON text, which YAML reads, too."""
    after, texts = about["numbers"]["test"]["after"], about["numbers"]["test"]["texts"]
    yield from ("---", "library_name: transformers", "pipeline_tag: text-classification")
    if about["model"]["revision"] is not None:
        yield f"base_model: {_yaml(about['model']['id'])}"
    yield "tags:"
    yield from (f"- {tag}" for tag in ("circuit-explorer", "sparse-autoencoder", "shift", "linear-probe"))
    yield from ("model-index:", f"- name: {_yaml(task.name)}", "  results:")
    yield from ("  - task:", "      type: text-classification", "    dataset:")
    yield f"      name: {_yaml(f'{task.title} {texts} test texts with equal groups')}"
    yield f"      type: {_yaml(task.name)}"
    yield "    metrics:"
    for measure in _headline(task):
        yield "    - type: accuracy"
        yield f"      name: {_yaml(measure.name)}"
        yield f"      value: {after[measure.key][0]:.6g}"
    yield from ("---", "")


def _task(about: Mapping[str, Any], task: ClassifierTask) -> Iterator[str]:
    edit, n = about["edit"], len(about["judgements"])
    label, attribute = _word(task.label_name), _word(task.attribute_name)
    to = "zero" if edit["ablation"] == "zero" else "their means over the training texts"
    trained = "trained again without them" if edit["retrained"] else "as it was trained with them"
    yield (
        f"A linear probe on {_model(about)} that tells {escaped(task.classes[0])} (0) from "
        f"{escaped(task.classes[1])} (1) by the mean over tokens of `{task.site}`. It learnt from "
        f"{about['trained_on']:,} texts in which the label, {label}, and an attribute that it should not "
        f"use, {attribute}, say the same: {escaped(task.groups[0])} and {escaped(task.groups[3])}."
    )
    if n:
        yield (
            f"{_features(n).capitalize()} of the probe’s circuit, spurious to "
            f"{escaped(edit['spurious_to'])}, {'is' if n == 1 else 'are'} set to {to}, the errors of the "
            f"dictionaries kept; the probe is {trained} (SHIFT: Marks et al., Sparse Feature Circuits, "
            "ICLR 2025)."
        )


def _use(about: Mapping[str, Any]) -> str:
    if about["standalone"]:
        where = "" if about["model"]["revision"] is not None else 'model="FOLDER OF THE MODEL"'
        return _USE.replace("{model}", where)
    kinds = dict.fromkeys(
        f"{part['site']}: {part['settings'].get('inner', part['kind'])}" for part in about["sites"]
    )
    return _CANNOT.format(kinds=", ".join(map(escaped, kinds)))


def _judgements(about: Mapping[str, Any]) -> Iterator[str]:
    yield from ("", "## Judgements", "")
    if not about["judgements"]:
        yield "No feature is removed: this is the probe as it is."
        return
    yield "| feature | name | set to | spurious to | relevant to | unsure |"
    yield "|---|---|---|---|---|---|"
    for said in about["judgements"]:
        people = " | ".join(_people(said[kind]) for kind in ("spurious", "relevant", "unsure"))
        yield f"| `{said['feature']}` | {escaped(said['label'] or '')} | {said['to']:.4g} | {people} |"


def _figures(about: Mapping[str, Any], task: ClassifierTask) -> Iterator[str]:
    yield from ("", "## Numbers", "")
    yield (
        f"Accuracies in per cent, means over {_probes(about['probes'])}, with 95 % intervals over probes and "
        "texts; *this file* is the first probe by itself, the one that `predict` uses. "
        f"“{escaped(task.attribute_name)}” is how often the same predictions tell the attribute: 50 where "
        "they do not use it."
    )
    for split in reversed(SPLITS):
        found = about["numbers"][split]
        yield from (
            "",
            f"| {found['texts']:,} {split} texts, all groups alike | before | after | this file |",
        )
        yield "|---|---|---|---|"
        for measure in measures_of(task):
            before, after, first = (
                _percent(found[name][measure.key]) for name in ("before", "after", "first")
            )
            yield f"| {escaped(measure.inline)} | {before} | {after} | {first} |"


def _limits(about: Mapping[str, Any], task: ClassifierTask) -> Iterator[str]:
    model, attribute = about["model"], _word(task.attribute_name)
    yield from ("", "## Limits", "")
    yield f"- It is for that model alone. Another is refused by a hash of its weights (`{model['hash']}`)."
    yield (
        f"- Of a text {about['longest']:,} tokens are read, as many as the longest has that it was made "
        "with; what follows is cut off."
    )
    yield "- The numbers are of texts of the same source with equal groups. Of other texts nothing is known."
    yield (
        f"- {attribute[:1].upper() + attribute[1:]} may still be read from the model by a probe that is "
        "trained for it."
    )
    yield f"- The numbers were computed in {model['dtype']}; others, and other machines, differ a little."
    for part in about["sites"]:
        if part["whole"] and part["kind"] != "identity":
            yield (
                f"- `{part['site']}` carries its whole dictionary ({escaped(part['kind'])}): all of its "
                "features take part in what the edited ones are."
            )


def _model(about: Mapping[str, Any]) -> str:
    """Its id and revision on the hub; of a folder the name, for the way to it is nobody else's affair."""
    model = about["model"]
    return f"`{model['id']}` at `{model['revision']}`" if model["revision"] else escaped(model["name"])


def _headline(task: ClassifierTask) -> Iterator[Measure]:
    return (measure for measure in measures_of(task) if measure.group is None)


def _percent(share: Iterable[float]) -> str:
    value, low, high = (100 * number for number in share)
    return f"{value:.1f} ({low:.1f} to {high:.1f})"


def _people(names: Iterable[str]) -> str:
    return ", ".join(map(escaped, names))


def _features(n: int) -> str:
    return "one feature" if n == 1 else f"{n:,} features"


def _probes(n: int) -> str:
    return "one probe" if n == 1 else f"{n} probes"


def _word(name: str) -> str:
    """The name of a label or an attribute inside a sentence."""
    return escaped(Measure("", name).inline)


def _yaml(text: str) -> str:
    return json.dumps(" ".join(printable(text).split()), ensure_ascii=False)

"""What the recipe of a world says besides the options of the engine: where model, dictionaries, pairs lie."""

from __future__ import annotations

from dataclasses import dataclass, field, fields

from explorer_engine.behaviours.options import BehaviourOptions
from explorer_engine.dictionaries.training import TrainingOptions

__all__ = ["DictionariesOptions", "ModelOptions", "PairsOptions", "WorldBehaviourOptions"]


@dataclass(frozen=True)
class ModelOptions:
    """The language model."""

    source: str = ""
    """A folder in the Hugging Face layout, or a hub id (`@REVISION` may follow). Empty: one is trained on the
    text, as [tokenizer] and [language_model] say."""
    device: str = "auto"
    """Where the model runs: auto (a GPU where there is one), cpu, cuda."""
    checkpoints: tuple[str, ...] = ()
    """The model at steps of its training, for the loss curves of behaviours: folders, revisions of the hub
    id, or REPO@REVISION; each ends with the step, as step512 does. A model trained here keeps its own."""


@dataclass(frozen=True)
class DictionariesOptions:
    """The sparse dictionaries of the model's sites."""

    source: str = ""
    """A folder or zip file in a known layout, a place on the hub (`OWNER/NAME@REVISION/FOLDER`, without
    revision or folder too) or `saelens:RELEASE`; of several for a site one is chosen by a `*` for the site's
    part of the way (`DIR/*/10_32768`); places are joined by kind of site as `resid=PLACE attn=PLACE`. Empty:
    trained on the text."""
    training: TrainingOptions = field(default_factory=TrainingOptions)
    """How they are trained where there is no source."""


@dataclass(frozen=True)
class WorldBehaviourOptions(BehaviourOptions):
    """How behaviours are found, and which are brought in."""

    published: tuple[str, ...] = ()
    """Clusters of others in the form of feature-circuits.xyz, {"ID": {"context": [tokens], "answer": token}}:
    files, or folders whose .json files they are. They become one more clustering, a behaviour each file, with
    circuits as the others."""

    @property
    def found(self) -> BehaviourOptions:
        """What decides those that are found."""
        return BehaviourOptions(
            **{field.name: getattr(self, field.name) for field in fields(BehaviourOptions)}
        )


@dataclass(frozen=True)
class PairsOptions:
    """A file of contrastive pairs, of which a circuit is found."""

    file: str
    """JSON lines with clean_prefix, patch_prefix, clean_answer, patch_answer."""
    title: str = ""
    """As pages call the circuit; left out, the file's name."""
    tests: tuple[str, ...] = ()
    """Files of other pairs that it is tested on; without any, the second half of its own."""

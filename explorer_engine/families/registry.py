"""The families that are known, by their `model_type`."""

from __future__ import annotations

from typing import Any

from explorer_engine.errors import InputError
from explorer_engine.families.family import Family

__all__ = ["families", "family_of", "register_family", "supported_family"]

_FAMILIES: dict[str, Family] = {}


def register_family(family: Family) -> Family:
    """Make a family known under its `model_type` and return it; raises InputError when the name is taken."""
    if family.name in _FAMILIES:
        raise InputError(f"model family {family.name!r} is registered twice: change its declaration instead")
    _FAMILIES[family.name] = family
    return family


def families() -> tuple[str, ...]:
    """The names of all known families, sorted."""
    return tuple(sorted(_FAMILIES))


def family_of(model_type: str) -> Family:
    """The family of a `config.model_type`; raises InputError for one that is not declared."""
    if model_type in _FAMILIES:
        return _FAMILIES[model_type]
    raise InputError(
        f"model family {model_type!r} is unknown (known: {', '.join(families())}): declare it with "
        f"explorer_engine.families.register_family(Family(name={model_type!r}, embed='model.embed_tokens', "
        "layers='model.layers', norm='model.norm', attn=Place('self_attn.o_proj'), mlp=Place('mlp'), "
        "attn_projection='self_attn.o_proj', mlp_module='mlp')) with that model's own module paths"
    )


def supported_family(config: Any) -> Family:
    """The family of a model's config; raises InputError for one not declared, and for what it refuses."""
    family = family_of(config.model_type)
    if why := family.refused(config):
        raise InputError(f"model family {family.name!r}: {why}: choose another model")
    return family

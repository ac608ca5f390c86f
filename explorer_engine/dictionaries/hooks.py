"""Hooks, the places of other libraries that dictionaries are trained on, and which of our sites they are.

Two ways of naming are known: TransformerLens's (`blocks.3.hook_resid_post`) and paths of modules, whose
output is meant (`layers.3.mlp`).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import torch

from explorer_engine.errors import InputError
from explorer_engine.sites import Kind, Site

if TYPE_CHECKING:
    from explorer_engine.models import LanguageModel

__all__ = ["EMBED", "check_hook", "site_of"]

EMBED = Site("embed", -1)
_LENS = re.compile(r"blocks\.(\d{1,4})\.((?:attn\.)?hook_\w+|mlp\.\w+|\w+\.hook_\w+)$")
_MODULE = re.compile(r"(?:\w+\.)*(?:layers|h|blocks)\.(\d{1,4})(?:\.([\w.]+))?$")
_KINDS: dict[str, Kind] = {
    "hook_resid_pre": "resid",
    "hook_resid_post": "resid",
    "hook_mlp_out": "mlp",
    "hook_attn_out": "attn",
    "attn.hook_z": "attn",
    "": "resid",
    "mlp": "mlp",
    "attn": "attn",
    "self_attn": "attn",
    "attention": "attn",
}
_EMBEDDINGS = ("hook_embed", "embed_tokens", "embed_in", "wte")


def site_of(hook: str) -> Site:
    """The site that a hook is, in models where it is one (`check_hook`).

    Raises InputError for hooks that are no site in any: inside a module, or between attention and MLP.
    """
    if hook.rpartition(".")[2] in _EMBEDDINGS:
        return EMBED
    layer, rest = _parts(hook)
    if layer is None or rest not in _KINDS:
        raise InputError(
            f"{hook!r} is not a site: sites are the embedding, the residual stream after a layer, and what "
            "attention and MLP add to it: use dictionaries trained there"
        )
    if rest == "hook_resid_pre":
        return EMBED if layer == 0 else Site("resid", layer - 1)
    return Site(_KINDS[rest], layer)


def check_hook(hook: str, model: LanguageModel | None) -> None:
    """Raises InputError for a hook that is not the site of `site_of` in this model.

    Where that hangs on the model, and None is known, too.
    """
    layer, rest = _parts(hook)
    if layer is None or rest in ("", "hook_resid_post", "hook_mlp_out"):
        return
    if rest == "hook_resid_pre" and layer > 0:
        return
    site = site_of(hook)
    if model is None:
        raise InputError(f"{hook} is {site} in some models only: say in which model it is read")
    if not _is_site(layer, rest, site, model):
        raise InputError(
            f"{hook} is not {site} in a {model.family.name} model: read only the other kinds of site from "
            "there (resid=PLACE), or use dictionaries trained on that site"
        )


def _is_site(layer: int, rest: str, site: Site, model: LanguageModel) -> bool:
    family, place = model.family, model.place(site)
    match rest:
        case "hook_resid_pre":
            return _nothing_added(model)
        case "hook_attn_out":
            return family.attn_added
        case "attn.hook_z":
            return place is not None and (place.module, place.end) == (family.attn_projection, "input")
        case _:  # the output of a module is that of the projection which ends it
            ends = family.attn_projection if site.kind == "attn" else family.mlp_module
            inside = ends == rest or ends.startswith(f"{rest}.")
            return place is not None and inside and (place.module, place.end) == (ends, "output")


@torch.no_grad()
def _nothing_added(model: LanguageModel) -> bool:
    """Does the first layer read the embedding itself? Seen on a short prompt."""
    tokens = torch.arange(4).unsqueeze(0)
    found = model.capture(tokens, torch.ones_like(tokens, dtype=torch.bool), [EMBED])
    return torch.equal(found.inputs[0], found.values[EMBED])


def _parts(hook: str) -> tuple[int | None, str]:
    """Layer and what follows it; None for a name of neither way."""
    if found := _LENS.match(hook) or _MODULE.match(hook):
        return int(found[1]), found[2] or ""
    return None, ""

"""`python -m precompute.releases < releases.json`: SAELens's list of releases, as it is used here.

The list is `pretrained_saes.yaml` of the package sae-lens, written as JSON:

    python -c 'import json, sys, yaml; json.dump(yaml.safe_load(sys.stdin), sys.stdout)' < FILE.yaml

A release becomes a place of the hub: which of its files a site has is seen by their names, as in any other.
"""

from __future__ import annotations

import json
import re
import sys
from collections import defaultdict
from collections.abc import Mapping
from posixpath import basename, commonpath, dirname
from typing import Any

from explorer_engine.dictionaries.hooks import site_of
from explorer_engine.dictionaries.releases import TABLE
from explorer_engine.errors import InputError

__all__ = ["table_of"]

_DEPTHS = {None: 1, "gemma_2": 3, "qwen_scope": 1, "dictionary_learning_1": 2}
"""Their names of layouts that are read here → how many parts of its path lead to one dictionary alone."""
_REASONS = {
    "gemma_3": "the layout of Gemma Scope 2 is not read here",
    "gemma_2_transcoder": "they are transcoders, from one place to another",
    "mwhanna_transcoder": "they are transcoders, from one place to another",
    "mntss_clt_layer_transcoder": "they are transcoders, from one place to another",
}
_SETTINGS = ("model_from_pretrained_kwargs", "normalize_activations")
_HOOK = re.compile(r"blocks\.\d+\.(?:attn\.)?hook_(?:resid_pre|resid_post|resid_mid|[a-z]+_out|z)")


def table_of(releases: Mapping[str, Any]) -> Mapping[str, Any]:
    """Places by release, settings by repository, and releases that are not read, by the reason."""
    places, settings, refused = {}, {}, defaultdict(list)
    for name, release in sorted(releases.items()):
        if why := _refusal(release):
            refused[why].append(name)
            continue
        places[name] = "/".join(filter(None, (release["repo_id"], _folder(release))))
        if told := _settings(release):
            settings[release["repo_id"].rpartition("/")[2]] = told
    return {"places": places, "settings": settings, "refused": refused}


def _refusal(release: Mapping[str, Any]) -> str | None:
    conversion: Any = release.get("conversion_func")
    if conversion not in _DEPTHS:
        return _REASONS.get(conversion, f"its layout ({conversion}) is not read here")
    for sae in release["saes"]:
        try:
            if hook := _HOOK.match(sae["id"]):
                site_of(hook[0])
            return None
        except InputError as error:
            why = f"its hook {error}".partition(":")[0]
    return re.sub(r"\d+", "N", why, count=1)


def _folder(release: Mapping[str, Any]) -> str:
    """Below which all of a release lies in its repository."""
    folders = [sae["path"] for sae in release["saes"]]
    for _ in range(_DEPTHS[release.get("conversion_func")]):
        folders = [dirname(folder) for folder in folders]
    return commonpath(folders) if all(folders) else ""


def _settings(release: Mapping[str, Any]) -> dict[str, Any]:
    told = {name: value for name, value in release.get("config_overrides", {}).items() if name in _SETTINGS}
    scales = {
        basename(sae["path"]): sae["norm_scaling_factor"]
        for sae in release["saes"]
        if "norm_scaling_factor" in sae
    }
    return {**told, **({"scales": scales} if scales else {})}


if __name__ == "__main__":
    found = table_of(json.load(sys.stdin))
    TABLE.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")

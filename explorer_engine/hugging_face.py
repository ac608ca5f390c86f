"""What transformers reads of a model. Code that comes with a model is never run, nor asked about."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch
from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer
from transformers.utils import logging as transformers_logging

from explorer_engine.errors import InputError
from explorer_engine.files import check_readable

__all__ = ["read_config", "read_tokenizer", "read_weights"]

_LAYERS = ("num_hidden_layers", "n_layer", "num_layers", "n_layers")
"""What configs call the number of layers."""
_MOST_LAYERS, _MOST_OF_ANY = 1000, 1 << 31


def read_config(name: str) -> Any:
    """The config of a model; raises InputError where there is none that transformers knows or can build."""
    _check_folder(name)
    try:
        return AutoConfig.from_pretrained(name, trust_remote_code=False)
    except Exception as problem:  # the loaders raise their own and their libraries' errors
        raise _unreadable(name, problem, "give a model folder or a hub id") from None


def read_weights(name: str, dtype: torch.dtype, device: str) -> Any:
    """The model on a device; raises InputError where its weights cannot be read or some are missing."""
    transformers_logging.disable_progress_bar()
    transformers_logging.set_verbosity_error()
    try:
        loaded: Any = AutoModelForCausalLM.from_pretrained(
            name, dtype=dtype, output_loading_info=True, trust_remote_code=False
        )
        hf, report = loaded
        hf = hf.to(device)
    except Exception as problem:
        raise _unreadable(name, problem, "download or save it again") from None
    if missing := sorted(report["missing_keys"]):  # they would be random numbers
        raise InputError(f"model {name}: its weights lack {missing[0]}: download or save the model again")
    return hf


def read_tokenizer(name: str | Path) -> Any:
    """The tokenizer of a model or a folder; raises InputError where it cannot be read."""
    _check_folder(str(name))
    try:
        return AutoTokenizer.from_pretrained(name, trust_remote_code=False)
    except Exception as problem:
        raise _unreadable(str(name), problem, "download or save it again") from None


def _check_folder(name: str) -> None:
    """Raises InputError for a folder whose files might never end, or whose model has a strange size.

    transformers would wait for a pipe, and build whatever number of layers it is told.
    """
    transformers_logging.set_verbosity_error()  # warnings repeat what files say, as it stands
    folder = Path(name)
    if not folder.is_dir():
        return
    for file in folder.iterdir():
        check_readable(file)
    config = folder / "config.json"
    try:
        found = json.loads(config.read_text("utf-8")) if config.is_file() else {}
    except (OSError, ValueError, RecursionError) as problem:
        raise InputError(f"model {name}: config.json cannot be read ({problem}): download it again") from None
    sizes = found.items() if isinstance(found, dict) else ()
    for key, value in sizes:
        most = _MOST_LAYERS if key in _LAYERS else _MOST_OF_ANY
        least = 1 if key in _LAYERS else -most
        if isinstance(value, int) and not least <= value <= most:
            raise InputError(
                f"model {name}: config.json says {key}: {value!r:.40}: expected {least} to {most:,}"
            )


def _unreadable(name: str, problem: Exception, advice: str) -> InputError:
    said = str(problem).strip() or type(problem).__name__
    if "trust_remote_code" in said:
        said, advice = "it needs code of its own, which is never run", "give a model that transformers knows"
    return InputError(f"model {name}: {said.splitlines()[0][:200].rstrip('.')}; {advice}")

"""What transformers reads of a model. Code that comes with a model is never run, nor asked about."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer
from transformers.utils import logging as transformers_logging

from explorer_engine.errors import InputError

__all__ = ["read_config", "read_tokenizer", "read_weights"]


def read_config(name: str) -> Any:
    """The config of a model; raises InputError where there is none that transformers knows."""
    try:
        return AutoConfig.from_pretrained(name, trust_remote_code=False)
    except Exception as problem:  # the loaders raise their own and their libraries' errors
        raise _unreadable(name, problem, "give a model folder or a hub id") from None


def read_weights(name: str, dtype: torch.dtype, device: str) -> Any:
    """The model on a device; raises InputError where its weights cannot be read or some are missing."""
    transformers_logging.disable_progress_bar()
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
    try:
        return AutoTokenizer.from_pretrained(name, trust_remote_code=False)
    except Exception as problem:
        raise _unreadable(str(name), problem, "download or save it again") from None


def _unreadable(name: str, problem: Exception, advice: str) -> InputError:
    said = str(problem).strip() or type(problem).__name__
    if "trust_remote_code" in said:
        said, advice = "it needs code of its own, which is never run", "give a model that transformers knows"
    return InputError(f"model {name}: {said.splitlines()[0].rstrip('.')}; {advice}")

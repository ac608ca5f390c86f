"""Names of devices and number types, as people write them, to what torch takes."""

from __future__ import annotations

import torch

from explorer_engine.errors import InputError

__all__ = ["dtype_of", "pick_device"]


def pick_device(device: str) -> str:
    """`auto` → cuda where there is one, else cpu; anything else is checked and returned.

    Raises InputError for a device that torch does not know or this machine does not have.
    """
    if device == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    try:
        torch.zeros(1, device=device).cpu()  # what is computed there must come back: not from `meta`
    except Exception as problem:  # of torch, of its extensions, of a driver
        reason = (str(problem) or type(problem).__name__).splitlines()[0]
        raise InputError(f"device {device!r}: {reason}; use --device cpu") from None
    return device


def dtype_of(name: str) -> torch.dtype:
    """`float32`, `float64`, `bfloat16`, `float16` → the torch type; raises InputError for others."""
    known = {
        "float32": torch.float32,
        "float64": torch.float64,
        "bfloat16": torch.bfloat16,
        "float16": torch.float16,
    }
    if name not in known:
        raise InputError(f"dtype {name!r}: expected one of {', '.join(known)}")
    return known[name]

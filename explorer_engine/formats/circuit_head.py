"""What a circuit file says beside nodes and edges: what it is of, and how it was found."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, get_args

from explorer_engine.attribution.choices import Aggregation
from explorer_engine.circuits.circuit import ERROR, POINTS, Circuit
from explorer_engine.circuits.fingerprint import Fingerprint
from explorer_engine.circuits.options import NodeSelection
from explorer_engine.errors import InputError
from explorer_engine.formats.fields import entries, number, one_of, text, whole_number

__all__ = ["FORMAT", "head_from_json", "head_to_json"]

FORMAT = "circuit-explorer/circuit"
_VERSION, _KNOWN = 2, (1, 2)
"""Version 1 had no fingerprint."""
_NAMES = (
    "model",
    "dictionaries",
    "data",
    "metric",
    "method",
    "aggregation",
    "n_examples",
    "node_threshold",
    "edge_threshold",
    "node_selection",
    "baseline",
)


def head_to_json(circuit: Circuit) -> dict[str, Any]:
    """Format, version and all of a circuit but its nodes and edges, as plain values."""
    return {
        "format": FORMAT,
        "version": _VERSION,
        **{name: getattr(circuit, name) for name in _NAMES},
        "fingerprint": None if circuit.fingerprint is None else asdict(circuit.fingerprint),
        "tokens": None if circuit.tokens is None else list(circuit.tokens),
        "provenance": circuit.provenance,
    }


def head_from_json(values: Any, name: str) -> dict[str, Any]:
    """The inverse, as arguments of `Circuit`; raises InputError that names `name` and the field."""
    if not isinstance(values, dict) or values.get("format") != FORMAT:
        raise InputError(
            f"{name}: not a circuit file (format is not {FORMAT!r}): make one with precompute circuit"
        )
    version = values.get("version")
    if type(version) is not int or version not in _KNOWN:
        known = " and ".join(map(str, _KNOWN))
        raise InputError(f"{name}: circuit version {ascii(version)[:60]}, this program reads {known}")
    if missing := [key for key in _NAMES if key not in values]:
        raise InputError(f"{name}: {missing[0]!r} is missing from the circuit file: make it again")
    found: dict[str, Any] = {
        key: text(values[key], f"{name}: {key}") for key in ("model", "dictionaries", "metric")
    }
    for key, choices in (
        ("aggregation", get_args(Aggregation)),
        ("node_selection", get_args(NodeSelection)),
        ("baseline", ("patch", "zero", "unknown")),
    ):
        found[key] = one_of(values[key], f"{name}: {key}", choices)
    for key in ("node_threshold", "edge_threshold"):
        found[key] = number(values[key], f"{name}: {key}", least=0)
    tokens = values.get("tokens")
    return found | {
        "n_examples": whole_number(values["n_examples"], f"{name}: n_examples"),
        "method": _method(values["method"], f"{name}: method"),
        "data": _table(values["data"], f"{name}: data"),
        "tokens": None
        if tokens is None
        else tuple(text(token, f"{name}: a token") for token in entries(tokens, f"{name}: tokens")),
        "provenance": _provenance(values.get("provenance") or {}, f"{name}: provenance"),
        "fingerprint": _fingerprint(values.get("fingerprint"), f"{name}: fingerprint"),
    }


def _table(value: Any, where: str) -> dict[str, Any]:
    try:
        if isinstance(value, dict):
            json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
            return dict(value)
    except (ValueError, RecursionError):
        pass
    raise InputError(f"{where} is no table of plain values by name: make the file again")


def _method(value: Any, where: str) -> dict[str, Any]:
    found = _table(value, where)
    text(found.get("name"), f"{where}.name")
    if found.get("rule") is not None:
        text(found["rule"], f"{where}.rule")
    if found.get("steps") is not None:
        whole_number(found["steps"], f"{where}.steps")
    return found


def _provenance(value: Any, where: str) -> dict[str, Any]:
    """What a page shows of it is checked: the sign, points of integrated gradients, their error."""
    found = _table(value, where)
    text(found.get("sign", ""), f"{where}.sign")
    if POINTS in found:
        for site, points in _table(found[POINTS], f"{where}.{POINTS}").items():
            whole_number(points, f"{where}.{POINTS}.{site[:30]}")
        number(found.get(ERROR), f"{where}.{ERROR}")
    return found


def _fingerprint(value: Any, where: str) -> Fingerprint | None:
    if value is None:
        return None
    found: Mapping[str, Any] = _table(value, where)
    hashes = {part: found.get(part) for part in ("model", "dictionaries")}
    return Fingerprint(
        **{part: None if hash is None else text(hash, f"{where}.{part}") for part, hash in hashes.items()}
    )

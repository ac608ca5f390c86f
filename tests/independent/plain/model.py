"""A GPT-NeoX model with forward hooks at its sites: values read there, values replaced there.

Sites (the paper, §3.1): `embed` = the token embedding; in layer i `attn_i` = what the attention's output
projection gives, `mlp_i` = what the MLP gives, `resid_i` = what the layer gives.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import torch
from torch import Tensor, nn
from transformers import GPTNeoXForCausalLM

Change = Callable[[Tensor], Tensor]


def load(folder: Path) -> GPTNeoXForCausalLM:
    """The model in float32, its parameters without gradients."""
    model = GPTNeoXForCausalLM.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager")
    return model.eval().requires_grad_(False)


def sites(n_layers: int) -> list[str]:
    """All sites in the order of their depth."""
    return ["embed", *(f"{kind}_{i}" for i in range(n_layers) for kind in ("attn", "mlp", "resid"))]


def layer(site: str) -> int:
    """The layer of a site; −1 for the embedding."""
    return -1 if site == "embed" else int(site.split("_")[1])


def run(model: GPTNeoXForCausalLM, tokens: Tensor, changes: Mapping[str, Change]) -> Tensor:
    """Logits [B,V] at the last position of tokens [B,S], each change [B,S,d] → [B,S,d] made at its site."""
    with _hooked(model, changes):
        return model(tokens, use_cache=False, logits_to_keep=1).logits[:, -1]


def values(
    model: GPTNeoXForCausalLM, tokens: Tensor, at: Sequence[str], changes: Mapping[str, Change] | None = None
) -> dict[str, Tensor]:
    """The values [B,S,d] at some sites, read after the changes; nothing after the deepest of them is run."""
    found: dict[str, Tensor] = {}
    changes = changes or {}
    wanted = {*at, *changes}
    deepest = next(site for site in reversed(sites(model.config.num_hidden_layers)) if site in wanted)

    def keep(site: str) -> Change:
        def reading(x: Tensor) -> Tensor:
            found[site] = changes[site](x) if site in changes else x
            if site == deepest:
                raise _Read
            return found[site]

        return reading

    with _hooked(model, {site: keep(site) for site in wanted}), suppress(_Read):
        model.gpt_neox(tokens, use_cache=False)
    return found


class _Read(Exception):
    """Everything that was asked for has been read."""


def by_length(
    texts: Sequence[Sequence[int]], tokens_at_once: int = 8192
) -> Iterator[tuple[list[int], Tensor]]:
    """(rows, tokens [B,S]) of texts of one length, so that nothing is ever padded."""
    rows = defaultdict(list)
    for row, text in enumerate(texts):
        rows[len(text)].append(row)
    for length, same in rows.items():
        size = max(1, tokens_at_once // length)
        for part in (same[start : start + size] for start in range(0, len(same), size)):
            yield part, torch.tensor([texts[row] for row in part])


@contextmanager
def _hooked(model: GPTNeoXForCausalLM, changes: Mapping[str, Change]) -> Iterator[None]:
    with ExitStack() as stack:
        for site, change in changes.items():
            hook = _module(model, site).register_forward_hook(lambda _, __, out, change=change: change(out))
            stack.callback(hook.remove)
        yield


def _module(model: GPTNeoXForCausalLM, site: str) -> nn.Module:
    if site == "embed":
        return model.gpt_neox.embed_in
    block = model.gpt_neox.layers[layer(site)]
    return {"attn": block.attention.dense, "mlp": block.mlp, "resid": block}[site.split("_")[0]]

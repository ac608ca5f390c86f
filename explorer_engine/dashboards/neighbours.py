"""Which features write nearly the same direction: nearest neighbours by the cosine of decoder rows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from explorer_engine.dictionaries import Dictionaries
from explorer_engine.sites import Site

__all__ = ["Neighbours", "decoder_neighbours"]


@dataclass(frozen=True, eq=False)
class Neighbours:
    """The k nearest features of each of a site's F features: arrays [F,k], nearest first."""

    site: np.ndarray
    """Index into `sites`."""
    feature: np.ndarray
    cosine: np.ndarray
    sites: tuple[Site, ...]


@torch.no_grad()
def decoder_neighbours(dictionaries: Dictionaries, k: int = 8, chunk: int = 4096) -> dict[Site, Neighbours]:
    """Nearest features by decoder cosine, within a site and across all sites of equal width, itself left out.

    Sites of one width are taken to write into one space, the residual stream. Memory: `chunk`² cosines at a
    time.
    """
    found: dict[Site, Neighbours] = {}
    for width in sorted({dictionary.width for dictionary in dictionaries.values()}):
        sites = tuple(site for site in sorted(dictionaries) if dictionaries[site].width == width)
        directions = {site: functional.normalize(dictionaries[site].decoder.float(), dim=1) for site in sites}
        for site in sites:
            found[site] = _nearest(site, sites, directions, k, chunk)
    return found


def _nearest(
    site: Site, sites: tuple[Site, ...], directions: dict[Site, Tensor], k: int, chunk: int
) -> Neighbours:
    parts = []
    for start in range(0, len(directions[site]), chunk):
        own = directions[site][start : start + chunk]
        best = own.new_full((len(own), 0), 0)
        where = torch.zeros(len(own), 0, 2, dtype=torch.long, device=own.device)
        for number, other in enumerate(sites):
            for low in range(0, len(directions[other]), chunk):
                cosine = own @ directions[other][low : low + chunk].T
                if other == site:  # a feature is not its own neighbour
                    diagonal = torch.arange(len(own), device=own.device) + start - low
                    inside = (diagonal >= 0) & (diagonal < cosine.shape[1])
                    cosine[inside.nonzero().squeeze(1), diagonal[inside]] = -torch.inf
                top = cosine.topk(min(k, cosine.shape[1]), dim=1)
                places = torch.stack([torch.full_like(top.indices, number), top.indices + low], dim=-1)
                best, where = torch.cat([best, top.values], 1), torch.cat([where, places], 1)
                kept = best.topk(min(k, best.shape[1]), dim=1)
                best = kept.values
                where = where.gather(1, kept.indices.unsqueeze(-1).expand(-1, -1, 2))
        parts.append((where[..., 0], where[..., 1], best))
    site_index, feature, cosine = (torch.cat(part).cpu().numpy() for part in zip(*parts, strict=True))
    return Neighbours(site_index, feature, cosine, sites)

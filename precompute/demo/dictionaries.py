"""Training one ReLU dictionary on a site's activations, and how good it is."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from explorer_engine.data import Examples
from explorer_engine.dictionaries import Dictionary
from explorer_engine.dictionaries.kinds.relu import ReluDictionary
from explorer_engine.models import Edit, LanguageModel
from explorer_engine.sites import Site
from precompute.progress import progress

__all__ = [
    "DictionaryQuality",
    "DictionaryRecipe",
    "collect_activations",
    "dictionary_quality",
    "train_dictionary",
]


BATCH = 100
"""Windows in one forward pass."""
CE_WINDOWS = 200
"""Windows on which cross-entropies are compared: three runs of the whole model a site."""


@dataclass(frozen=True)
class DictionaryRecipe:
    """Everything that decides the dictionaries, besides the activations."""

    features: int = 512
    steps: int = 2000
    batch: int = 1024
    learning_rate: float = 2e-3
    penalty: float = 0.06
    """λ of λ·L1, for activations scaled to E‖x − mean‖² = 1."""
    attention_penalty: float = 0.13
    """Attention outputs are far too dense with the common λ."""
    mlp_penalty: float = 0.045
    """MLP outputs are sparse anyway, and little of them is lost for it."""
    warm_up: float = 0.1
    """Share of the steps over which λ grows."""
    decay: float = 0.3
    """Share of the steps at the end over which the learning rate falls to zero."""
    resample_at: tuple[float, ...] = (0.15, 0.3, 0.45, 0.6)
    windows: int = 5500
    """Windows of activations to train on: 0.7 million tokens."""
    seed: int = 0


@dataclass(frozen=True)
class DictionaryQuality:
    """The figures of the paper's App. B.3."""

    variance_explained: float
    l0: float
    l1: float
    alive: float
    """Share of features active at least once on the evaluation tokens."""
    ce_delta: float
    """Cross-entropy with the site replaced by its reconstruction, minus the model's: nats."""
    ce_recovered: float
    """1 − ce_delta / (cross-entropy with the site set to zero − the model's)."""


def collect_activations(model: LanguageModel, windows: Examples, sites: Sequence[Site]) -> dict[Site, Tensor]:
    """[n·S, d] in half precision at each site, of n windows: 2.3 GB for 13 sites and 0.7 million tokens."""
    parts: dict[Site, list[Tensor]] = {site: [] for site in sites}
    for batch in progress(list(windows.batches(BATCH)), "activations"):
        for site, value in model.activations(batch.tokens, batch.mask, sites).items():
            parts[site].append(value.flatten(0, 1).half())
    return {site: torch.cat(parts.pop(site)) for site in sites}


def train_dictionary(recipe: DictionaryRecipe, site: Site, values: Tensor) -> ReluDictionary:
    """Fit `recipe.features` features to values [n,d]: squared error + λ·L1 with unit decoder rows (App. B.1).

    Works on centred values scaled to mean squared length 1, so that one λ suits every site; centre and scale
    are folded into the result.
    """
    generator = torch.Generator().manual_seed(
        recipe.seed * 1000 + site.layer * 10 + {"attn": 1, "mlp": 2}.get(site.kind, 3)
    )
    sample = values[torch.randperm(len(values), generator=generator)[:100_000]].float()
    mean = sample.mean(0)
    scale = float((sample - mean).square().sum(1).mean().rsqrt())
    learner = _Learner(recipe, (sample - mean) * scale, site, generator)
    for step in progress(range(recipe.steps), f"dictionary {site}"):
        rows = torch.randint(len(values), (recipe.batch,), generator=generator)
        learner.step(step, (values[rows].float() - mean) * scale)
    return learner.result(mean, scale)


class _Learner:
    """The parameters of one dictionary in training, in scaled units."""

    def __init__(
        self, recipe: DictionaryRecipe, sample: Tensor, site: Site, generator: torch.Generator
    ) -> None:
        width = sample.shape[1]
        self.recipe, self.sample, self.generator = recipe, sample, generator
        own = {"attn": recipe.attention_penalty, "mlp": recipe.mlp_penalty}
        self.penalty = own.get(site.kind, recipe.penalty)
        directions = torch.randn(recipe.features, width, generator=generator)
        self.decoder = (directions / directions.norm(dim=1, keepdim=True)).requires_grad_()
        self.encoder = self.decoder.detach().clone().requires_grad_()
        self.encoder_bias = torch.zeros(recipe.features, requires_grad=True)
        self.decoder_bias = torch.zeros(width, requires_grad=True)
        self.parameters = [self.encoder, self.encoder_bias, self.decoder, self.decoder_bias]
        self.optimiser = torch.optim.Adam(self.parameters, lr=recipe.learning_rate, betas=(0.9, 0.999))
        self.fired = torch.zeros(recipe.features, dtype=torch.bool)

    def _encode(self, x: Tensor) -> Tensor:
        return torch.relu((x - self.decoder_bias) @ self.encoder.T + self.encoder_bias)

    def step(self, step: int, x: Tensor) -> None:
        """One optimiser step on x [batch,d]."""
        r = self.recipe
        penalty = self.penalty * min(1.0, (step + 1) / (r.warm_up * r.steps))
        rate = r.learning_rate * min(1.0, (r.steps - step) / (r.decay * r.steps))
        self.optimiser.param_groups[0]["lr"] = rate
        f = self._encode(x)
        error = x - f @ self.decoder - self.decoder_bias
        loss = error.square().sum(1).mean() + penalty * f.sum(1).mean()
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        with torch.no_grad():
            grad = self.decoder.grad
            assert grad is not None
            grad -= (grad * self.decoder).sum(1, keepdim=True) * self.decoder  # stay on the unit sphere
            self.optimiser.step()
            self.decoder /= self.decoder.norm(dim=1, keepdim=True)
            self.fired |= (f > 0).any(0)
            if step in {math.floor(share * r.steps) for share in r.resample_at}:
                self._resample()

    def _resample(self) -> None:
        """Point features that have not fired since the last time at inputs that are reconstructed badly."""
        dead = (~self.fired).nonzero().flatten()
        self.fired.zero_()
        if not len(dead):
            return
        rows = self.sample[torch.randint(len(self.sample), (8192,), generator=self.generator)]
        f = self._encode(rows)
        residue = rows - f @ self.decoder - self.decoder_bias
        chosen = torch.multinomial(residue.square().sum(1).square(), len(dead), generator=self.generator)
        directions = residue[chosen] / residue[chosen].norm(dim=1, keepdim=True)
        alive_length = self.encoder.norm(dim=1).mean()
        self.decoder[dead] = directions
        self.encoder[dead] = directions * alive_length * 0.5
        self.encoder_bias[dead] = 0.0
        for parameter, rows_of in ((self.encoder, dead), (self.encoder_bias, dead), (self.decoder, dead)):
            for moment in ("exp_avg", "exp_avg_sq"):
                self.optimiser.state[parameter][moment][rows_of] = 0.0

    def result(self, mean: Tensor, scale: float) -> ReluDictionary:
        """The dictionary in the site's own units."""
        return ReluDictionary(
            encoder=self.encoder.detach().clone(),
            encoder_bias=self.encoder_bias.detach() / scale,
            decoder=self.decoder.detach().clone(),
            decoder_bias=mean + self.decoder_bias.detach() / scale,
            tied=True,
        )


@torch.no_grad()
def dictionary_quality(
    model: LanguageModel, site: Site, dictionary: Dictionary, windows: Examples
) -> DictionaryQuality:
    """All figures of one dictionary on held-out windows without padding."""
    values = collect_activations(model, windows, [site])[site].float()
    f = dictionary.encode(values)
    residue = (values - dictionary.decode(f)).square().sum()
    edits = {
        "model": {},
        "reconstructed": {site: lambda v: dictionary.decode(dictionary.encode(v))},
        "zero": {site: torch.zeros_like},
    }
    fewer = windows[:CE_WINDOWS]
    ce = {name: _cross_entropy(model, fewer, edit) for name, edit in edits.items()}
    delta = ce["reconstructed"] - ce["model"]
    return DictionaryQuality(
        variance_explained=1 - float(residue / (values - values.mean(0)).square().sum()),
        l0=float((f > 0).sum(1, dtype=torch.float32).mean()),
        l1=float(f.sum(1).mean()),
        alive=float((f > 0).any(0).float().mean()),
        ce_delta=delta,
        ce_recovered=1 - delta / (ce["zero"] - ce["model"]),
    )


def _cross_entropy(model: LanguageModel, windows: Examples, edits: Mapping[Site, Edit]) -> float:
    """Mean next-token loss in nats over windows, under edits."""
    total = 0.0
    for batch in windows.batches(BATCH):
        logits = model.logits_edited(batch.tokens, batch.mask, edits)
        loss = torch.nn.functional.cross_entropy(logits[:, :-1].flatten(0, 1), batch.tokens[:, 1:].flatten())
        total += float(loss) * len(batch)
    return total / len(windows)

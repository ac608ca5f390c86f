"""Stored clusters: scores against planted truth, how sure the model is, what they are made of (App. H)."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from sklearn.cluster import SpectralClustering

from tests.independent import world
from tests.independent.plain.clusters import angular_similarity, cosines, scores
from tests.independent.plain.effects import effect_strengths, minus_log_p
from tests.independent.plain.model import by_length, values

CONTEXT = 64
"""Tokens before the answer in a behaviour's contexts (the recipe, where the store does not say)."""
CLUSTERINGS = [row["id"] for row in world.rows("SELECT id FROM clustering ORDER BY id")]
ACTIVATIONS = next(id for id in CLUSTERINGS if id in ("activations", "activations-last-1"))
EFFECTS = next(id for id in CLUSTERINGS if id in ("effects", "effects-sum"))
"""Of features, at the last position and summed; ids without the positions are those of older code."""
ROUNDING = 5e-5
"""The store rounds similarities to four digits. Compared are the cosines C, whose derivative by the
similarity is at most π: where C is 1 but for float32, arccos(C) is off by far more."""
FLOAT32 = {ACTIVATIONS: 1e-4, EFFECTS: 4e-3}
"""What float32 leaves open of the cosines. Against float64 those of effects, computed here and stored, are
off by .0013 and .0027: processors round differently, and a threshold passed or not is a jump."""


def members(clustering: str) -> list[world.Row]:
    """Every context that was clustered, with its cluster, in the order of the documents."""
    return world.rows(
        "SELECT c.* FROM behaviour_context c JOIN behaviour b ON b.id = c.behaviour"
        " WHERE b.clustering = ? ORDER BY c.document, c.position",
        clustering,
    )


@pytest.mark.parametrize("clustering", CLUSTERINGS)
def test_scores_against_planted_truth(clustering):
    """NMI, purity, ARI of the clusters, and of the baseline in which a cluster is one answer token."""
    (stored,) = world.rows("SELECT * FROM clustering WHERE id = ?", clustering)
    contexts = members(clustering)
    assert len(contexts) == stored["n_samples"]
    truth = [c["truth"] for c in contexts]
    found = scores([c["behaviour"] for c in contexts], truth)
    answers = [c["answer"] for c in contexts]
    found |= {f"{k}_token_identity": v for k, v in scores(answers, truth).items()}
    kept = {name: value for name, value in found.items() if stored.get(name) is not None}
    assert kept.keys() >= {"nmi", "purity", "nmi_token_identity", "purity_token_identity"}
    assert kept == {name: pytest.approx(stored[name], abs=1e-9) for name in kept}


@pytest.mark.parametrize("clustering", CLUSTERINGS)
def test_what_tokens_alone_score_in_as_many_clusters(clustering):
    """One 1 for the answer and one for the token before it: close, as k-means depends on chance."""
    (stored,) = world.rows("SELECT * FROM clustering WHERE id = ?", clustering)
    contexts = members(clustering)
    pairs = [(c["answer"], world.documents()[c["document"]][c["position"] - 1]) for c in contexts]
    shared = np.array([[a == c] for a, _ in pairs for c, _ in pairs], dtype=float)
    shared += np.array([[b == d] for _, b in pairs for _, d in pairs], dtype=float)
    cosine = shared.reshape(len(pairs), len(pairs)) / 2
    anew = SpectralClustering(stored["n_clusters"], affinity="precomputed", random_state=0)
    found = scores(anew.fit_predict(angular_similarity(cosine)).tolist(), [c["truth"] for c in contexts])
    assert found["nmi"] == pytest.approx(stored["nmi_tokens"], abs=0.05)


def test_scores_by_hand():
    """Two clusters of three over truths a a b | b b b."""
    found = scores([0, 0, 0, 1, 1, 1], list("aabbbb"))
    entropy = {k: -(k * np.log2(k) + (1 - k) * np.log2(1 - k)) for k in (1 / 2, 1 / 3)}
    shared = entropy[1 / 3] - entropy[1 / 3] / 2
    assert found["nmi"] == pytest.approx(2 * shared / (entropy[1 / 2] + entropy[1 / 3]))
    assert found["purity"] == pytest.approx(5 / 6)
    # pairs together: in both 1 + 3, in clusters 3 + 3, in truth 1 + 6, of 15; expected 6 · 7 / 15
    assert found["ari"] == pytest.approx((4 - 2.8) / (6.5 - 2.8))


@torch.no_grad()
def test_the_model_is_as_sure_as_stored():
    """p of the answer, read in its whole document, of contexts spread over the documents."""
    contexts = world.spread(members(CLUSTERINGS[0]), 40)
    tokens = torch.tensor([world.documents()[c["document"]] for c in contexts])
    logits = world.model()(tokens, use_cache=False).logits
    for own, c in zip(logits, contexts, strict=True):
        assert world.documents()[c["document"]][c["position"]] == c["answer"]
        p = own[c["position"] - 1].softmax(-1)
        assert p[c["answer"]].item() == pytest.approx(c["p"], rel=1e-4)
        assert int(p.argmax()) == c["answer"]


def prompts_of(contexts: list[world.Row]) -> list[list[int]]:
    length = world.recorded("behaviours", "context", CONTEXT)
    whole = world.documents()
    return [whole[c["document"]][max(0, c["position"] - length) : c["position"]] for c in contexts]


@torch.no_grad()
def activations(prompts: list[list[int]]) -> np.ndarray:
    """[n,ΣF] activations of all features where the answer is predicted."""
    out = torch.zeros(len(prompts), sum(len(d.tensors["decoder"]) for d in world.dictionaries().values()))
    for rows, tokens in by_length(prompts):
        x = values(world.model(), tokens, list(world.dictionaries()))
        out[rows] = torch.cat([d.encode(x[site][:, -1]) for site, d in world.dictionaries().items()], dim=1)
    return out.numpy()


def effects(prompts: list[list[int]], answers: list[int]) -> np.ndarray:
    """[n,ΣF] |first-order effect on −log p(answer)| of zeroing each feature, summed over positions."""
    out = torch.zeros(len(prompts), sum(len(d.tensors["decoder"]) for d in world.dictionaries().values()))
    for rows, tokens in by_length(prompts, tokens_at_once=1024):
        metric = minus_log_p(torch.tensor(answers)[rows])
        out[rows] = effect_strengths(world.model(), world.dictionaries(), tokens, metric)
    return out.numpy()


@pytest.mark.parametrize("clustering", [ACTIVATIONS, EFFECTS])
def test_similarity_of_a_behaviours_contexts(clustering):
    """Angular similarity 1 − arccos(C)/π of what the contexts are represented by, one stored matrix.

    Of the behaviour that the model is least sure of: where p is 1 − 1e-5, float32 leaves three digits of the
    gradient of −log p.
    """
    (stored,) = world.rows(
        "SELECT s.* FROM behaviour_similarity s JOIN behaviour b ON b.id = s.behaviour"
        " WHERE b.clustering = ? ORDER BY b.mean_loss DESC LIMIT 1",
        clustering,
    )
    contexts = world.rows(
        "SELECT * FROM behaviour_context WHERE behaviour = ? ORDER BY rank LIMIT ?",
        stored["behaviour"],
        stored["n"],
    )
    prompts, answers = prompts_of(contexts), [c["answer"] for c in contexts]
    rows = activations(prompts) if clustering == ACTIVATIONS else effects(prompts, answers)
    cosine = np.cos(np.pi * (1 - np.array(stored["matrix"]))).reshape(stored["n"], stored["n"])
    assert np.abs(cosines(rows) - cosine).max() <= np.pi * ROUNDING + FLOAT32[clustering]


def test_clustering_anew_finds_the_stored_clusters():
    """Spectral clustering of the activations' similarity: k-means depends on chance, and one seed may end
    elsewhere (ARI .89 with the others), but what is stored is what most seeds find."""
    contexts = members(ACTIVATIONS)
    (stored,) = world.rows("SELECT n_clusters FROM clustering WHERE id = ?", ACTIVATIONS)
    similarity = angular_similarity(cosines(activations(prompts_of(contexts))))
    behaviours = [c["behaviour"] for c in contexts]
    agreement = [
        scores(
            SpectralClustering(stored["n_clusters"], affinity="precomputed", random_state=seed)
            .fit_predict(similarity)
            .tolist(),
            behaviours,
        )["ari"]
        for seed in range(5)
    ]
    assert np.median(agreement) >= 0.97

"""One streaming pass against all activations at once."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from explorer_engine.dashboards import activity as activity_module
from explorer_engine.dashboards import features
from explorer_engine.dashboards.activity import collect_activity
from explorer_engine.dashboards.effects import DirectEffects
from explorer_engine.dashboards.rows import to_rows
from explorer_engine.errors import InputError
from explorer_engine.sites import Site
from explorer_engine.store import shards
from tests.explorer_engine.tiny import VOCABULARY, random_dictionary, tiny_model

MODEL = tiny_model("gpt_neox")
SITE = Site("resid", 1)
DICTIONARY = random_dictionary("jumprelu", 16, 12, seed=3)
LENGTHS = (20, 8, 14, 20, 3, 17) * 4
DOCUMENTS = [
    torch.randint(VOCABULARY, (n,), generator=torch.Generator().manual_seed(i)).tolist()
    for i, n in enumerate(LENGTHS)
]
WINDOW = (4, 3)


@pytest.fixture(scope="module")
def truth() -> list[np.ndarray]:
    """[S,F] activations of each document, one document at a time."""
    found = []
    for document in DOCUMENTS:
        tokens = torch.tensor([document])
        x = MODEL.activations(tokens, torch.ones_like(tokens, dtype=torch.bool), [SITE])[SITE]
        found.append(DICTIONARY.encode(x)[0].numpy())
    return found


@pytest.fixture(scope="module", params=[1, 5, 64])
def activity(request: pytest.FixtureRequest):
    return collect_activity(
        MODEL,
        {SITE: DICTIONARY},
        DOCUMENTS,
        top=4,
        per_bin=2,
        window=WINDOW,
        bins=10,
        batch_size=request.param,
    )[SITE]


def test_density_and_maximum(activity, truth: list[np.ndarray]) -> None:
    everything = np.concatenate(truth)
    assert activity.n_tokens == sum(LENGTHS)
    assert activity.density == pytest.approx((everything > 0).mean(0))
    assert activity.maximum == pytest.approx(everything.max(0), rel=1e-5)
    assert (activity.histogram.sum(1) == (everything > 0).sum(0)).all()
    assert 0 < activity.density.max() < 1


def test_top_contexts_are_each_documents_peak(activity, truth: list[np.ndarray]) -> None:
    c = activity.contexts
    for j in range(DICTIONARY.n_features):
        peaks = sorted(((f[:, j].max(), i) for i, f in enumerate(truth) if f[:, j].max() > 0), reverse=True)[
            :4
        ]
        own = np.flatnonzero((c.feature == j) & (c.bin == 0))
        assert c.document[own].tolist() == [i for _, i in peaks]
        assert c.value[own] == pytest.approx([value for value, _ in peaks], rel=1e-5)
        assert c.rank[own].tolist() == list(range(len(peaks)))


def test_quarters_hold_active_tokens_of_their_range(activity, truth: list[np.ndarray]) -> None:
    c, everything = activity.contexts, np.concatenate(truth)
    for i in np.flatnonzero(c.bin > 0):
        j, bin_ = c.feature[i], c.bin[i]
        active = everything[:, j][everything[:, j] > 0]
        share = (active < c.value[i]).mean()
        assert (4 - bin_) / 4 - 0.15 <= share <= (5 - bin_) / 4 + 0.15
    assert set(c.bin.tolist()) == {0, 1, 2, 3, 4}
    places = list(zip(c.feature.tolist(), c.document.tolist(), c.position.tolist(), strict=True))
    assert len(set(places)) == len(places)


def test_windows_show_the_document_around_the_place(activity, truth: list[np.ndarray]) -> None:
    c = activity.contexts
    for i in range(len(c)):
        f = truth[c.document[i]][:, c.feature[i]]
        first, length = c.first[i], c.length[i]
        assert 0 <= first <= c.position[i] < first + length <= len(f)
        assert length == min(sum(WINDOW) + 1, len(f))
        assert c.window[i, :length] == pytest.approx(f[first : first + length], rel=2e-3, abs=1e-3)
        assert c.value[i] == pytest.approx(f[c.position[i]], rel=1e-5)


def test_top_tokens_are_those_at_the_peaks(activity) -> None:
    c = activity.contexts
    for j, tokens in enumerate(activity.top_tokens):
        own = np.flatnonzero((c.feature == j) & (c.bin == 0))
        scores: dict[int, float] = {}
        for i in own:
            token = DOCUMENTS[c.document[i]][c.position[i]]
            scores[token] = scores.get(token, 0) + c.value[i]
        told = [token for token in tokens.tolist() if token >= 0]
        assert told == sorted(scores, key=lambda token: -scores[token])


def test_rows_fit_the_schema(activity, tmp_path) -> None:
    f = DICTIONARY.n_features
    direct = DirectEffects(np.zeros((f, 2), int), np.ones((f, 2)), np.ones((f, 2), int), -np.ones((f, 2)))
    found = list(features.contexts(SITE, activity.contexts))
    for table, rows in to_rows(features.figures(SITE, activity, direct), found).items():
        shards.write(tmp_path, table, rows)
    for c, window, length in zip(found, activity.contexts.window, activity.contexts.length, strict=True):
        shown = np.array(c.activations)
        assert len(shown) == length and np.abs(shown - window[:length]).max() <= c.scale / 200


def test_a_sample_depends_on_the_seed_only() -> None:
    def run(seed: int) -> np.ndarray:
        found = collect_activity(MODEL, {SITE: DICTIONARY}, DOCUMENTS, top=2, per_bin=2, seed=seed)[SITE]
        return found.contexts.document

    assert (run(0) == run(0)).all()


def test_what_is_found_does_not_depend_on_the_batch() -> None:
    """Of equal ones the first are kept: a token's embedding is the same everywhere."""
    site = Site("embed", -1)
    found = [
        collect_activity(MODEL, {site: DICTIONARY}, DOCUMENTS, top=3, per_bin=2, batch_size=size)[
            site
        ].contexts
        for size in (1, 7, 64)
    ]
    for name in ("feature", "bin", "rank", "document", "position"):
        first, *others = (getattr(contexts, name).tolist() for contexts in found)
        assert others == [first, first], name


@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="memory is read as Linux tells it")
def test_memory_grows_with_features_and_contexts_not_with_the_text(monkeypatch: pytest.MonkeyPatch) -> None:
    dictionary = random_dictionary("topk", 16, 2048, seed=3)
    monkeypatch.setattr(activity_module, "_ASIDE", 1 << 12)  # what is put aside is bounded, but not small

    def grown(n: int) -> int:
        """Bytes that the pass over n documents needs at most."""
        Path("/proc/self/clear_refs").write_text("5")
        before = _resident("VmRSS")
        collect_activity(MODEL, {SITE: dictionary}, DOCUMENTS[:4] * n, top=4, per_bin=1)
        return _resident("VmHWM") - before

    grown(32)  # what the allocator keeps
    short, long = grown(32), grown(128)
    activations = 4 * 2048 * sum(map(len, DOCUMENTS[:4])) * (128 - 32)
    assert long - short < activations / 4


def _resident(name: str) -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return 1024 * next(int(line.split()[1]) for line in lines if line.startswith(name))


def test_no_documents_are_refused() -> None:
    for documents in ([], [[]]):
        with pytest.raises(InputError, match="documents: none, or an empty one"):
            collect_activity(MODEL, {SITE: DICTIONARY}, documents)

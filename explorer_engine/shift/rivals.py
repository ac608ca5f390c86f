"""The SHIFT table: the cleaned classifier beside its rivals, all that it must be compared with."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from random import Random

import torch
from torch import Tensor
from torch.nn.functional import cosine_similarity

from explorer_engine.models import LanguageModel
from explorer_engine.progress import Progress, told
from explorer_engine.shift.effects import classifier_effects, neuron_effects
from explorer_engine.shift.live import ShiftSession
from explorer_engine.shift.probe import Probe, train_probe
from explorer_engine.shift.report import accuracies_of
from explorer_engine.shift.runner import SiteEdit, TextRunner
from explorer_engine.shift.texts import TextSet
from explorer_engine.shift.values import Ablation, Needs, ShiftRun, Split
from explorer_engine.sites import FeatureRef, Site

__all__ = ["TableInput", "WordsDeleted", "concept_bottleneck", "shift_table"]

_DRAWS = 5
"""Draws of random features."""


@dataclass(frozen=True, eq=False)
class WordsDeleted:
    """A task's texts without the words that tell the attribute."""

    ambiguous: TextSet
    test: TextSet


@dataclass(frozen=True, eq=False)
class TableInput:
    """What the rows are made of; rows without their input are left out."""

    circuit: Sequence[FeatureRef]
    """The features of the probe's circuit."""
    active: Sequence[FeatureRef]
    """What random features are drawn from."""
    spurious: Sequence[FeatureRef] | None = None
    """Those of the circuit that the ground-truth annotator calls spurious."""
    embedding: Sequence[FeatureRef] | None = None
    """Every feature of the embed site that it calls spurious, in the circuit or not."""
    readers: Sequence[frozenset[FeatureRef]] = ()
    """For each automatic reader those of the circuit that it calls spurious."""
    words_deleted: WordsDeleted | None = None
    keywords: Sequence[str] = ()
    """Words of the two classes, for concept bottleneck probing."""


@dataclass(frozen=True, eq=False)
class _Row:
    """A row before it is measured: what its classifiers say."""

    name: str
    logits: Tensor
    """[K,N]"""
    texts: TextSet
    needs: Needs
    note: str
    n_ablated: int = 0
    split: Split = "test"


def shift_table(
    draws: Sequence[tuple[ShiftSession, TableInput]], ablation: Ablation, progress: Progress | None = None
) -> list[ShiftRun]:
    """All rows on the test texts, those that need least first; features are ablated to `ablation`.

    `draws` are the same task with texts drawn anew, each with the features that its own probe stands on.
    Figures are means over draws, the sessions' probes and what else was drawn; before them stands the
    original on the first draw's development texts. `progress` counts rows.
    """
    tables = [_Table(session, given, ablation) for session, given in draws]
    makers = [tables[0].development, *(make for table in tables for make in _rows(table))]
    pending = told(makers, progress, "rows of the table")
    made = [make() for make in pending]
    names = dict.fromkeys((row.name, row.split) for row in made)
    return [_run([row for row in made if (row.name, row.split) == name], draws[0][0].seed) for name in names]


def _run(rows: Sequence[_Row], seed: int) -> ShiftRun:
    """One row of all draws."""
    first, answers = rows[0], [(row.logits, row.texts) for row in rows]
    found = accuracies_of(answers, seed)
    each = [accuracies_of([own], seed) for own in answers]
    draws = tuple((of.label.value, of.attribute.value, of.worst.value) for of in each)
    note = first.note + (f"; {len(rows)} draws of texts" if len(rows) > 1 else "")
    n_ablated = round(_mean(row.n_ablated for row in rows))
    return ShiftRun(first.name, found, n_ablated, first.needs, note, first.split, draws)


def _rows(table: _Table) -> list[Callable[[], _Row]]:
    """The makers of a table's rows in their order; rows without their input are left out."""
    given = table.given
    rows: list[tuple[object, Callable[[], _Row]]] = [
        (True, table.original),
        (table.size, table.random),
        (given.keywords, table.concepts),
        (given.words_deleted, lambda: table.words(retrain=False)),
        (given.words_deleted, lambda: table.words(retrain=True)),
        (given.readers, lambda: table.readers(retrain=False)),
        (given.readers, lambda: table.readers(retrain=True)),
        (given.embedding, lambda: table.embedding(retrain=False)),
        (given.embedding, lambda: table.embedding(retrain=True)),
        (given.spurious is not None, lambda: table.truth(retrain=False)),
        (given.spurious is not None, lambda: table.truth(retrain=True)),
        (table.size, table.neuron_skyline),
        (table.size, table.feature_skyline),
        (True, table.oracle),
        (True, lambda: table.attribute_probe("attribute probe", ())),
        (
            given.spurious is not None,
            lambda: table.attribute_probe("attribute probe after shift", given.spurious),
        ),
    ]
    return [make for wanted, make in rows if wanted]


def concept_bottleneck(model: LanguageModel, site: Site, keywords: Sequence[str], pooled: Tensor) -> Tensor:
    """[N,k]: cosine similarity of each pooled text [N,d] with each of the k concept vectors (App. E.2).

    A concept vector is the site's value over the keyword's last token, less the mean of all concept vectors.
    """
    vectors = []
    for word in keywords:
        tokens = torch.tensor([model.tokenizer(f" {word}")["input_ids"]])
        value = model.activations(tokens, torch.ones_like(tokens, dtype=torch.bool), [site])[site]  # type: ignore[arg-type]
        vectors.append(value[0, -1].cpu())
    concepts = torch.stack(vectors)
    concepts = concepts - concepts.mean(0)
    return cosine_similarity(pooled[:, None], concepts[None], dim=-1)


@dataclass(frozen=True, eq=False)
class _Table:
    """The makers of the rows."""

    session: ShiftSession
    given: TableInput
    ablation: Ablation

    @property
    def size(self) -> int:
        """How many features rivals may take: as many as the annotator or, without one, the readers do."""
        if self.given.spurious is not None:
            return len(self.given.spurious)
        return round(_mean(len(refs) for refs in self.given.readers)) if self.given.readers else 0

    def row(self, name: str, logits: Tensor, needs: Needs, note: str, n_ablated: int = 0) -> _Row:
        """A row of logits [K,N] on the test texts."""
        return _Row(name, logits, self.session.texts.test, needs, note, n_ablated)

    def ablated(
        self,
        name: str,
        sets: Sequence[Iterable[FeatureRef]],
        needs: Needs,
        note: str,
        retrain: bool = False,
    ) -> _Row:
        """A row of one or several sets of features, each of them ablated."""
        chosen = [tuple(refs) for refs in sets]
        logits = [self.session.logits(refs, retrain, ablation=self.ablation, split="test") for refs in chosen]
        n = round(_mean(map(len, chosen)))
        return self.row(_named(name, retrain), torch.cat(logits), needs, note, n)

    def original(self) -> _Row:
        return self.ablated("original", [()], "nothing", "the probes as they are")

    def development(self) -> _Row:
        logits = self.session.logits(())
        note = "the probes as they are, on the texts that one may choose by"
        return _Row("original", logits, self.session.texts.balanced, "nothing", note, split="development")

    def random(self) -> _Row:
        pool = sorted(self.given.active, key=lambda ref: (ref.site, str(ref.index)))
        draws = [Random(seed).sample(pool, min(self.size, len(pool))) for seed in range(_DRAWS)]
        note = f"{_DRAWS} draws of {self.size} features that are active on the texts"
        return self.ablated("random", draws, "nothing", note)

    def readers(self, retrain: bool) -> _Row:
        sizes = [len(refs) for refs in self.given.readers]
        note = (
            f"{len(sizes)} automatic readers of contexts, who call {min(sizes)} to {max(sizes)} of "
            f"{len(self.given.circuit)} features spurious"
        )
        return self.ablated("readers", self.given.readers, "words of the attribute", note, retrain)

    def embedding(self, retrain: bool) -> _Row:
        note = "every feature of the token embedding that the labels show to be spurious, no other"
        return self.ablated("embedding features", [self.given.embedding or ()], "labels", note, retrain)

    def truth(self, retrain: bool) -> _Row:
        note = "the features of the circuit that labels show to be spurious"
        return self.ablated("shift", [self.given.spurious or ()], "labels", note, retrain)

    def words(self, retrain: bool) -> _Row:
        texts = self.given.words_deleted
        assert texts is not None
        probes: Sequence[Probe] = self.session.probes
        if retrain:
            probes = self._trained(self._pooled(texts.ambiguous), texts.ambiguous.label)
        pooled = self._pooled(texts.test)
        whose = "probes trained and tested" if retrain else "the original probes"
        note = f"{whose} on texts without the words that tell the attribute"
        logits = torch.stack([probe(pooled) for probe in probes])
        return self.row(_named("words deleted", retrain), logits, "words of the attribute", note)

    def concepts(self) -> _Row:
        session, words = self.session, self.given.keywords
        train, test = (
            concept_bottleneck(session.model, session.task.site, words, session.pooled(texts))
            for texts in ("ambiguous", "test")
        )
        probes = self._trained(train, session.texts.ambiguous.label)
        logits = torch.stack([probe(test) for probe in probes])
        note = f"probes on cosine similarities to {len(words)} keywords"
        return self.row("cbp", logits, "words of the label", note)

    def oracle(self) -> _Row:
        session = self.session
        probes = self._trained(session.pooled("development"), session.texts.balanced.label)
        logits = torch.stack([probe(session.pooled("test")) for probe in probes])
        return self.row("oracle", logits, "balanced labels", "probes trained on balanced texts")

    def attribute_probe(self, name: str, refs: Iterable[FeatureRef] | None) -> _Row:
        session, chosen = self.session, tuple(refs or ())
        train, test = (session.pooled(texts, chosen, self.ablation) for texts in ("development", "test"))
        probes = self._trained(train, session.texts.balanced.attribute)
        logits = torch.stack([probe(test) for probe in probes])
        note = "fresh probes of the attribute, trained on balanced texts: what can still be read"
        return self.row(name, logits, "balanced labels", note, len(chosen))

    def feature_skyline(self) -> _Row:
        session, circuit = self.session, self.given.circuit
        effects = classifier_effects(
            session.model,
            session.dictionaries,
            session.probe,
            session.task.site,
            session.texts.balanced,
            target="attribute",
            skip_first=session.task.skip_first,
        )
        ranked = sorted(circuit, key=lambda ref: -effects.of(ref).support)[: self.size]
        note = f"the {self.size} features of the circuit that support the attribute most on balanced texts"
        return self.ablated("feature skyline", [ranked], "balanced labels", note)

    def neuron_skyline(self) -> _Row:
        session = self.session
        effects, means = neuron_effects(
            session.model, session.probe, session.task.site, session.texts.balanced, target="attribute"
        )
        chosen: dict[Site, list[int]] = {}
        for effect in effects.most_supporting(self.size):
            assert isinstance(effect.ref.index, int)
            chosen.setdefault(effect.ref.site, []).append(effect.ref.index)
        edits = {site: _mean_ablation(neurons, means[site]) for site, neurons in chosen.items()}
        pooled = session.pooled_edited(edits, "test")
        logits = torch.stack([probe(pooled) for probe in session.probes])
        note = f"the {self.size} neurons that support the attribute most on balanced texts, at their means"
        return self.row("neuron skyline", logits, "balanced labels", note, sum(map(len, chosen.values())))

    def _trained(self, pooled: Tensor, target: Tensor) -> list[Probe]:
        """As many probes as the session has, of the same seeds."""
        seeds = range(self.session.seed, self.session.seed + self.session.n_probes)
        return [train_probe(pooled, target, seed=seed) for seed in seeds]

    def _pooled(self, texts: TextSet) -> Tensor:
        """[N,d]: mean activations of texts that the session does not hold."""
        runner = TextRunner(self.session.model, self.session.task.site, texts.tokens, memory=0)
        try:
            return runner.pooled({})
        finally:
            runner.close()


def _named(name: str, retrain: bool) -> str:
    return f"{name}+retrain" if retrain else name


def _mean(values: Iterable[int]) -> float:
    found = list(values)
    return sum(found) / len(found)


def _mean_ablation(neurons: list[int], means: Tensor) -> SiteEdit:
    def edit(x: Tensor) -> Tensor:
        x = x.clone()
        x[..., neurons] = means[neurons].to(x)
        return x

    return SiteEdit(("mean", frozenset(neurons)), edit)

"""The circuit of a probe: which features its logit for the right class stands on, and how they are linked."""

from __future__ import annotations

from explorer_engine.attribution.metrics import ProbeLogit
from explorer_engine.circuits.discovery import discover
from explorer_engine.circuits.options import CircuitOptions, SweepOptions
from explorer_engine.circuits.rows import CircuitEntry
from explorer_engine.circuits.sweeps import measured_sweeps, neuron_averages
from explorer_engine.dictionaries.base import Dictionaries
from explorer_engine.models import LanguageModel
from explorer_engine.shift.effects import text_examples
from explorer_engine.shift.probe import Probe
from explorer_engine.shift.study import Study
from explorer_engine.sites import Site

__all__ = ["classifier_circuit", "support_metric"]


def support_metric(probe: Probe, site: Site) -> ProbeLogit:
    """The metric of a classifier's circuit: m = the probe's logit for each text's own class.

    A node's effect is m without it − m with it (zero ablation): the negative of its support in the sense of
    `FeatureEffect`. What the classifier stands on has a negative effect.
    """
    return ProbeLogit(
        site,
        probe.weight,
        probe.bias,
        signed=True,
        sign="negative: the classifier stands on it (without it the logit of the right class is lower)",
    )


def classifier_circuit(model: LanguageModel, dictionaries: Dictionaries, study: Study) -> CircuitEntry:
    """The probe's circuit on ambiguous texts, cut at the effect of the last feature that is judged.

    How many texts and which edges: the study's options. Its faithfulness, all else set to 0, is measured on
    ambiguous texts that follow those, or on the same where none do.
    """
    task, options, texts = study.task, study.options, study.texts.ambiguous
    n = min(options.circuit_texts, len(texts))
    others = range(n, min(n + options.tested_texts, len(texts)))
    found_on = text_examples(texts.take(range(n)))
    tested_on, words = found_on[: options.tested_texts], "same texts"
    if others:
        tested_on, words = text_examples(texts.take(others)), "other ambiguous texts"
    before = {site: dictionary for site, dictionary in dictionaries.items() if site <= task.site}
    metric = support_metric(study.probes[0], task.site)
    chosen = CircuitOptions(
        method="attribution",
        baseline="zero",
        aggregation="sum",
        node_threshold=study.least_support,
        edge_threshold=options.edge_threshold,
    )
    found = discover(model, before, found_on, chosen, metric=metric)
    curves = measured_sweeps(
        model,
        before,
        found.averages,
        neuron_averages(model, found_on, chosen, found.steps, metric=metric),
        {words: tested_on},
        SweepOptions(ablation="zero"),
        metric=metric,
    )
    return CircuitEntry(
        id=f"classifier-{task.name}",
        title=f"What the {task.classes[0]} / {task.classes[1]} classifier stands on",
        kind="classifier",
        circuit=found.circuit,
        task=task.name,
        faithfulness=curves,
    )

"""The circuit of a probe: which features its logit for the right class stands on, and how they are linked."""

from __future__ import annotations

from explorer_engine.attribution.metrics import ProbeLogit
from explorer_engine.circuits.circuit import Circuit
from explorer_engine.circuits.discovery import find_circuit
from explorer_engine.circuits.options import CircuitOptions
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


def classifier_circuit(model: LanguageModel, dictionaries: Dictionaries, study: Study) -> Circuit:
    """The probe's circuit on ambiguous texts, cut at the effect of the last feature that is judged.

    How many texts and which edges: the study's options.
    """
    task, options, texts = study.task, study.options, study.texts.ambiguous
    return find_circuit(
        model,
        {site: dictionary for site, dictionary in dictionaries.items() if site <= task.site},
        text_examples(texts.take(range(min(options.circuit_texts, len(texts))))),
        metric=support_metric(study.probes[0], task.site),
        options=CircuitOptions(
            method="attribution",
            baseline="zero",
            aggregation="sum",
            node_threshold=study.least_support,
            edge_threshold=options.edge_threshold,
        ),
    )

"""The SHIFT page's bar: task, whose judgements count, retraining, history, files; and clicks on the rows."""

from __future__ import annotations

from functools import partial

import streamlit as st

from app import address, annotator
from app.shared import header, judging, labelling
from app.shared.clickable import choose
from app.shared.html import Html, joined, still
from app.shared.text import plain
from app.shift import files
from app.shift.accuracies import headline
from app.shift.policies import POLICIES
from app.shift.screen import Screen
from app.shift.view import ShiftView
from explorer_engine.shift.values import ABLATIONS
from explorer_engine.sites import FeatureRef
from explorer_engine.store.opinions import JUDGEMENTS

__all__ = ["bar", "clicked", "follow_me", "open_feature", "walk"]

state = st.session_state
View = ShiftView
_OTHER = "other"
"""Beside the policies on the control: the judgements of the one whom the address names."""


def bar(shown: Screen) -> None:
    """One line above the page; every control writes the address or the judgement store."""
    with st.container(horizontal=True, vertical_alignment="center", key="shift_bar", wrap=False, gap="small"):
        with st.container(key="shift_title", gap=None):
            _tasks(shown)
            still(_what(shown))
        st.space("stretch")
        other = shown.other
        state.shift_policy = _OTHER if other else shown.view.policy
        st.segmented_control(
            "Spurious to", ((_OTHER,) if other else ()) + shown.policies, key="shift_policy", required=True,
            format_func=lambda name: plain(other or "") if name == _OTHER else POLICIES[name].word,
            on_change=_follow,
        )  # fmt: skip
        state.shift_ablation = shown.question.ablation
        st.segmented_control(
            "ablated to", ABLATIONS, key="shift_ablation", required=True,
            on_change=_set, args=("ablation", "shift_ablation"),
            help="What an ablated feature is set to: zero, or its mean over the training texts, which takes"
            " no label.",
        )  # fmt: skip
        state.shift_retrain = shown.view.retrain
        st.toggle(
            "Retrain",
            key="shift_retrain",
            on_change=_set,
            args=("retrain", "shift_retrain"),
            help="Train the probe again on the same texts without the ablated features.",
        )
        state.shift_result = shown.view.result
        st.toggle(
            "Result",
            key="shift_result",
            on_change=_set,
            args=("result", "shift_result"),
            help="Figures of the test texts: look here once you have chosen. Choose by the development texts,"
            " which the page shows otherwise.",
        )
        labelling.undo_button("shift_undo")
        with st.popover("History", type="tertiary", key="shift_history"):
            still(_history(shown))
        _files(shown)
    judging.learn_name()


def _follow() -> None:
    """Take somebody's word from now on; one's own is by name, so that a link shows others the same."""
    if state.shift_policy != _OTHER:
        mine = state.shift_policy == "mine"
        address.update(View, policy=state.shift_policy, by=annotator.name() if mine else None)


def _set(field: str, key: str) -> None:
    address.update(View, **{field: state[key]})


def _tasks(shown: Screen) -> None:
    titles = shown.titles
    if len(titles) == 1:
        still(Html('<div class="subtitle">{}</div>').format(shown.task.title))
        return
    choose("Classifier", titles, shown.task.name, "shift_task", lambda name: address.write(View(task=name)))


def _what(shown: Screen) -> Html:
    task = shown.task
    sep = Html('<span class="separator">·</span>')
    hint = f"trained on {shown.classifier.n_texts.get('ambiguous', 0):,} texts"
    return Html(
        '<div class="meta"><span title="the probe reads the mean over tokens of this site">'
        '<span class="id">{}</span></span>'
        '{}<span title="{}">trained on {}, {}</span></div>'
    ).format(task.site, sep, hint, task.groups[0], task.groups[3])


# ---- history and files ----------------------------------------------------------------------------


def _history(shown: Screen) -> Html:
    """This session's steps, newest first: what changed, and the three numbers after it."""
    figures = headline(shown.task)
    names = joined(Html('<span class="number">{}</span>').format(measure.inline) for measure in figures)
    out = [
        Html(
            '<div class="step column-heads"><span>step</span><span class="number">ablated</span>{}</div>'
        ).format(names)
    ]
    steps = shown.history
    for i in range(len(steps) - 1, -1, -1):
        step, before = steps[i], steps[i - 1] if i else None
        numbers = joined(
            Html('<span class="number">{:.1f}</span>').format(step.after.of(m).percent[0]) for m in figures
        )
        out.append(
            Html('<div class="step"><span title="{}">{}</span><span class="number">{}</span>{}</div>').format(
                _change(shown, i),
                _change(shown, i) if before else "start",
                len(step.question.ablated),
                numbers,
            )
        )
    return Html('<div class="steps">{}</div>').format(joined(out))


def _change(shown: Screen, i: int) -> str:
    if not i:
        return "start"
    now, before = shown.history[i].question, shown.history[i - 1].question
    tokens = {str(f.ref): " ".join(t.strip() for t in f.tokens[:2]) for f in shown.features}

    def name(ref: str) -> str:
        return shown.labels.get(ref) or f"{tokens.get(ref, '')} {ref}".strip()

    parts = [f"+ {name(r)}" for r in sorted(now.ablated - before.ablated)]
    parts += [f"− {name(r)}" for r in sorted(before.ablated - now.ablated)]
    if now.retrain != before.retrain:
        parts.append("probe retrained" if now.retrain else "probe as it was")
    if now.ablation != before.ablation:
        parts.append(f"ablated to {now.ablation}")
    if now.split != before.split:
        parts.append(f"on {now.split} texts")
    return ", ".join(parts)


def _files(shown: Screen) -> None:
    stem = f"shift-{shown.task.name}"
    with st.popover("", icon=":material/more_horiz:", type="tertiary", help="Take away", key="shift_more"):
        st.download_button(
            "Report (Markdown)", key="shift_report", on_click="ignore", file_name=f"{stem}.md",
            width="stretch",
            data=lambda: files.shift_report(shown), disabled=shown.after is None,
        )  # fmt: skip
        st.download_button(
            "Judgements (CSV)", key="shift_csv", on_click="ignore", file_name=f"{stem}-judgements.csv",
            width="stretch",
            data=lambda: files.judgements_csv(shown.scope),
        )  # fmt: skip
        st.download_button(
            "Edited classifier (zip)", key="shift_zip", on_click="ignore", file_name=f"{stem}.zip",
            width="stretch",
            data=lambda: files.classifier_zip(shown), disabled=shown.after is None,
        )  # fmt: skip


# ---- rows -----------------------------------------------------------------------------------------


def open_feature(ref: FeatureRef | None) -> None:
    """Open a feature's contexts, or close them."""
    header.forget()
    address.update(View, feature=ref)


def clicked(shown: Screen) -> None:
    """A judgement button or a row of the feature list; a browser can send anything, other rows are none."""
    act = state.feats.act
    if not act:
        return
    row = next((f.ref for f in shown.features if str(f.ref) == act["value"]), None)
    if act["act"] == "open":
        open_feature(None if shown.view.feature == row else row)
    elif act["act"] in JUDGEMENTS and row is not None:
        judging.judge(str(row), act["act"], shown.scope, partial(follow_me, shown))


def follow_me(shown: Screen) -> None:
    """Who judges sees what comes of it, also where one person's judgements counted that are another's."""
    if shown.view.policy == "mine":
        address.update(View, by=annotator.name())


def walk(shown: Screen) -> None:
    """Previous K, next J, next unjudged N, close."""
    refs = [f.ref for f in shown.features]
    at = refs.index(shown.view.feature) if shown.view.feature in refs else -1
    ring = refs[at + 1 :] + refs[: max(at, 0)]
    unjudged = next((r for r in ring if str(r) not in shown.mine), None)
    before, after = (refs[at - 1] if at > 0 else None), (refs[at + 1] if at + 1 < len(refs) else None)
    with st.container(horizontal=True, wrap=False, key="walk", gap="xsmall"):
        for label, key, to, why in (("‹", "k", before, "Feature above"), ("›", "j", after, "Feature below")):
            st.button(
                label, shortcut=key, key=f"walk_{key}", type="tertiary", disabled=to is None,
                on_click=open_feature, args=(to,), help=why,
            )  # fmt: skip
        st.button(
            "Next unjudged", shortcut="n", key="walk_n", type="tertiary", disabled=unjudged is None,
            on_click=open_feature, args=(unjudged,),
        )  # fmt: skip
        if shown.view.feature is not None:
            st.button(
                "✕", key="walk_close", type="tertiary", on_click=open_feature, args=(None,), help="Close"
            )

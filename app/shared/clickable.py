"""HTML that answers: rows, chips, links and tiny buttons that would cost a widget each.

Python sends escaped HTML; an element with `data-act="name" data-val="…"` reports {"act", "val"} once a
click. Rows with role=option get arrow keys, Home/End and Enter; scroll position and focus survive new HTML.
Two acts are handled here: `copy` puts data-val on the clipboard, `go` opens the view at data-val.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from streamlit.components import v2

from app.pages import go
from app.shared.html import Html

__all__ = ["clickable"]

# A `js` of one line would be taken for a file path: keep the line breaks.
_JS = r"""
export default ({data, parentElement, setTriggerValue}) => {
  const root = parentElement.querySelector('.sf');
  const app = document.querySelector('.stApp');     // popovers stand outside .stApp: they need its theme too
  if (app) document.documentElement.style.colorScheme = getComputedStyle(app).colorScheme;
  const named = v => [...root.querySelectorAll('[data-val]')].find(e => e.dataset.val === v);
  if (root.__html !== data.html) {
    const focus = root.contains(document.activeElement) ? document.activeElement.dataset.val : null;
    root.innerHTML = data.html;
    root.__html = data.html;
    const selected = root.querySelector('[role=option][aria-selected=true]');
    if (focus != null) named(focus)?.focus({preventScroll: true});
    if (selected && root.__selected !== selected.dataset.val) {
      root.__selected = selected.dataset.val;
      selected.scrollIntoView({block: 'nearest'});
    }
  }
  const copy = e => {                                    // the browser keeps it: no rerun
    navigator.clipboard?.writeText(e.dataset.val);
    const word = e.querySelector('i');
    if (word) word.textContent = 'copied';
  };
  const fire = e => {
    if (e.dataset.act === 'copy') return copy(e);
    if (e.getAttribute('role') === 'option') {           // answer at once, the server confirms
      root.querySelectorAll('[aria-selected=true]').forEach(o => o.setAttribute('aria-selected', 'false'));
      e.setAttribute('aria-selected', 'true');
    }
    setTriggerValue('act', {act: e.dataset.act, val: e.dataset.val});
  };
  root.onclick = event => {
    const e = event.target.closest('[data-act]');
    if (!e || !root.contains(e)) return;
    if (e.href && (event.ctrlKey || event.metaKey || event.shiftKey)) return;    // a new tab: the browser's
    event.preventDefault();
    fire(e);
  };
  root.onkeydown = event => {
    const options = [...root.querySelectorAll('[role=option]')], i = options.indexOf(document.activeElement);
    const next = {ArrowDown: i + 1, ArrowUp: i - 1, Home: 0, End: options.length - 1}[event.key];
    if (i >= 0 && options[next]) { event.preventDefault(); options[next].focus(); }
    const focused = document.activeElement;
    const press = event.key === 'Enter' || event.key === ' ';
    if (press && focused?.dataset?.act && focused.tagName !== 'BUTTON') {
      event.preventDefault();
      fire(focused);
    }
  };
  return () => {};
};
"""
_surface = v2.component("surface", html='<div class="sf"></div>', js=_JS, isolate_styles=False)


def clickable(html: Html, key: str, on_act: Callable[[], None] | None = None) -> Any:
    """Mount `html`; the result's `.act` is {"act", "val"} in the one run after a click.

    In `on_act` read it as `st.session_state[key].act`. A click on a link (`text.link`) opens its view
    and ends the run. TypeError for a plain str: whatever is in it may not have been escaped.
    """
    if not isinstance(html, Html):
        raise TypeError("clickable takes Html: make it with Html(...).format(...), which escapes")
    result = _surface(key=key, data={"html": html}, on_act_change=on_act or (lambda: None))
    act = result.act
    if act and act["act"] == "go":
        go(act["val"])
    return result

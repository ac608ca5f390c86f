// Shows the HTML that Python sends, and says which act was clicked or pressed in it.

const theme = () => {
  const app = document.querySelector('.stApp');     // popovers stand outside .stApp: they need its theme too
  if (app) document.documentElement.style.colorScheme = getComputedStyle(app).colorScheme;
};

export default ({data, parentElement, setTriggerValue}) => {
  const root = parentElement.querySelector('.surface');
  requestAnimationFrame(theme);                      // asked at once, each surface of a page costs a layout
  const named = v => [...root.querySelectorAll('[data-value]')].find(e => e.dataset.value === v);
  if (root.__html !== data.html) {
    const focus = root.contains(document.activeElement) ? document.activeElement.dataset.value : null;
    root.innerHTML = data.html;
    root.__html = data.html;
    const selected = root.querySelector('[role=option][aria-selected=true]');
    if (focus != null) named(focus)?.focus({preventScroll: true});
    if (selected && root.__selected !== selected.dataset.value) {
      root.__selected = selected.dataset.value;
      requestAnimationFrame(() => selected.scrollIntoView({block: 'nearest'}));
    }
  }
  const copy = e => {                                    // the browser keeps it: no rerun
    navigator.clipboard?.writeText(e.dataset.value);
    const word = e.querySelector('i');
    if (word) word.textContent = 'copied';
  };
  const fire = e => {
    if (e.dataset.act === 'copy') return copy(e);
    if (e.getAttribute('role') === 'option') {           // answer at once, the server confirms
      root.querySelectorAll('[aria-selected=true]').forEach(o => o.setAttribute('aria-selected', 'false'));
      e.setAttribute('aria-selected', 'true');
    }
    setTriggerValue('act', {act: e.dataset.act, value: e.dataset.value, at: performance.now()});
  };
  root.onclick = event => {
    const e = event.target.closest('[data-act]');
    if (!e || !root.contains(e) || e.tagName === 'SELECT') return;
    if (e.href && (event.ctrlKey || event.metaKey || event.shiftKey)) return;    // a new tab: the browser's
    event.preventDefault();
    fire(e);
  };
  root.onchange = event => {                             // a list of the browser's own: its value is what was chosen
    const {dataset, value} = event.target;
    if (dataset.act) setTriggerValue('act', {act: dataset.act, value, at: performance.now()});
  };
  root.onkeydown = event => {
    const options = [...root.querySelectorAll('[role=option]')], i = options.indexOf(document.activeElement);
    const next = {ArrowDown: i + 1, ArrowUp: i - 1, Home: 0, End: options.length - 1}[event.key];
    if (i >= 0 && options[next]) { event.preventDefault(); options[next].focus(); }
    const focused = document.activeElement, grid = focused?.closest('[role=grid]');
    if (grid && root.contains(grid)) {                   // from cell to cell, past those that are none
      const places = [...grid.children], columns = +grid.dataset.columns + 1;
      const by = {ArrowRight: 1, ArrowLeft: -1, ArrowDown: columns, ArrowUp: -columns}[event.key];
      let to = by && places.indexOf(focused) + by;
      while (by && places[to] && !places[to].dataset.act && Math.abs(by) > 1) to += by;
      if (by && places[to] && !places[to].dataset.act) to += by;
      if (by && places[to]?.dataset.act) { event.preventDefault(); places[to].focus(); }
    }
    const press = event.key === 'Enter' || event.key === ' ';
    if (press && focused?.dataset?.act && !['BUTTON', 'SELECT'].includes(focused.tagName)) {
      event.preventDefault();
      fire(focused);
    }
  };
  return () => {};
};

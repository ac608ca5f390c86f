// The judging desk. A press is said with the feature on screen and a number, and sent until the server is done
// with it; the next card is shown at once. What cannot be shown yet is waited for: no press meets another feature.

const MARKS = ['spurious', 'relevant', 'unsure', 'skip'];
const RESEND = 2500;                                     // ms after which presses are sent again

export default ({data, parentElement, setTriggerValue}) => {
  const root = parentElement.querySelector('.judge-desk');
  const desk = root.__desk ??= start(root);
  desk.take(JSON.parse(data.desk), setTriggerValue);
  return () => {};
};

const start = root => {
  const tab = Math.random().toString(36).slice(2);
  const find = query => root.querySelector(query);
  const all = query => [...root.querySelectorAll(query)];
  let data, say, timer, n = 0, done = 0, hold = 0, shown = null, since = 0, hiddenAt = 0, cells = null;
  let presses = [], waiting = [], marks = {};
  const cards = new Map();

  // ---- the card on screen

  const show = ref => {
    const card = cards.get(ref), box = find('.judge-card');
    if (!card) return;
    if (box.__html !== card.html) { box.innerHTML = card.html; box.__html = card.html; box.scrollTop = 0; }
    const other = ref !== shown;
    if (other) {
      since = performance.now();
      if (document.activeElement?.type === 'range' && root.contains(document.activeElement)) document.activeElement.blur();
    }
    shown = ref;
    for (const field of all('[data-field]')) fill(field, card.own[field.dataset.field] ?? '', other);
    for (const box of all('[data-rating]')) rate(box, card.own[box.dataset.rating], other);
    queue();
  };
  const fill = (field, value, other) => {                // what is being typed stays until it is another's
    if (!other && (field.__own === value || document.activeElement === field)) return;
    field.value = field.__own = value;
  };
  const rate = (box, value, other) => {
    if (!other && box.__own === value) return;
    box.__own = value;
    box.querySelector('input').value = value ?? 50;
    rated(box, value);
  };
  const rated = (box, value) => {
    const none = value === null || value === undefined;
    box.classList.toggle('unrated', none);
    box.querySelector('output').textContent = none ? 'not rated' : value;
    box.querySelector('input').setAttribute('aria-valuetext', none ? 'not rated' : value);
  };

  // ---- the queue and the buttons

  const queue = () => {
    const strip = find('.judge-strip'), at = data.order.indexOf(shown);
    if (cells !== data.order.join()) {
      cells = data.order.join();
      strip.replaceChildren(...data.order.map((ref, i) => {
        const cell = document.createElement('button');
        Object.assign(cell, {type: 'button', tabIndex: -1});
        cell.dataset.act = 'go';
        cell.dataset.value = ref;
        return cell;
      }));
    }
    data.order.forEach((ref, i) => {
      const cell = strip.children[i], said = MARKS.includes(marks[ref]) ? marks[ref] : '';
      cell.className = `${said}${ref === shown ? ' now' : ''}`;
      const word = `${i + 1}: ${ref === shown ? 'now' : said || 'to come'}`;
      if (cell.title !== word) { cell.title = word; cell.setAttribute('aria-label', word); }
    });
    find('.judge-count').innerHTML = `<b>${at + 1}</b> of ${data.order.length}`;
    find('.judge-pace').textContent = data.pace;
    for (const button of all('.judge-key')) {
      if (MARKS.includes(button.dataset.act)) {
        button.setAttribute('aria-pressed', String(marks[shown] === button.dataset.act));
      }
    }
  };

  // ---- presses

  const press = (act, value = null, target = null) => {
    const judges = MARKS.includes(act);
    if (data.closed && (judges || ['undo', 'label', 'note', 'interpretability', 'complexity'].includes(act))) return;
    waiting.push({act, value, target});
    go();
  };
  const go = () => {
    let sent = false;
    while (waiting.length && hold <= done) {
      const {act, value, target} = waiting.shift(), judges = MARKS.includes(act);
      const seconds = (performance.now() - since) / 1000;
      presses.push({n: ++n, act, value, target: target ?? shown, ...judges && {seconds, seen: cards.get(shown).seen}});
      sent = true;
      if (!data.named && act !== 'go') hold = n;
      else if (judges) {
        marks = {...marks, [shown]: act};
        const next = data.cards[data.cards.findIndex(card => card.ref === shown) + 1];
        if (next && data.cards.some(card => card.ref === shown)) show(next.ref);
        else { hold = n; queue(); }
      } else if (!target || act === 'go') hold = n;       // where it leads, the server says
    }
    if (sent) send();
  };
  const send = () => {
    clearTimeout(timer);
    if (!presses.length || !root.isConnected) return;
    say('said', {tab, circuit: data.circuit, presses});
    timer = setTimeout(send, RESEND);
  };

  const take = (found, tell) => {
    if (data && data.circuit !== found.circuit) {          // another queue: nothing of this one goes on there
      presses = [];
      waiting = [];
      hold = 0;
      cards.clear();
    }
    data = found;
    say = tell;
    done = Math.max(done, data.done[tab] ?? 0);
    presses = presses.filter(press => press.n > done);
    if (!presses.length) clearTimeout(timer);
    for (const card of data.cards) cards.set(card.ref, card);
    root.classList.toggle('closed', data.closed);
    if (!presses.length) { marks = data.marks; show(data.current); } else show(shown);
    go();
  };

  // ---- keys, clicks, fields

  const typing = e => e.closest?.('input:not([type=range]), textarea, select, [contenteditable=true]');
  const keydown = event => {
    if (!root.isConnected) return document.removeEventListener('keydown', keydown);
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (typing(event.target)) {
      if (root.contains(event.target) && ['Enter', 'Escape'].includes(event.key)) event.target.blur();
      return;
    }
    const key = event.key.toLowerCase();
    const act = key === 'j' ? (event.shiftKey ? 'previous' : 'next') : event.shiftKey ? null : data.keys[key];
    if (key === 'l' && !event.shiftKey && !data.closed) {
      event.preventDefault();
      find('[data-field=label]').focus();
    } else if (act) {
      event.preventDefault();
      if (!event.repeat) press(act);                      // a key that is held down is pressed once
    }
  };
  document.addEventListener('keydown', keydown);
  document.addEventListener('visibilitychange', () => {   // nobody looks: the time does not count
    if (document.hidden) hiddenAt = performance.now();
    else since += performance.now() - hiddenAt;
  });
  root.addEventListener('click', event => {
    const e = event.target.closest('[data-act]'), clear = event.target.closest('[data-clear]');
    if (clear) {
      rated(clear.closest('[data-rating]'), null);
      press(clear.dataset.clear, '', shown);
    } else if (e?.dataset.act === 'copy') {
      navigator.clipboard?.writeText(e.dataset.value);
    } else if (e && e.tagName === 'BUTTON') {
      press(e.dataset.act, null, e.dataset.act === 'go' ? e.dataset.value : null);
    } else if (e && !(event.ctrlKey || event.metaKey || event.shiftKey)) {   // a link, without reloading the page
      event.preventDefault();
      say('go', e.dataset.value);
    }
  });
  for (const field of all('[data-field]')) {
    field.addEventListener('change', () => press(field.dataset.field, field.value, shown));
  }
  for (const box of all('[data-rating]')) {
    const slider = box.querySelector('input');
    const now = () => rated(box, slider.value);
    const said = () => { now(); press(box.dataset.rating, slider.value, shown); };
    slider.addEventListener('input', now);
    slider.addEventListener('change', () => { box.__said = slider.value; said(); });
    slider.addEventListener('click', () => {              // on the very middle, where nothing changes
      if (box.classList.contains('unrated')) said();
    });
  }
  return {take};
};

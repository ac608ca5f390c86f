// Draws with vis-network and answers clicks and keys. Physics is off: a picture that answers.

const LIVE = new WeakMap();

// ---- drawing

function paint(s) {
  const near = neighbours(s), accent = rgb(s.P.accent), over = rgb(s.P.ink);
  s.nodes.update(s.data.nodes.map(d => {
    const look = lookOfNode(s, d, near), background = rgb(look.fill), border = rgb(look.line);
    const color = {background, border, hover: {background, border: over}, highlight: {background, border: accent}};
    const node = {id: d.id, title: d.title, x: d.cx, y: d.cy, borderWidth: look.border, color};
    if (d.kind === 'error') return {...node, shape: 'triangle', size: 7, label: undefined};
    const font = {color: rgb(look.ink), size: sizeOf(d), face: faceOf(s, d), vadjust: 0};
    const widthConstraint = {minimum: d.half * 2 - 12, maximum: d.half * 2 + 40};
    return {...node, label: d.text || ' ', widthConstraint, font};
  }));
  s.edges.update(s.data.edges.map(e => {
    const look = lookOfEdge(s, e), full = rgb(look.color, 0.9);
    const color = {color: rgb(look.color, look.alpha), hover: full, highlight: full, inherit: false};
    return {id: e.id, from: e.from, to: e.to, title: e.title, width: look.width, color};
  }));
  s.net.moveTo({position: {x: 0, y: 0}, scale: 1});
}

function ground(s, ctx) {                                   // site names, layer bands, token columns: under everything
  const W = s.box.clientWidth, H = s.box.clientHeight, x0 = -W / 2, y0 = -H / 2;
  const here = s.data.nodes.find(d => d.id === s.sel);
  const write = (text, x, y, color, room) => { ctx.fillStyle = rgb(color); ctx.fillText(text, x, y, room); };
  s.data.rows.forEach((row, i) => {
    if (row.layer % 2) return;
    ctx.fillStyle = rgb(s.P.paperSoft, 0.8);
    ctx.fillRect(x0, y0 + s.y(i) - s.pitch / 2, W, s.pitch);
  });
  ctx.font = `400 11px ${s.faces.mono}`;
  ctx.textBaseline = 'middle';
  ctx.textAlign = 'left';
  s.data.rows.forEach((row, i) => write(row.name, x0 + 9, y0 + s.y(i), here?.row === i ? s.P.ink : s.P.inkSoft));
  if (s.data.lanes.length < 2) return;
  ctx.fillStyle = rgb(s.P.paper);
  ctx.fillRect(x0, y0 + H - AXIS, W, AXIS);
  ctx.textAlign = 'center';
  s.data.lanes.forEach((lane, k) => {
    const low = s.x(lane.x0), high = s.x(lane.x1);
    ctx.fillStyle = rgb(s.P.line);
    ctx.fillRect(x0 + low, y0, k ? 1 : 0, H - AXIS);
    write(lane.title, x0 + (low + high) / 2, y0 + H - 11, here?.lane === k ? s.P.accent : s.P.ink, high - low - 4);
  });
  ctx.fillStyle = rgb(s.P.line);
  ctx.fillRect(x0, y0 + H - AXIS, W, 1);
}

function over(s, ctx) {                                     // above everything: whose share of a node is larger
  const W = s.box.clientWidth, H = s.box.clientHeight, near = neighbours(s);
  for (const d of s.data.nodes) for (const [low, high, y, color] of balanceOf(s, d)) {
    ctx.fillStyle = rgb(color, stepsBack(s, d, near) ? 0.45 : 1);
    ctx.fillRect(low - W / 2, y - H / 2, high - low, 2.5);
  }
}

// ---- answers

function say(s) {                                           // for screen readers
  const d = s.data.nodes.find(n => n.id === s.sel);
  s.box.parentElement.querySelector('.spoken').textContent = d ? d.title.replace(/\n/g, ', ') : '';
}

function pick(s, id) {
  if (id === s.sel) return;
  s.sel = id;
  paint(s);
  say(s);
  s.c.setTriggerValue('picked', {id});
}

function step(s, key) {                                     // arrows: along the row, or to the strongest neighbour
  const nodes = s.data.nodes, d = nodes.find(n => n.id === s.sel);
  if (!d) return nodes.find(n => n.kind === 'y')?.id ?? nodes[0]?.id;
  if (key === 'ArrowLeft' || key === 'ArrowRight') {
    const row = nodes.filter(n => n.row === d.row).sort((a, b) => a.px - b.px);
    return row[row.indexOf(d) + (key === 'ArrowRight' ? 1 : -1)]?.id;
  }
  const up = key === 'ArrowUp', mine = s.data.edges.filter(e => (up ? e.from : e.to) === d.id);
  const strongest = mine.sort((a, b) => b.mag - a.mag)[0];
  if (strongest) return up ? strongest.to : strongest.from;
  const beyond = nodes.filter(n => up ? n.row > d.row : n.row < d.row);
  const far = n => 1e4 * Math.abs(n.row - d.row) + Math.abs(n.px - d.px);
  return beyond.sort((a, b) => far(a) - far(b))[0]?.id;
}

function onKey(s, event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === 'Escape') {
    event.preventDefault();
    pick(s, null);
  } else if (['ArrowUp', 'ArrowDown', 'ArrowLeft', 'ArrowRight'].includes(event.key)) {
    event.preventDefault();
    const id = step(s, event.key);
    if (id) pick(s, id);
  }
}

// ---- one drawing for the life of its box

function mount(box, c, faces) {
  const s = {box, c, faces, nodes: new vis.DataSet(), edges: new vis.DataSet(), sel: null, marked: null};
  s.net = new vis.Network(box, {nodes: s.nodes, edges: s.edges}, JSON.parse(c.data.options));
  s.net.on('beforeDrawing', ctx => s.data && ground(s, ctx));
  s.net.on('afterDrawing', ctx => s.data && over(s, ctx));
  s.net.on('click', event => pick(s, event.nodes[0] ?? null));
  s.net.on('hoverNode', () => { box.style.cursor = 'pointer'; });
  s.net.on('blurNode', () => { box.style.cursor = ''; });
  box.onkeydown = event => onKey(s, event);
  s.redo = () => {
    s.size = [box.clientWidth, box.clientHeight];
    geometry(s);
    s.net.setSize('100%', '100%');                          // draws at once
    paint(s);
    s.net.redraw();
  };
  s.watch = new ResizeObserver(() => {                      // it reports the first size too, which is drawn already
    if (s.size && (s.size[0] !== box.clientWidth || s.size[1] !== box.clientHeight)) s.redo();
  });
  s.watch.observe(box);
  s.select = wanted => {
    s.sel = wanted.selected ?? null;
    s.marked = wanted.marked ? new Set(wanted.marked) : null;
  };
  s.want = wanted => {
    s.select(wanted);
    if (s.data) { paint(s); say(s); }
  };
  s.save = kind => save(s, kind);
  s.stop = () => {                                          // a destroyed drawing is asked for nothing any more
    s.watch.disconnect();
    s.net.destroy();
    LIVE.delete(box);
    if (globalThis.__circuits[c.data.name] === s) delete globalThis.__circuits[c.data.name];
  };
  LIVE.set(box, s);
  (globalThis.__circuits ??= {})[c.data.name] = s;
  return s;
}

function load(s, data) {
  s.nodes.clear();                                          // draws the old data's ground once more
  s.edges.clear();
  s.sig = data.sig;
  s.data = data;
  const most = Math.max(1e-12, ...data.nodes.map(d => d.kind === 'y' ? 0 : Math.abs(d.eff)));
  const heaviest = Math.max(1e-12, ...data.edges.map(e => Math.abs(e.w)));
  for (const d of data.nodes) d.mag = d.kind === 'y' ? 1 : Math.sqrt(Math.abs(d.eff) / most);
  for (const e of data.edges) e.mag = Math.sqrt(Math.abs(e.w) / heaviest);
  data.edges.sort((a, b) => a.mag - b.mag);                 // strong ones on top
}

export default async function (c) {
  const box = c.parentElement.querySelector('.drawing'), faces = await ready(box);
  if (!box.isConnected) return;                             // the page went on while the faces were loading
  const s = LIVE.get(box) ?? mount(box, c, faces);
  s.c = c;
  s.P = palette(box);
  if (s.sig !== c.data.sig) load(s, c.data);
  const wanted = globalThis.__wanted?.[c.data.name];
  if (wanted) s.select(wanted);
  s.net.once('afterDrawing', () => { box.dataset.ready = c.data.sig; });
  s.redo();
  say(s);
  return s.stop;
}

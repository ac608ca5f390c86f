// Draws a layered circuit with vis-network and answers clicks and keys; positions are given, physics is off.
//
// Python sends nodes with x as a share of the width and a row; this file turns them into pixels at scale 1, so labels
// keep their size at any window width. Colours come from the CSS variables: a theme switch repaints without new data.

const LIVE = new WeakMap();
const SIZE = 13, MONO = 11.5, PAD = 14, LEFT = 62, RIGHT = 10, TOP = 20, GAP = 6, LINE = 11;
const meter = document.createElement('canvas').getContext('2d');

// ---- fonts and colours -------------------------------------------------------------------------------------------
function fontsOf(box) {
  const probe = document.createElement('span'); probe.style.fontFamily = 'var(--mono)'; box.append(probe);
  const faces = {words: getComputedStyle(box).fontFamily, mono: getComputedStyle(probe).fontFamily};
  probe.remove(); return faces;
}
async function ready(box) {
  for (let i = 0; i < 600 && !globalThis.vis?.Network; i++) await new Promise(r => setTimeout(r, 16));
  const faces = fontsOf(box);                               // measuring before the font is there gives wrong widths
  await Promise.all(Object.values(faces).map(f => document.fonts.load(`400 ${SIZE}px ${f}`).catch(() => 0)));
  return faces;
}
function palette(box) {                                     // a variable may hold light-dark(): a probe resolves it
  const probe = document.createElement('span'), out = {}; box.append(probe);
  for (const k of ['bg', 'bg2', 'bg3', 'ink', 'ink2', 'ink3', 'line', 'pos', 'neg', 'acc']) {
    probe.style.color = `var(--${k})`; out[k] = getComputedStyle(probe).color.match(/[\d.]+/g).slice(0, 3).map(Number);
  }
  probe.remove(); return out;
}
const rgb = (c, a = 1) => `rgba(${c.map(Math.round)},${a})`;
const mix = (a, b, t) => a.map((v, i) => v * t + b[i] * (1 - t));
function luminance(c) {
  const [r, g, b] = c.map(v => (v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
function readable(background, P) {                          // the ink with the strongest contrast on this fill
  const ratio = c => { const [a, b] = [luminance(c), luminance(background)].sort((x, y) => y - x); return (a + 0.05) / (b + 0.05); };
  return [P.ink, P.bg, [255, 255, 255], [12, 15, 18]].reduce((m, c) => ratio(c) > ratio(m) + 0.01 ? c : m);
}

// ---- geometry ----------------------------------------------------------------------------------------------------
const fontOf = (s, d) => `400 ${d.mono ? MONO : SIZE}px ${d.mono ? s.faces.mono : s.faces.words}`;
function widthOf(s, d, text) { meter.font = fontOf(s, d); return meter.measureText(text).width; }
function shorten(s, d, room) {
  if (widthOf(s, d, d.label) <= room) return d.label;
  let text = d.label;
  while (text.length > 1 && widthOf(s, d, text + '…') > room) text = text.slice(0, -1);
  return text.trimEnd() + (room > 22 ? '…' : '');
}
function spread(list, low, high) {                          // pixels decide: no box of a line touches another
  const fit = Math.min(1, (high - low - GAP * (list.length - 1)) / list.reduce((t, d) => t + 2 * d.half, 0));
  for (const d of list) { d.half *= fit; d.px = Math.min(Math.max(d.px, low + d.half), high - d.half); }
  for (let pass = 0; pass < 4; pass++) for (let i = 1; i < list.length; i++) {
    const a = list[i - 1], b = list[i], over = a.px + a.half + GAP - (b.px - b.half);
    if (over > 0) { a.px -= over / 2; b.px += over / 2; }
  }
  list.forEach((d, i) => { d.px = Math.max(d.px, (i ? list[i - 1].px + list[i - 1].half + GAP : low) + d.half); });
  for (let i = list.length - 1; i >= 0; i--) {
    const next = list[i + 1], d = list[i];
    d.px = Math.min(d.px, (next ? next.px - next.half - GAP : high) - d.half);
  }
}
function geometry(s) {
  const W = s.box.clientWidth, H = s.box.clientHeight, bottom = s.data.lanes.length > 1 ? 44 : 22, n = s.data.rows.length;
  s.pitch = (H - TOP - bottom) / Math.max(1, n - 1);
  s.y = row => H - bottom - row * s.pitch;
  s.x = share => LEFT + share * (W - LEFT - RIGHT);
  const cells = {};
  for (const d of s.data.nodes) (cells[`${d.row}/${d.lane}`] ??= []).push(d);
  for (const cell of Object.values(cells)) {
    const whole = cell[0].kind === 'y', lane = whole ? {x0: 0, x1: 1} : s.data.lanes[cell[0].lane];      // the output has no position
    const low = s.x(lane.x0) + (lane.x0 > 0 ? 3 : 0), high = s.x(lane.x1) - (lane.x1 < 1 ? 3 : 0);
    cell.sort((a, b) => a.fx - b.fx);
    for (const d of cell) {
      d.half = (d.kind === 'error' ? 18 : Math.min(whole ? 320 : 168, widthOf(s, d, d.label) + PAD + 2)) / 2;
      d.px = s.x(d.fx); d.dy = 0;
    }
    const need = cell.reduce((t, d) => t + 2 * d.half + GAP, -GAP);
    if (need > high - low && cell.length > 1 && s.pitch >= 40) {      // a crowded cell stands in two lines
      cell.forEach((d, i) => { d.dy = i % 2 ? LINE : -LINE; });
      for (const side of [-LINE, LINE]) spread(cell.filter(d => d.dy === side), low, high);
    } else spread(cell, low, high);
  }
  for (const d of s.data.nodes) { d.cx = d.px - W / 2; d.cy = s.y(d.row) + d.dy - H / 2; d.text = d.kind === 'error' ? '' : shorten(s, d, d.half * 2 - PAD + 1); }
}

// ---- looks: how each node and edge is drawn right now, shared by the screen and the exported picture ----------------
function lookOfNode(s, d, near) {
  const P = s.P, dark = luminance(P.bg) < 0.2, sign = d.eff >= 0 ? P.pos : P.neg, out = d.kind === 'y';
  const dim = (s.sel && !out && d.id !== s.sel && !near.has(d.id)) || (s.marked && !out && !s.marked.has(d.id) && d.id !== s.sel);
  let fill = out ? P.ink : mix(sign, P.bg, 0.08 + (dark ? 0.48 : 0.6) * d.mag), line = out ? P.ink : mix(sign, P.bg, 0.45 + 0.55 * d.mag);
  if (d.kind === 'error') fill = mix(sign, P.bg, dim ? 0.1 : 0.15 + 0.5 * d.mag);
  let ink = readable(fill, P);
  if (dim) {
    const keep = dark ? 0.62 : 0.5;
    if (d.kind !== 'error') fill = mix(fill, P.bg, keep);
    line = mix(line, P.bg, keep); ink = mix(readable(fill, P), fill, 0.74);
  }
  if (d.id === s.sel) line = P.acc;
  return {fill, line, ink, border: d.id === s.sel ? 2.5 : near.has(d.id) ? 1.4 : 1};
}
function lookOfEdge(s, e) {
  const dark = luminance(s.P.bg) < 0.2, on = s.sel && (e.from === s.sel || e.to === s.sel);
  const crowd = Math.min(1, Math.sqrt(170 / s.data.edges.length));        // many edges: each one paler
  const rest = s.sel || s.marked ? 0.08 + 0.24 * e.mag : 0.16 + 0.55 * e.mag;
  const alpha = on ? 0.55 + 0.4 * e.mag : rest * crowd * (dark ? 1.35 : 1);
  return {color: e.w >= 0 ? s.P.pos : s.P.neg, alpha: Math.min(1, alpha), width: (0.7 + 3.6 * e.mag) * (on ? 1.15 : 1)};
}
function neighbours(s) {
  const near = new Set();
  if (s.sel) for (const e of s.data.edges) { if (e.from === s.sel) near.add(e.to); if (e.to === s.sel) near.add(e.from); }
  return near;
}
function paint(s) {
  const near = neighbours(s), acc = rgb(s.P.acc), hover = rgb(s.P.ink);
  s.nodes.update(s.data.nodes.map(d => {
    const look = lookOfNode(s, d, near), background = rgb(look.fill), border = rgb(look.line);
    const o = {id: d.id, x: d.cx, y: d.cy, borderWidth: look.border,
      color: {background, border, hover: {background, border: hover}, highlight: {background, border: acc}}};
    if (d.kind === 'error') return {...o, shape: 'triangle', size: 7, label: undefined};
    return {...o, label: d.text || ' ', widthConstraint: {minimum: d.half * 2 - 12, maximum: d.half * 2 + 40},
      font: {color: rgb(look.ink), size: d.mono ? MONO : SIZE, face: d.mono ? s.faces.mono : s.faces.words, vadjust: 0}};
  }));
  s.edges.update(s.data.edges.map(e => {
    const look = lookOfEdge(s, e), c = rgb(look.color, look.alpha), full = rgb(look.color, 0.9);
    return {id: e.id, width: look.width, color: {color: c, hover: full, highlight: full, inherit: false}};
  }));
  s.net.moveTo({position: {x: 0, y: 0}, scale: 1});
}
function ground(s, ctx) {                                   // site names, layer bands, token columns: under everything
  const W = s.box.clientWidth, H = s.box.clientHeight, x0 = -W / 2, y0 = -H / 2, here = s.data.nodes.find(d => d.id === s.sel);
  s.data.rows.forEach((row, i) => {
    if (row.layer % 2 === 0) { ctx.fillStyle = rgb(s.P.bg2, 0.8); ctx.fillRect(x0, y0 + s.y(i) - s.pitch / 2, W, s.pitch); }
  });
  ctx.textBaseline = 'middle'; ctx.textAlign = 'left'; ctx.font = `400 11px ${s.faces.mono}`;
  s.data.rows.forEach((row, i) => { ctx.fillStyle = rgb(here?.row === i ? s.P.ink : s.P.ink2); ctx.fillText(row.name, x0 + 9, y0 + s.y(i)); });
  if (s.data.lanes.length < 2) return;
  ctx.fillStyle = rgb(s.P.bg); ctx.fillRect(x0, y0 + H - 24, W, 24);
  ctx.textAlign = 'center';
  s.data.lanes.forEach((lane, k) => {
    const low = s.x(lane.x0), high = s.x(lane.x1), mine = here?.lane === k;
    ctx.fillStyle = rgb(s.P.line); ctx.fillRect(x0 + low, y0, k ? 1 : 0, H - 24);
    ctx.fillStyle = rgb(mine ? s.P.acc : s.P.ink); ctx.fillText(lane.title, x0 + (low + high) / 2, y0 + H - 11, high - low - 4);
  });
  ctx.fillStyle = rgb(s.P.line); ctx.fillRect(x0, y0 + H - 24, W, 1);
}

// ---- pictures to keep --------------------------------------------------------------------------------------------
function svg(s) {
  const W = s.box.clientWidth, H = s.box.clientHeight, near = neighbours(s), at = Object.fromEntries(s.data.nodes.map(d => [d.id, d]));
  const esc = t => t.replace(/[&<>"']/g, c => `&#${c.charCodeAt(0)};`).replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/g, '\ufffd');
  const text = (x, y, t, fill, anchor, face, size) => `<text x="${x}" y="${y}" fill="${fill}" text-anchor="${anchor}" font-family="${esc(face)}" font-size="${size}" dominant-baseline="central" xml:space="preserve">${esc(t)}</text>`;
  const out = [`<svg xmlns="http://www.w3.org/2000/svg" width="${W}" height="${H}" viewBox="0 0 ${W} ${H}"><title>${esc(s.data.about)}</title><rect width="${W}" height="${H}" fill="${rgb(s.P.bg)}"/>`];
  s.data.rows.forEach((row, i) => {
    if (row.layer % 2 === 0) out.push(`<rect y="${s.y(i) - s.pitch / 2}" width="${W}" height="${s.pitch}" fill="${rgb(s.P.bg2)}"/>`);
    out.push(text(9, s.y(i), row.name, rgb(s.P.ink2), 'start', s.faces.mono, 11));
  });
  if (s.data.lanes.length > 1) s.data.lanes.forEach(lane => {
    out.push(`<path d="M${s.x(lane.x0)} 0V${H - 24}" stroke="${rgb(s.P.line)}"/>`, text((s.x(lane.x0) + s.x(lane.x1)) / 2, H - 11, lane.title, rgb(s.P.ink), 'middle', s.faces.mono, 11));
  });
  for (const e of [...s.data.edges].sort((a, b) => a.mag - b.mag)) {
    const a = at[e.from], b = at[e.to], look = lookOfEdge(s, e), x1 = a.cx + W / 2, y1 = a.cy + H / 2, x2 = b.cx + W / 2, y2 = b.cy + H / 2, bend = (y1 - y2) * 0.42;
    out.push(`<path d="M${x1} ${y1}C${x1} ${y1 - bend} ${x2} ${y2 + bend} ${x2} ${y2}" fill="none" stroke="${rgb(look.color)}" stroke-opacity="${look.alpha}" stroke-width="${look.width}"/>`);
  }
  for (const d of s.data.nodes) {
    const look = lookOfNode(s, d, near), x = d.cx + W / 2, y = d.cy + H / 2, paint = `fill="${rgb(look.fill)}" stroke="${rgb(look.line)}" stroke-width="${look.border}"`;
    out.push(d.kind === 'error' ? `<path d="M${x} ${y - 7.5}l7 12.5h-14z" ${paint}><title>${esc(d.title)}</title></path>`
      : `<rect x="${x - d.half}" y="${y - 10}" width="${d.half * 2}" height="20" rx="3" ${paint}><title>${esc(d.title)}</title></rect>` + text(x, y, d.text, rgb(look.ink), 'middle', d.mono ? s.faces.mono : s.faces.words, d.mono ? MONO : SIZE));
  }
  return new Blob([out.join('\n'), '</svg>'], {type: 'image/svg+xml'});
}
function png(s) {                                           // the screen's own drawing, three times as fine
  const own = Object.getOwnPropertyDescriptor(window, 'devicePixelRatio');
  const size = () => { s.net.setSize('100%', '100%'); s.net.canvas.setSize('100%', '100%'); paint(s); s.net.redraw(); };
  try {
    Object.defineProperty(window, 'devicePixelRatio', {value: 3, configurable: true}); size();
    const from = s.net.canvas.frame.canvas, to = document.createElement('canvas'), ctx = to.getContext('2d');
    to.width = from.width; to.height = from.height;
    ctx.fillStyle = rgb(s.P.bg); ctx.fillRect(0, 0, to.width, to.height); ctx.drawImage(from, 0, 0);
    return new Promise(done => to.toBlob(done));
  } finally { if (own) Object.defineProperty(window, 'devicePixelRatio', own); else delete window.devicePixelRatio; size(); }
}
async function save(s, kind) {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(kind === 'svg' ? svg(s) : await png(s)); link.download = `${s.data.file}.${kind}`; link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 4000);
}

// ---- answers -----------------------------------------------------------------------------------------------------
function say(s) { const d = s.data.nodes.find(n => n.id === s.sel); s.box.parentElement.querySelector('.vsay').textContent = d ? d.title.replace(/\n/g, ', ') : ''; }
function pick(s, id) { if (id !== s.sel) { s.sel = id; paint(s); say(s); s.c.setTriggerValue('picked', {id}); } }
function step(s, key) {                                     // arrows: along the row, or to the strongest neighbour
  const nodes = s.data.nodes, d = nodes.find(n => n.id === s.sel);
  if (!d) return nodes.find(n => n.kind === 'y')?.id ?? nodes[0]?.id;
  if (key === 'ArrowLeft' || key === 'ArrowRight') {
    const row = nodes.filter(n => n.row === d.row).sort((a, b) => a.px - b.px);
    return row[row.indexOf(d) + (key === 'ArrowRight' ? 1 : -1)]?.id;
  }
  const up = key === 'ArrowUp', mine = s.data.edges.filter(e => (up ? e.from : e.to) === d.id).sort((a, b) => b.mag - a.mag)[0];
  if (mine) return up ? mine.to : mine.from;
  const beyond = nodes.filter(n => up ? n.row > d.row : n.row < d.row);
  return beyond.sort((a, b) => Math.abs(a.row - d.row) - Math.abs(b.row - d.row) || Math.abs(a.px - d.px) - Math.abs(b.px - d.px))[0]?.id;
}
function onKey(s, e) {
  if (e.ctrlKey || e.metaKey || e.altKey) return;
  if (e.key === 'Escape') { e.preventDefault(); pick(s, null); return; }
  if (!['ArrowUp', 'ArrowDown', 'ArrowLeft', 'ArrowRight'].includes(e.key)) return;
  e.preventDefault(); const id = step(s, e.key); if (id) pick(s, id);
}
function mount(box, c, faces) {
  const s = {box, c, faces, nodes: new vis.DataSet(), edges: new vis.DataSet(), sel: null, marked: null};
  s.net = new vis.Network(box, {nodes: s.nodes, edges: s.edges}, c.data.options);
  s.net.on('beforeDrawing', ctx => s.data && ground(s, ctx));
  s.net.on('click', p => pick(s, p.nodes[0] ?? null));
  s.net.on('hoverNode', () => { box.style.cursor = 'pointer'; });
  s.net.on('blurNode', () => { box.style.cursor = ''; });
  box.onkeydown = e => onKey(s, e);
  s.redo = () => { s.net.setSize('100%', '100%'); geometry(s); paint(s); s.net.redraw(); };
  s.watch = new ResizeObserver(() => s.data && s.redo()); s.watch.observe(box);
  s.want = w => { s.sel = w.selected ?? null; s.marked = w.marked ? new Set(w.marked) : null; if (s.data) { paint(s); say(s); } };
  s.save = kind => save(s, kind);
  s.stop = () => { s.watch.disconnect(); s.net.destroy(); LIVE.delete(box); };
  LIVE.set(box, s); (globalThis.__circuits ??= {})[c.data.name] = s;
  return s;
}
export default async function (c) {
  const {data, parentElement: root} = c, box = root.querySelector('.vbox'), faces = await ready(box);
  const s = LIVE.get(box) ?? mount(box, c, faces);
  s.c = c; s.P = palette(box);
  if (s.sig !== data.sig) {
    s.sig = data.sig; s.data = data;
    const most = Math.max(1e-12, ...data.nodes.map(d => d.kind === 'y' ? 0 : Math.abs(d.eff))), heavy = Math.max(1e-12, ...data.edges.map(e => Math.abs(e.w)));
    for (const d of data.nodes) d.mag = d.kind === 'y' ? 1 : Math.sqrt(Math.abs(d.eff) / most);
    for (const e of data.edges) e.mag = Math.sqrt(Math.abs(e.w) / heavy);
    geometry(s); s.nodes.clear(); s.edges.clear();
    s.nodes.add(data.nodes.map(d => ({id: d.id, title: d.title})));
    s.edges.add([...data.edges].sort((a, b) => a.mag - b.mag).map(e => ({id: e.id, from: e.from, to: e.to, title: e.title})));
  }
  const want = globalThis.__wanted?.[data.name];
  if (want) s.want(want);
  s.redo(); s.net.once('afterDrawing', () => { box.dataset.ready = data.sig; });
  return s.stop;
}

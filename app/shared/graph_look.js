// Where everything stands and how it looks: fonts, colours, geometry.
//
// Python sends nodes with x as a share of the width and a row; here they become pixels at scale 1, so labels keep
// their size at any window width. Colours come from the CSS variables: a theme switch repaints without new data.

const SIZE = 13, MONO = 11.5, PAD = 14, LEFT = 62, RIGHT = 10, TOP = 20, GAP = 6, LINE = 11, AXIS = 24;
const meter = document.createElement('canvas').getContext('2d');

// ---- fonts and colours

function fontsOf(box) {
  const probe = document.createElement('span');
  probe.style.fontFamily = 'var(--mono)';
  box.append(probe);
  const faces = {words: getComputedStyle(box).fontFamily, mono: getComputedStyle(probe).fontFamily};
  probe.remove();
  return faces;
}

async function ready(box) {                                 // measuring before a font is there gives wrong widths
  for (let i = 0; i < 600 && !globalThis.vis?.Network; i++) await new Promise(r => setTimeout(r, 16));
  const faces = fontsOf(box);
  const load = face => document.fonts.load(`400 ${SIZE}px ${face}`).catch(() => 0);
  await Promise.all(Object.values(faces).map(load));
  return faces;
}

const COLOURS = {
  paper: '--paper', paperSoft: '--paper-soft', ink: '--ink', inkSoft: '--ink-soft', line: '--line',
  positive: '--positive', negative: '--negative', accent: '--accent',
  both: '--in-both', here: '--in-a', there: '--in-b',
};

function palette(box) {                                     // a variable may hold light-dark(): a probe resolves it
  const probe = document.createElement('span'), out = {};
  box.append(probe);
  for (const [name, variable] of Object.entries(COLOURS)) {
    probe.style.color = `var(${variable})`;
    out[name] = getComputedStyle(probe).color.match(/[\d.]+/g).slice(0, 3).map(Number);
  }
  probe.remove();
  return out;
}

const rgb = (c, a = 1) => `rgba(${c.map(Math.round)},${a})`;
const mix = (a, b, t) => a.map((v, i) => v * t + b[i] * (1 - t));

function luminance(c) {
  const [r, g, b] = c.map(v => (v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function readable(background, P) {                          // the ink with the strongest contrast on this fill
  const ratio = c => {
    const [a, b] = [luminance(c), luminance(background)].sort((x, y) => y - x);
    return (a + 0.05) / (b + 0.05);
  };
  const inks = [P.ink, P.paper, [255, 255, 255], [12, 15, 18]];
  return inks.reduce((m, c) => ratio(c) > ratio(m) + 0.01 ? c : m);
}

// ---- geometry

const sizeOf = d => d.mono ? MONO : SIZE;
const faceOf = (s, d) => d.mono ? s.faces.mono : s.faces.words;

function widthOf(s, d, text) {
  meter.font = `400 ${sizeOf(d)}px ${faceOf(s, d)}`;
  return meter.measureText(text).width;
}

function shorten(s, d, room) {
  if (widthOf(s, d, d.label) <= room) return d.label;
  let text = d.label;
  while (text.length > 1 && widthOf(s, d, text + '…') > room) text = text.slice(0, -1);
  return text.trimEnd() + (room > 22 ? '…' : '');
}

function spread(list, low, high) {                          // pixels decide: no box of a line touches another
  const need = list.reduce((t, d) => t + 2 * d.half, 0);
  const fit = Math.min(1, (high - low - GAP * (list.length - 1)) / need);
  for (const d of list) {
    d.half *= fit;
    d.px = Math.min(Math.max(d.px, low + d.half), high - d.half);
  }
  for (let pass = 0; pass < 4; pass++) {
    for (let i = 1; i < list.length; i++) {
      const a = list[i - 1], b = list[i], over = a.px + a.half + GAP - (b.px - b.half);
      if (over > 0) { a.px -= over / 2; b.px += over / 2; }
    }
  }
  list.forEach((d, i) => {
    d.px = Math.max(d.px, (i ? list[i - 1].px + list[i - 1].half + GAP : low) + d.half);
  });
  for (let i = list.length - 1; i >= 0; i--) {
    const next = list[i + 1], d = list[i];
    d.px = Math.min(d.px, (next ? next.px - next.half - GAP : high) - d.half);
  }
}

function placeCell(s, cell) {                               // the nodes of one row in one column
  const whole = cell[0].kind === 'y';                       // the output has no position: it may use the whole row
  const lane = whole ? {x0: 0, x1: 1} : s.data.lanes[cell[0].lane];
  const low = s.x(lane.x0) + (lane.x0 > 0 ? 3 : 0), high = s.x(lane.x1) - (lane.x1 < 1 ? 3 : 0);
  cell.sort((a, b) => a.fx - b.fx);
  for (const d of cell) {
    const wish = d.kind === 'error' ? 18 : Math.min(whole ? 320 : 168, widthOf(s, d, d.label) + PAD + 2);
    Object.assign(d, {half: wish / 2, px: s.x(d.fx), dy: 0});
  }
  const need = cell.reduce((t, d) => t + 2 * d.half + GAP, -GAP);
  if (need <= high - low || cell.length < 2 || s.pitch < 40) return spread(cell, low, high);
  cell.forEach((d, i) => { d.dy = i % 2 ? LINE : -LINE; });   // a crowded cell stands in two lines
  for (const side of [-LINE, LINE]) spread(cell.filter(d => d.dy === side), low, high);
}

function geometry(s) {
  const W = s.box.clientWidth, H = s.box.clientHeight, bottom = s.data.lanes.length > 1 ? 44 : 22;
  s.pitch = (H - TOP - bottom) / Math.max(1, s.data.rows.length - 1);
  s.y = row => H - bottom - row * s.pitch;
  const left = Math.max(LEFT, 16 + 6.7 * Math.max(...s.data.rows.map(row => row.name.length)));
  s.x = share => left + share * (W - left - RIGHT);
  const cells = {};
  for (const d of s.data.nodes) (cells[`${d.row}/${d.lane}`] ??= []).push(d);
  for (const cell of Object.values(cells)) placeCell(s, cell);
  for (const d of s.data.nodes) {
    d.cx = d.px - W / 2;
    d.cy = s.y(d.row) + d.dy - H / 2;
    d.text = d.kind === 'error' ? '' : shorten(s, d, d.half * 2 - PAD + 1);
  }
}

// ---- looks: how a node or an edge is drawn right now, on the screen and in an exported picture

function neighbours(s) {
  const near = new Set();
  if (!s.sel) return near;
  for (const e of s.data.edges) {
    if (e.from === s.sel) near.add(e.to);
    if (e.to === s.sel) near.add(e.from);
  }
  return near;
}

function stepsBack(s, d, near) {                            // while something is selected or searched, others are pale
  if (d.kind === 'y' || d.id === s.sel) return false;
  return Boolean((s.sel && !near.has(d.id)) || (s.marked && !s.marked.has(d.id)));
}

function lookOfNode(s, d, near) {
  const P = s.P, dark = luminance(P.paper) < 0.2, dim = stepsBack(s, d, near);
  const sign = P[d.side] ?? (d.eff >= 0 ? P.positive : P.negative);       // of two circuits: which of them has it
  let fill = mix(sign, P.paper, 0.08 + (dark ? 0.48 : 0.6) * d.mag), line = mix(sign, P.paper, 0.45 + 0.55 * d.mag);
  if (d.kind === 'y') fill = line = P.ink;
  if (d.kind === 'error') fill = mix(sign, P.paper, dim ? 0.1 : 0.15 + 0.5 * d.mag);
  let ink = readable(fill, P);
  if (dim) {
    const keep = dark ? 0.62 : 0.5;
    if (d.kind !== 'error') fill = mix(fill, P.paper, keep);
    line = mix(line, P.paper, keep);
    ink = mix(readable(fill, P), fill, 0.74);
  }
  if (d.id === s.sel) line = P.accent;
  return {fill, line, ink, border: d.id === s.sel ? 2.5 : near.has(d.id) ? 1.4 : 1};
}

function lookOfEdge(s, e) {
  const dark = luminance(s.P.paper) < 0.2, on = s.sel && (e.from === s.sel || e.to === s.sel);
  const crowd = Math.min(1, Math.sqrt(170 / s.data.edges.length));        // many edges: each one paler
  const rest = s.sel || s.marked ? 0.08 + 0.24 * e.mag : 0.16 + 0.55 * e.mag;
  const alpha = on ? 0.55 + 0.4 * e.mag : rest * crowd * (dark ? 1.35 : 1);
  const width = (0.7 + 3.6 * e.mag) * (on ? 1.15 : 1);
  return {color: s.P[e.side] ?? (e.w >= 0 ? s.P.positive : s.P.negative), alpha: Math.min(1, alpha), width};
}

function balanceOf(s, d) {                                  // under a node that two circuits have: whose share is larger
  if (d.balance === undefined || d.kind === 'error') return [];
  const low = d.px - d.half + 3, wide = 2 * d.half - 6, y = s.y(d.row) + d.dy + 6.5, at = low + wide * d.balance;
  return [[low, at, y, s.P.here], [at, low + wide, y, s.P.there]].filter(([a, b]) => b - a > 0.5);
}

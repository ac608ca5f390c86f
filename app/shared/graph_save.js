// Pictures to keep: what is on the screen as SVG (drawn again from the same looks) or as PNG, three times as fine.

const BEND = 0.42;                                          // as vis-network's roundness

function escaped(text) {
  const plain = text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/g, '\ufffd');
  return plain.replace(/[&<>"']/g, c => `&#${c.charCodeAt(0)};`);
}

function svgText(x, y, text, color, anchor, face, size) {
  const place = `x="${x}" y="${y}" text-anchor="${anchor}" dominant-baseline="central"`;
  const font = `font-family="${escaped(face)}" font-size="${size}" xml:space="preserve"`;
  return `<text ${place} fill="${rgb(color)}" ${font}>${escaped(text)}</text>`;
}

function svgGround(s, W, H) {
  const out = [];
  s.data.rows.forEach((row, i) => {
    const band = `y="${s.y(i) - s.pitch / 2}" width="${W}" height="${s.pitch}"`;
    if (row.layer % 2 === 0) out.push(`<rect ${band} fill="${rgb(s.P.paperSoft)}"/>`);
    out.push(svgText(9, s.y(i), row.name, s.P.inkSoft, 'start', s.faces.mono, 11));
  });
  if (s.data.lanes.length > 1) s.data.lanes.forEach(lane => {
    const low = s.x(lane.x0), middle = (low + s.x(lane.x1)) / 2;
    out.push(`<path d="M${low} 0V${H - AXIS}" stroke="${rgb(s.P.line)}"/>`);
    out.push(svgText(middle, H - 11, lane.title, s.P.ink, 'middle', s.faces.mono, 11));
  });
  return out;
}

function svgEdge(s, e, a, b, W, H) {
  const look = lookOfEdge(s, e), x1 = a.cx + W / 2, y1 = a.cy + H / 2, x2 = b.cx + W / 2, y2 = b.cy + H / 2;
  const bend = (y1 - y2) * BEND, curve = `M${x1} ${y1}C${x1} ${y1 - bend} ${x2} ${y2 + bend} ${x2} ${y2}`;
  const stroke = `stroke="${rgb(look.color)}" stroke-opacity="${look.alpha}" stroke-width="${look.width}"`;
  return `<path d="${curve}" fill="none" ${stroke}/>`;
}

function svgNode(s, d, near, W, H) {
  const look = lookOfNode(s, d, near), x = d.cx + W / 2, y = d.cy + H / 2, title = `<title>${escaped(d.title)}</title>`;
  const paint = `fill="${rgb(look.fill)}" stroke="${rgb(look.line)}" stroke-width="${look.border}"`;
  if (d.kind === 'error') return `<path d="M${x} ${y - 7.5}l7 12.5h-14z" ${paint}>${title}</path>`;
  const box = `<rect x="${x - d.half}" y="${y - 10}" width="${d.half * 2}" height="20" rx="3" ${paint}>${title}</rect>`;
  const balance = balanceOf(s, d).map(([low, high, top, color]) =>
    `<rect x="${low}" y="${top}" width="${high - low}" height="2.5" fill="${rgb(color)}"/>`).join('');
  return box + balance + svgText(x, y, d.text, look.ink, 'middle', faceOf(s, d), sizeOf(d));
}

const CAPTION = 18;                                         // height of a line under the picture

function captionOf(s) {
  const lines = s.data.caption ?? [];
  return lines.length ? [...lines, new Date().toISOString().slice(0, 10)] : [];
}

function svgCaption(s, W, H) {
  return captionOf(s).map((line, i) =>
    svgText(9, H + CAPTION * (i + 0.6), line, i ? s.P.inkSoft : s.P.ink, 'start', s.faces.words, i ? 12 : 13));
}

function svg(s) {
  const W = s.box.clientWidth, H = s.box.clientHeight, near = neighbours(s);
  const at = Object.fromEntries(s.data.nodes.map(d => [d.id, d]));
  const edges = [...s.data.edges].sort((a, b) => a.mag - b.mag);
  const whole = H + CAPTION * captionOf(s).length, view = `viewBox="0 0 ${W} ${whole}"`;
  const open = `<svg xmlns="http://www.w3.org/2000/svg" width="${W}" height="${whole}" ${view}>`;
  const paper = `<rect width="${W}" height="${whole}" fill="${rgb(s.P.paper)}"/>`;
  const parts = [
    open, `<title>${escaped(s.data.about)}</title>`, paper, ...svgGround(s, W, H),
    ...edges.map(e => svgEdge(s, e, at[e.from], at[e.to], W, H)),
    ...s.data.nodes.map(d => svgNode(s, d, near, W, H)), ...svgCaption(s, W, H), '</svg>',
  ];
  return new Blob([parts.join('\n')], {type: 'image/svg+xml'});
}

function png(s) {
  const own = Object.getOwnPropertyDescriptor(window, 'devicePixelRatio');
  const fit = () => {
    s.net.setSize('100%', '100%');
    s.net.canvas.setSize('100%', '100%');
    paint(s);
    s.net.redraw();
  };
  try {
    Object.defineProperty(window, 'devicePixelRatio', {value: 3, configurable: true});
    fit();
    const from = s.net.canvas.frame.canvas, to = document.createElement('canvas'), ctx = to.getContext('2d');
    to.width = from.width;
    const lines = captionOf(s), fine = from.width / s.box.clientWidth;
    to.height = from.height + CAPTION * lines.length * fine;
    ctx.fillStyle = rgb(s.P.paper);
    ctx.fillRect(0, 0, to.width, to.height);
    ctx.drawImage(from, 0, 0);
    ctx.textBaseline = 'middle';
    lines.forEach((line, i) => {
      ctx.font = `400 ${(i ? 12 : 13) * fine}px ${s.faces.words}`;
      ctx.fillStyle = rgb(i ? s.P.inkSoft : s.P.ink);
      ctx.fillText(line, 9 * fine, from.height + CAPTION * (i + 0.6) * fine);
    });
    return new Promise(done => to.toBlob(done));
  } finally {
    if (own) Object.defineProperty(window, 'devicePixelRatio', own);
    else delete window.devicePixelRatio;
    fit();
  }
}

async function save(s, kind) {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(kind === 'svg' ? svg(s) : await png(s));
  link.download = `${s.data.file}.${kind}`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 4000);
}
